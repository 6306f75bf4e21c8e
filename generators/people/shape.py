"""The head as a radius over directions, and the face coordinates painted on it.

The head is star-shaped around its centre (between the ears, at the eyes' height), so one
number per direction describes it. The unit is half the width of an average head; x points
to the picture's right, y up, z to the camera. Directions are charted with Lambert's
azimuthal equal-area projection around +z, which has no seam and is finest at the face.

Face coordinates (x0, y0) are the frontal view of the head's smooth base, before nose,
lips and brows are raised from it: what is designed or painted there keeps its place on
the surface whatever the relief.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .fields import F32, blurred, bump, sample, smoothstep, spline
from .marks import Marks
from .traits import Expression, Identity

CHART_REACH: Final = 1.92  # the chart covers [-reach, reach]; 2 would be the whole sphere
CHART_SIZE: Final = 224
CHART_SCALE: Final = np.float32((CHART_SIZE - 1) / (2 * CHART_REACH))  # cells to the unit
_EXPONENT: Final = 2.35
_TABLE: Final = 512

Vec = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Base:
    """The head without relief: at each height a superellipse, wide and deep as tabled.

    Args:
        heights: (K,) rising y; ``width``, ``middle`` and ``depth`` are (K,) there: half the
            width, the z of the slice's centre, half its depth.
    """

    heights: Vec
    width: Vec
    middle: Vec
    depth: Vec

    def slice(self, y: Vec) -> tuple[Vec, Vec, Vec]:
        """Half width, centre and half depth at heights of any shape."""
        step = (self.heights[-1] - self.heights[0]) / (_TABLE - 1)
        place = np.clip((y - self.heights[0]) / step, 0, _TABLE - 1.001)
        low = place.astype(np.int64)
        part = place - low
        width, middle, depth = (
            row[low] + part * (row[low + 1] - row[low])
            for row in (self.width, self.middle, self.depth)
        )
        return width, middle, depth

    def lift(self, points: Vec) -> Vec:
        """The (N, 3) points of the base in front of (N, 2) face coordinates."""
        width, middle, depth = self.slice(points[:, 1])
        share = np.clip(np.abs(points[:, 0]) / width, 0, 1) ** _EXPONENT
        z = middle + depth * (1 - share) ** (1 / _EXPONENT)
        return np.column_stack([points, z])

    def outside(self, points: Vec) -> Vec:
        """Positive where (..., 3) points are outside the base, negative inside."""
        width, middle, depth = self.slice(points[..., 1])
        beyond = np.maximum(points[..., 1] - self.heights[-1], self.heights[0] - points[..., 1])
        across = (np.abs(points[..., 0]) / width) ** _EXPONENT
        along = (np.abs(points[..., 2] - middle) / depth) ** _EXPONENT
        return np.asarray(np.where(beyond > 0, 1 + beyond, across + along - 1))


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """A head in its own coordinates.

    Args:
        base: the smooth head.
        radius: (S, S) distance of the surface from the centre, per chart cell.
        ground: (S, S, 2) face coordinates per chart cell.
    """

    base: Base
    radius: F32
    ground: F32

    def lift(self, points: Vec) -> Vec:
        """The (N, 3) surface points at (N, 2) face coordinates."""
        directions, columns, rows = self.locate(points)
        distance = sample(self.radius, columns, rows).astype(np.float64)
        return np.asarray(directions * distance[:, None])

    def locate(self, points: Vec) -> tuple[Vec, F32, F32]:
        """Unit directions (N, 3), columns and rows of the chart for (N, 2) face coordinates.

        The base gives a first direction; the chart, which smooths the base a little, is
        what is painted on, so the direction is corrected until the chart agrees.
        """
        aim = points
        for _ in range(4):
            below = self.base.lift(aim)
            directions = below / np.linalg.norm(below, axis=1, keepdims=True)
            columns, rows = chart(directions.astype(np.float32))
            aim = aim + (points - sample(self.ground, columns, rows))
        return directions, columns, rows


def chart(directions: F32) -> tuple[F32, F32]:
    """Column and row in the chart of unit directions (..., 3)."""
    grow = np.sqrt(2.0 / np.maximum(1.0 + directions[..., 2], 1e-3))
    columns = (directions[..., 0] * grow + np.float32(CHART_REACH)) * CHART_SCALE
    rows = (np.float32(CHART_REACH) - directions[..., 1] * grow) * CHART_SCALE
    return columns.astype(np.float32), rows.astype(np.float32)


@lru_cache(maxsize=2)
def directions(size: int = CHART_SIZE) -> F32:
    """The (S, S, 3) unit direction of each chart cell; the corners point backwards."""
    line = np.linspace(-CHART_REACH, CHART_REACH, size)
    u, v = np.meshgrid(line, -line)
    squared = np.minimum(u * u + v * v, 3.99)
    length = np.sqrt(np.maximum(u * u + v * v, 1e-9))
    u, v = u * np.sqrt(squared) / length, v * np.sqrt(squared) / length
    flat = np.sqrt(1 - squared / 4)
    result = np.stack([u * flat, v * flat, 1 - squared / 2], axis=-1).astype(np.float32)
    result.setflags(write=False)
    return result


def make_head(identity: Identity, expression: Expression, marks: Marks) -> Head:
    """The head of a person: base from the proportions, relief from the features."""
    base = _base(marks.outline, _profile(identity, expression))
    smooth = _solve(base)
    ground = directions()[..., :2] * smooth[..., None]
    front = smoothstep(-0.1, 0.25, np.ascontiguousarray(directions()[..., 2]))
    relief = _relief(ground[..., 0], ground[..., 1], identity, expression, marks)
    return Head(base, smooth + relief * front, ground)


def _profile(identity: Identity, expression: Expression) -> tuple[Vec, Vec]:
    """The front and back of the slices: (N, 2) rows of y, z from below to above."""
    long, drop, chin = identity.face_length, 0.2 * expression.open, identity.chin_forward
    front = spline(
        [
            (-1.53 * long - drop, 0.64 + chin), (-1.50 * long - drop, 0.86 + chin),
            (-1.36 * long - drop, 0.99 + chin), (-1.16 * long - 0.8 * drop, 0.96 + 0.5 * chin),
            (-0.92 * long - 0.4 * drop, 1.03), (-0.62, 1.04), (-0.30, 1.04), (0.0, 1.06),
            (0.28, 1.13), (0.62, 1.12), (0.95, 0.99), (1.25, 0.74), (1.48, 0.36), (1.58, 0.0),
        ],
        300,
    )  # fmt: skip
    back = spline(
        [
            (-1.53 * long - drop, 0.52 + chin), (-1.46 * long - drop, 0.30), (-1.3, 0.02),
            (-1.05, -0.36), (-0.75, -0.72), (-0.3, -1.12), (0.2, -1.32), (0.6, -1.36),
            (1.0, -1.18), (1.35, -0.75), (1.52, -0.3), (1.58, 0.0),
        ],
        300,
    )  # fmt: skip
    return front, back


def _base(outline: Vec, profile: tuple[Vec, Vec]) -> Base:
    lowest, highest = outline[:, 1].min(), outline[:, 1].max()
    heights = np.linspace(lowest, highest, _TABLE)
    half = outline[outline[:, 0] >= 0]
    half = half[np.argsort(half[:, 1])]
    width = np.maximum(np.interp(heights, half[:, 1], half[:, 0]), 0.05)
    front, back = (np.interp(heights, *_rising(side)) for side in profile)
    depth = np.maximum((front - back) / 2, 0.05)
    return Base(heights, width, (front + back) / 2, depth)


def _rising(line: Vec) -> tuple[Vec, Vec]:
    order = np.argsort(line[:, 0])
    return line[order, 0], line[order, 1]


def _solve(base: Base) -> F32:
    """The base's radius on the chart, by bisection on a coarser chart."""
    coarse = directions(112).astype(np.float64)
    low = np.full(coarse.shape[:2], 0.2)
    high = np.full(coarse.shape[:2], 2.2)
    for _ in range(12):
        middle = (low + high) / 2
        out = base.outside(coarse * middle[..., None]) > 0
        low, high = np.where(out, low, middle), np.where(out, middle, high)
    radius = ((low + high) / 2).astype(np.float32)
    size = (CHART_SIZE, CHART_SIZE)
    # Corner-aligned enlargement: cv2.resize would shift the cells by half their pitch.
    line = np.linspace(0, radius.shape[0] - 1, CHART_SIZE, dtype=np.float32)
    columns, rows = np.meshgrid(line, line)
    full = cv2.remap(radius, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return blurred(np.asarray(full, np.float32).reshape(size), 1.0)


def _relief(x: F32, y: F32, identity: Identity, expression: Expression, marks: Marks) -> F32:
    """What the features raise from the base, in units, over face coordinates."""
    away = np.abs(x)
    result = _nose_relief(x, away, y, identity, marks)
    result += _eye_relief(away, y, identity, expression, marks)
    result += _mouth_relief(x, away, y, identity, expression, marks)
    result += _cheek_relief(away, y, identity, expression, marks)
    return result


def _nose_relief(x: F32, away: F32, y: F32, identity: Identity, marks: Marks) -> F32:
    i = identity
    root, tip, foot = marks.nose_root, marks.nose_tip, marks.nose_foot
    bridge, rise = 0.085 + i.nose_bridge, 0.40 * i.nose_height
    along = np.array([foot - 0.09, foot - 0.045, foot, tip - 0.035, tip + 0.02, tip + 0.11,
                      root - 0.16, root, root + 0.16, root + 0.3])  # fmt: skip
    raised = np.array([0.0, 0.015, 0.10, 0.9 * rise, rise, 0.88 * rise,
                       0.36 * rise + 0.7 * bridge, bridge, 0.035, 0.0])  # fmt: skip
    wide = np.array([0.1, 0.1, 0.11, 0.135 * i.nose_tip, 0.13 * i.nose_tip, 0.115,
                     0.10, 0.105, 0.13, 0.16])  # fmt: skip
    curve_h = spline(np.column_stack([along, raised]), 120)
    curve_w = spline(np.column_stack([along, wide * (0.5 + 0.5 * i.nose_width)]), 120)
    height = np.interp(y, *_rising(curve_h)).astype(np.float32)
    width = np.interp(y, *_rising(curve_w)).astype(np.float32)
    slope = np.exp(-((away / (2.1 * width)) ** 2)) * smoothstep(root + 0.1, tip + 0.1, y)
    ridge = height * (0.78 * np.exp(-((away / width) ** 2)) + 0.22 * slope)
    ridge += 0.05 * bump(x, y, (0, tip), (0.12 * i.nose_tip, 0.075))
    wing = marks.nose_wing
    ridge += 0.155 * bump(away, y, (wing - 0.045, foot + 0.055), (0.078, 0.075))
    ridge -= 0.05 * bump(away, y, (wing + 0.055, foot + 0.075), (0.045, 0.08))
    ridge -= 0.05 * bump(away, y, (0.075, foot - 0.005), (0.045, 0.03))
    return np.asarray(ridge + 0.05 * bump(x, y, (0, foot + 0.0), (0.045, 0.05)), np.float32)


def _eye_relief(away: F32, y: F32, identity: Identity, expression: Expression, marks: Marks) -> F32:
    i, centre = identity, marks.eye_centre
    ridge = 0.022 + 0.04 * i.brow_ridge
    over = centre[1] + 0.235 + i.brow_height * 0.7 + 0.02 * expression.brows
    result = ridge * bump(away, y, (centre[0] - 0.04, over), (0.30, 0.085))
    result -= (0.09 + 0.02 * i.brow_ridge) * bump(away, y, (centre[0] - 0.03, 0.03), (0.27, 0.15))
    result -= 0.05 * bump(away, y, (0.185, 0.06), (0.08, 0.11))
    result += 0.095 * bump(away, y, centre, (0.185, 0.125))
    result -= (0.015 + 0.03 * i.age) * bump(away, y, (centre[0] - 0.05, -0.2), (0.2, 0.045))
    result += 0.02 * i.age * bump(away, y, (centre[0], -0.135), (0.16, 0.05))
    return np.asarray(result - 0.02 * bump(away, y, (0.0, 0.24), (0.07, 0.1)), np.float32)


def _mouth_relief(
    x: F32, away: F32, y: F32, identity: Identity, expression: Expression, marks: Marks
) -> F32:
    i, wide = identity, marks.mouth_corner[0]
    top, bottom, split_top, split_bottom = marks.lip_heights
    middle = (split_top + split_bottom) / 2
    result = 0.055 * bump(x, y, (0, middle + 0.05), (0.36, 0.22))
    result += 0.055 * i.upper_lip * bump(x, y, (0, (top + split_top) / 2), (0.62 * wide, 0.05))
    result += 0.07 * i.lower_lip * bump(x, y, (0, (bottom + split_bottom) / 2), (0.56 * wide, 0.06))
    result -= 0.035 * bump(x, y, (0, bottom - 0.09), (0.28, 0.06))
    result -= 0.02 * bump(x, y, (0, (marks.nose_foot + top) / 2), (0.035, 0.08))
    gap = max(0.012, (split_top - split_bottom) / 2)
    dent = 0.02 + 0.10 * min(1.0, 6 * (split_top - split_bottom))
    result -= dent * bump(x, y, (0, middle), (0.7 * wide, gap + 0.012))
    corner = (wide + 0.015, marks.mouth_corner[1])
    result -= (0.03 + 0.02 * expression.smile) * bump(away, y, corner, (0.055, 0.06))
    chin = marks.chin[1] + 0.2
    return np.asarray(result + 0.035 * bump(x, y, (0, chin), (0.19, 0.13)), np.float32)


def _cheek_relief(
    away: F32, y: F32, identity: Identity, expression: Expression, marks: Marks
) -> F32:
    i, smile = identity, max(0.0, expression.smile)
    result = 0.05 * i.cheekbones * bump(away, y, (0.62, -0.24), (0.26, 0.16))
    result += 0.06 * i.fullness * bump(away, y, (0.52, -0.72), (0.26, 0.28))
    result += 0.075 * smile * bump(away, y, (0.45, -0.42), (0.19, 0.16))
    wing, corner = marks.nose_wing + 0.07, marks.mouth_corner
    fold = 0.018 + 0.035 * smile + 0.02 * i.age
    for share in (0.15, 0.5, 0.85):
        at = (wing + share * (corner[0] + 0.07 - wing),
              marks.nose_foot + 0.08 + share * (corner[1] - marks.nose_foot - 0.05))  # fmt: skip
        result -= fold * bump(away, y, at, (0.05, 0.1))
    result -= 0.045 * bump(away, y, (0.86, 0.42), (0.16, 0.22))
    return np.asarray(result - 0.02 * i.age * bump(away, y, (0.6, -0.62), (0.15, 0.2)), np.float32)
