"""How a face mesh follows its landmarks.

Landmarks are moved; every other point of the mesh goes where the second differences of the
movement over the mesh's edges are least (a discrete biharmonic field: Botsch and Sorkine,
"On linear variational surface deformation methods", TVCG 2008). Across the gaps of eyes and
mouth nothing is carried, so that lids and lips part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import JAW, LANDMARKS
from ..layouts import LAYOUTS, Layout

Vec = NDArray[np.float64]

_ACROSS_A_GAP: Final = 1e-3  # weight of an edge from lip to lip, or from lid to lid
_STRETCHING: Final = 0.1  # weight of first differences beside that of second ones


@dataclass(frozen=True, eq=False, slots=True)
class Rig:
    """What carries landmarks' movements to the points of one layout.

    Args:
        carry: (M, 68) each point's share in each landmark's movement.
        skin: (T, 3) triangles that are not between lips or lids.
        depth: (M,) 0 on the face's contour, rising to 1 within a sixth of its width.
    """

    carry: Vec
    skin: NDArray[np.int64]
    depth: Vec

    def shifts(self, landmarks: Vec) -> Vec:
        """(M, 2) movements of all points from (68, 2) movements of the landmarks."""
        return np.asarray(self.carry @ landmarks, dtype=np.float64)


@cache
def rig_of(name: str) -> Rig:
    """The rig of a layout, a key of ``LAYOUTS``."""
    layout = LAYOUTS[name]
    carry = _held(layout)
    held = np.flatnonzero(~np.isnan(carry[:, 0]))
    free = np.flatnonzero(np.isnan(carry[:, 0]))
    laplacian = _laplacian(layout)
    bending = laplacian.T @ laplacian + _STRETCHING * laplacian
    carry[free] = -np.linalg.solve(
        bending[np.ix_(free, free)], bending[np.ix_(free, held)] @ carry[held]
    )
    return Rig(carry, _skin(layout), _depth(layout))


def _skin(layout: Layout) -> NDArray[np.int64]:
    triangles = layout.triangles()
    kept = np.ones(len(triangles), dtype=bool)
    for loop in (*layout.eyes, layout.gap):
        within = np.isin(triangles, [*loop, *_within(loop, layout)])
        kept &= ~within.all(axis=1)
    return triangles[kept]


def _held(layout: Layout) -> Vec:
    """(M, 68) the shares of the points on the features' contours, NaN for all others."""
    carry = np.full((len(layout.canonical()), LANDMARKS), np.nan)
    carry[list(layout.oval)] = 0
    carry[np.ix_(list(layout.oval), range(JAW.stop))] = _of_the_jaw(layout)
    carry[list(layout.inner)] = np.eye(LANDMARKS)[JAW.stop :]
    for loop in (*layout.eyes, layout.lips, layout.gap):
        carry[list(loop)] = _along(loop, layout) @ np.eye(LANDMARKS)[JAW.stop :]
    return carry


def _along(loop: tuple[int, ...], layout: Layout) -> Vec:
    """(K, 51) shares of a closed contour's points in the landmarks on it, by arc length."""
    line = layout.canonical()[list(loop)]
    steps = np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1)
    places = np.concatenate([[0], np.cumsum(steps)])[:-1]
    shares = np.zeros((len(loop), len(layout.inner)))
    for landmark, point in enumerate(layout.inner):
        if point in loop:
            shares[loop.index(point), landmark] = 1
    known = np.flatnonzero(shares.any(axis=1))
    for column in np.flatnonzero(shares.any(axis=0)):
        shares[:, column] = np.interp(
            places, places[known], shares[known, column], period=float(steps.sum())
        )
    return shares


def _laplacian(layout: Layout) -> Vec:
    count = len(layout.canonical())
    triangles = layout.triangles()
    edges = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    weights = np.zeros((count, count))
    weights[edges[:, 0], edges[:, 1]] = weights[edges[:, 1], edges[:, 0]] = 1.0
    for loop in (*layout.eyes, layout.gap):
        weights = _parted(weights, loop, layout)
    return np.diag(weights.sum(axis=1)) - weights


def _parted(weights: Vec, loop: tuple[int, ...], layout: Layout) -> Vec:
    """The weights with those across a closed loop made small."""
    rim, inside = list(loop), _within(loop, layout)
    across = np.zeros(weights.shape, dtype=bool)
    across[np.ix_(rim, rim)] = True
    neighbours = np.array([rim, np.roll(rim, -1)])
    across[neighbours[0], neighbours[1]] = across[neighbours[1], neighbours[0]] = False
    across[inside] = across[:, inside] = True
    return np.where(across, weights * _ACROSS_A_GAP, weights)


def _within(loop: tuple[int, ...], layout: Layout) -> list[int]:
    points = layout.canonical().astype(np.float32)
    polygon = points[list(loop)]
    return [
        index
        for index, (x, y) in enumerate(points.tolist())
        if index not in loop and cv2.pointPolygonTest(polygon, (x, y), False) > 0
    ]


def _of_the_jaw(layout: Layout) -> Vec:
    """(K, 17) the contour points' shares in the jaw's movements, 0 on the forehead."""
    points = layout.canonical()
    landmarks = layout.landmarks(points)
    middle = landmarks[JAW.stop :].mean(axis=0)
    # Angles from straight down, so that none wraps around within the jaw.
    jaw, rim = (_angle(line - middle) for line in (landmarks[JAW], points[list(layout.oval)]))
    order = np.argsort(jaw)
    beyond = np.radians(25)
    knots = np.r_[jaw[order][0] - beyond, jaw[order], jaw[order][-1] + beyond]
    shares = np.zeros((len(rim), len(order)))
    for column, landmark in enumerate(order):
        peak = np.zeros(len(knots))
        peak[column + 1] = 1
        shares[:, landmark] = np.interp(rim, knots, peak, left=0, right=0)
    return shares


def _angle(arms: Vec) -> Vec:
    return np.asarray(np.arctan2(arms[:, 0], arms[:, 1]), dtype=np.float64)


def _depth(layout: Layout) -> Vec:
    points = layout.canonical()
    rim = points[list(layout.oval)]
    distance = np.linalg.norm(points[:, None] - rim[None], axis=2).min(axis=1)
    share = np.clip(6 * distance / np.ptp(rim[:, 0]), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float64)
