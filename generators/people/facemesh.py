"""The mesh of a posed face: surface points, the far contour drawn in to what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fields import F32
from .marks import Marks
from .shape import Head
from .topology import mesh_of, oval

Vec = NDArray[np.float64]

_CENTRE: Final = np.array([0.0, -0.25])
_HELD: Final = 0.74  # points nearer to the centre than this share of the contour stay
_SHARES: Final = np.linspace(1.0, 0.78, 23)


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
    """For each contour point, the share of its way from the centre that is seen outermost."""
    rays = edge - _CENTRE
    count = len(edge)
    tries = (_CENTRE + _SHARES[:, None, None] * rays).reshape(-1, 2)
    seen = (head.lift(tries) @ turn.T.astype(np.float64))[:, :2].reshape(len(_SHARES), count, 2)
    middle = (head.lift(_CENTRE[None]) @ turn.T.astype(np.float64))[0, :2]
    outward = seen[0] - middle
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    reach = np.einsum("skc,kc->sk", seen - middle, outward)
    best = _SHARES[reach.argmax(axis=0)]
    padded = np.concatenate([best[-2:], best, best[:2]])
    return np.convolve(padded, [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")


def _slide(ground: Vec, edge: Vec, share: Vec) -> Vec:
    arms = ground - _CENTRE
    angle = np.arctan2(arms[:, 1], arms[:, 0])
    around = np.arctan2(*(edge - _CENTRE).T[::-1])
    order = np.argsort(around)
    length = np.linalg.norm(edge - _CENTRE, axis=1)
    full = np.interp(angle, around[order], length[order], period=2 * np.pi)
    keep = np.interp(angle, around[order], share[order], period=2 * np.pi)
    at = np.linalg.norm(arms, axis=1) / full
    squeezed = _HELD + (at - _HELD) * (keep - _HELD) / (1 - _HELD)
    factor = np.where(at > _HELD, squeezed / np.maximum(at, 1e-9), 1.0)
    return np.asarray(_CENTRE + arms * factor[:, None])
