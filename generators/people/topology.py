"""The 468 points of a drawn face and how they are made.

The first 68 are the landmarks. The next 208 stand on or around the features' curves
(contour, lids, brows, nostrils, lips), so that they follow every identity and expression.
The last 192 fill the skin between: their offsets from a template solve Laplace's equation
on the mesh, which keeps the triangles regular and unfolded.

The template and its triangles are stored in ``drawn_layout.json``; ``build`` made it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import LANDMARKS, MESH_POINTS, Points
from ...core.files import read_json
from .marks import Marks, make_marks
from .traits import AVERAGE, NEUTRAL, Expression

Vec = NDArray[np.float64]
Triangles = NDArray[np.int64]

DATA: Final = Path(__file__).with_name("drawn_layout.json")

# Where each group of points stands. An eye's points come picture's left first.
_JAW_BETWEEN: Final = 68
_FOREHEAD: Final = _JAW_BETWEEN + 16
_LIDS: Final = _FOREHEAD + 19
_BROWS: Final = _LIDS + 2 * 37
_NOSE: Final = _BROWS + 20
_LIPS: Final = _NOSE + 8
KEYS: Final = _LIPS + 71


@dataclass(frozen=True, eq=False, slots=True)
class Template:
    """The average neutral face: (468, 2) points in face coordinates, (T, 3) triangles."""

    points: Vec
    triangles: Triangles


@lru_cache(maxsize=1)
def template() -> Template:
    """The stored template."""
    stored = read_json(DATA)
    points = np.array(stored["points"], dtype=np.float64)
    triangles = np.array(stored["triangles"], dtype=np.int64)
    points.setflags(write=False)
    triangles.setflags(write=False)
    return Template(points, triangles)


def drawn_triangles() -> Triangles:
    """The (T, 3) triangles of a drawn face's mesh."""
    return template().triangles


def drawn_landmarks(mesh: Vec) -> Points:
    """The (68, 2) landmarks of a drawn face's (468, 2 or 3) mesh: its first points."""
    if len(mesh) != MESH_POINTS:
        raise ValueError(f"a drawn face's mesh has {MESH_POINTS} points, not {len(mesh)}")
    return np.array(mesh[:LANDMARKS, :2], dtype=np.float64)


def oval() -> tuple[int, ...]:
    """The closed contour, from the picture's left ear over the chin."""
    jaw = [0]
    for step in range(16):
        jaw += [_JAW_BETWEEN + step, step + 1]
    return (*jaw, *range(_FOREHEAD, _LIDS))


def lid_loop(side: int) -> tuple[int, ...]:
    """The closed contour of an eye: 0 the picture's left (the person's right), 1 the other."""
    between = _LIDS + 37 * side
    return _woven(36 + 6 * side, 6, between, 2)


def lip_loop() -> tuple[int, ...]:
    """The lips' outer contour."""
    return _woven(48, 12, _LIPS, 1)


def gap_loop() -> tuple[int, ...]:
    """The lips' inner contour."""
    return _woven(60, 8, _LIPS + 12, 1)


def brow_loop(side: int) -> tuple[int, ...]:
    """The closed contour of a brow, upper edge from the picture's left, then back below."""
    first, ends = _BROWS + 10 * side, (17 + 5 * side, 21 + 5 * side)
    return (ends[0], *range(first, first + 5), ends[1], *range(first + 9, first + 4, -1))


def nose_points() -> tuple[int, ...]:
    """The points of the nose: bridge, nostrils, wings."""
    return (*range(27, 36), *range(_NOSE, _LIPS))


def _woven(first: int, landmarks: int, between: int, each: int) -> tuple[int, ...]:
    result: list[int] = []
    for step in range(landmarks):
        result += [first + step, *range(between + each * step, between + each * (step + 1))]
    return tuple(result)


def mesh_of(marks: Marks) -> Vec:
    """The (468, 2) mesh of a face, in face coordinates."""
    keys = key_points(marks)
    stored = template().points
    return np.concatenate([keys, stored[KEYS:] + _carry() @ (keys - stored[:KEYS])])


@lru_cache(maxsize=1)
def _carry() -> Vec:
    """(192, 276): how far each filling point goes with each key point."""
    edges = template().triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    weights = np.zeros((MESH_POINTS, MESH_POINTS))
    weights[edges[:, 0], edges[:, 1]] = weights[edges[:, 1], edges[:, 0]] = 1.0
    graph = np.diag(weights.sum(axis=1)) - weights
    carried = np.linalg.solve(graph[KEYS:, KEYS:], -graph[KEYS:, :KEYS])
    carried.setflags(write=False)
    return np.asarray(carried)


def key_points(marks: Marks) -> Vec:
    """The first 276 points, from the features' curves."""
    return np.concatenate(
        [
            marks.landmarks(),
            marks.jaw[1::2],
            marks.forehead,
            _eye_keys(marks.eyes[0]),
            _eye_keys(marks.eyes[1]),
            _brow_keys(marks.brows[0], marks.brow_width),
            _brow_keys(marks.brows[1], marks.brow_width),
            _nose_keys(marks),
            _lip_keys(marks),
        ]
    )


def _eye_keys(loop: Vec) -> Vec:
    between = np.delete(loop, np.arange(0, 18, 3), axis=0)
    centre = loop.mean(axis=0)
    inside = centre + 0.5 * (loop[::3] - centre)
    inside[[0, 3]] = centre + 0.62 * (loop[[0, 9]] - centre)
    # Both eyes' loops run clockwise in the picture, starting at the picture's left.
    angle = np.pi - np.arange(18) * (2 * np.pi / 18)
    around = loop + np.column_stack([0.07 * np.cos(angle), 0.062 * np.sin(angle)])
    return np.concatenate([between, centre[None], inside, around])


def _brow_keys(line: Vec, width: float) -> Vec:
    thick = brow_thickness(line) * width
    upper = line + np.column_stack([0 * thick, thick])
    lower = line - np.column_stack([0 * thick, thick])
    return np.concatenate([upper, lower])


def brow_thickness(line: Vec) -> Vec:
    """A brow's thickness along its (5, 2) line, 1 at its thickest; it tapers to the outside."""
    taper = np.array([0.75, 1.0, 0.95, 0.75, 0.35])
    return taper if abs(line[0, 0]) < abs(line[-1, 0]) else taper[::-1]


def _nose_keys(marks: Marks) -> Vec:
    wing, foot, tip = marks.nose_wing, marks.nose_foot, marks.nose_tip
    side = np.array([(wing, foot + 0.055), (0.9 * wing, foot + 0.12),
                     (0.5 * wing, tip + 0.02), (0.42 * wing, tip + 0.17)])  # fmt: skip
    return np.concatenate([side * (-1, 1), side])


def _lip_keys(marks: Marks) -> Vec:
    lips, gap = marks.lips, marks.gap
    within = np.concatenate([_steps(gap[:9], 13), _steps(np.r_[gap[8:], gap[:1]], 13)[1:-1]])
    halfway = np.delete((lips + within) / 2, [0, 12], axis=0)
    upper, lower = gap[2:7], np.r_[gap[8:], gap[:1]][2:7][::-1]
    angle = np.pi - np.arange(24) * (2 * np.pi / 24)
    around = lips + np.column_stack([0.075 * np.cos(angle), 0.07 * np.sin(angle)])
    return np.concatenate([lips[1::2], gap[1::2], halfway, (upper + lower) / 2, around])


def _steps(line: Vec, count: int) -> Vec:
    where = np.linspace(0, len(line) - 1, count)
    return np.column_stack([np.interp(where, np.arange(len(line)), line[:, k]) for k in (0, 1)])


def build() -> dict[str, object]:
    """Make the template: filling points by farthest-point insertion, then Delaunay's triangles."""
    marks = make_marks(AVERAGE, _parted())
    keys = key_points(marks)
    contour = keys[list(oval())]
    points = np.round(np.concatenate([keys, _filling(keys, contour)]), 4)
    return {"points": points.tolist(), "triangles": _delaunay(points, list(oval())).tolist()}


def _parted() -> Expression:

    return replace(NEUTRAL, open=0.6)


def _filling(keys: Vec, contour: Vec) -> Vec:
    """Symmetric points, each as far as possible from those before it."""
    line = np.arange(-1.0, 1.0001, 0.0125)
    grid = np.stack(np.meshgrid(line, np.arange(-1.7, 1.0, 0.0125)), axis=-1).reshape(-1, 2)
    polygon = contour.astype(np.float32)
    inside = [cv2.pointPolygonTest(polygon, (float(x), float(y)), True) > 0.03 for x, y in grid]
    half = grid[np.array(inside) & ((grid[:, 0] > 0.045) | (np.abs(grid[:, 0]) < 1e-9))]
    gap = np.linalg.norm(half[:, None] - keys[None], axis=2).min(axis=1)
    chosen: list[Vec] = []
    while len(chosen) < MESH_POINTS - KEYS:
        single = len(chosen) == MESH_POINTS - KEYS - 1
        best = int(np.argmax(np.where(np.abs(half[:, 0]) < 1e-9, gap, 0 if single else gap)))
        pair = [half[best]] if abs(half[best, 0]) < 1e-9 else [half[best], half[best] * (-1, 1)]
        for point in pair:
            chosen.append(point)
            gap = np.minimum(gap, np.linalg.norm(half - point, axis=1))
    return np.array(chosen)


def _delaunay(points: Vec, contour: list[int]) -> Triangles:
    plane = cv2.Subdiv2D((-3, -3, 6, 6))
    place = {}
    for index, point in enumerate(points.astype(np.float32)):
        plane.insert((float(point[0]), float(point[1])))
        place[tuple(point.tolist())] = index
    polygon = points[contour].astype(np.float32)
    rows = []
    for row in np.asarray(plane.getTriangleList()):
        corners = [place.get(tuple(row[k : k + 2].tolist())) for k in (0, 2, 4)]
        middle = row.reshape(3, 2).mean(axis=0)
        within = cv2.pointPolygonTest(polygon, (float(middle[0]), float(middle[1])), False) > 0
        if None not in corners and within:
            rows.append(corners)
    triangles = np.array(rows, dtype=np.int64)
    first = triangles.argmin(axis=1)
    turned = np.take_along_axis(triangles, (first[:, None] + np.arange(3)) % 3, axis=1)
    return turned[np.lexsort(turned.T[::-1])]
