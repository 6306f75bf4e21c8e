"""The mesh of a posed face: surface points, the far contour drawn in to what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fields import F32, rotated, sample
from .marks import MIDDLE, Marks
from .shape import Head
from .surface import normals
from .topology import mesh_of, oval

Vec = NDArray[np.float64]

_HELD: Final = 0.7  # points nearer to the centre than this share of the contour stay
_STEP: Final = 0.02
_SHARES: Final = 1.0 - _STEP * np.arange(13)


@dataclass(frozen=True, eq=False, slots=True)
class FaceMesh:
    """A face's points.

    Args:
        ground: (468, 2) in face coordinates.
        points: (468, 3) in camera units, x right, y up, z to the camera.
    """

    ground: Vec
    points: Vec


def face_mesh(head: Head, marks: Marks, turn: F32) -> FaceMesh:
    """Project the mesh; where the head turns its contour away, the contour is its outline.

    As in the 300-W annotation, points of the jaw that the head itself hides move to the
    visible edge; the points inside follow them, so that the mesh stays unfolded.
    """
    ground = mesh_of(marks)
    edge = ground[list(oval())]
    share = _visible_share(head, edge, turn)
    slid = _slide(ground, edge, share)
    return FaceMesh(slid, head.lift(slid) @ turn.T.astype(np.float64))


def _visible_share(head: Head, edge: Vec, turn: F32) -> Vec:
    """For each contour point, the largest share of its way from the centre that faces us."""
    tries = (MIDDLE + _SHARES[:, None, None] * (edge - MIDDLE)).reshape(-1, 2)
    _, columns, rows = head.locate(tries)
    normal = sample(normals(head.radius), columns, rows)
    facing = rotated(normal, turn)[:, 2].reshape(len(_SHARES), len(edge))
    first = (facing > 0).argmax(axis=0)
    order = np.arange(len(edge))
    here, before = facing[first, order], facing[np.maximum(first - 1, 0), order]
    part = np.where(first > 0, here / np.maximum(here - before, 1e-6), 0)
    best = np.where(facing.max(axis=0) > 0, _SHARES[first] + part * _STEP, _SHARES[-1])
    padded = np.concatenate([best[-1:], best, best[:1]])
    return np.convolve(padded, [0.15, 0.7, 0.15], mode="valid")


def _slide(ground: Vec, edge: Vec, share: Vec) -> Vec:
    arms = ground - MIDDLE
    angle = np.arctan2(arms[:, 1], arms[:, 0])
    around = np.arctan2(*(edge - MIDDLE).T[::-1])
    order = np.argsort(around)
    length = np.linalg.norm(edge - MIDDLE, axis=1)
    full = np.interp(angle, around[order], length[order], period=2 * np.pi)
    keep = np.interp(angle, around[order], share[order], period=2 * np.pi)
    at = np.linalg.norm(arms, axis=1) / full
    squeezed = _HELD + (at - _HELD) * (keep - _HELD) / (1 - _HELD)
    factor = np.where(at > _HELD, squeezed / np.maximum(at, 1e-9), 1.0)
    return np.asarray(MIDDLE + arms * factor[:, None])
