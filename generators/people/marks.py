"""Where the features are: the curves of a face in face coordinates.

Face coordinates are those of ``shape``: frontal view, half an average head's width is 1,
the eyes' centres at height 0, x to the picture's right, y up. Painting, relief, landmarks
and mesh all take their places from here, which is why they agree exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import equal_steps
from .fields import spline
from .traits import Expression, Identity

Vec = NDArray[np.float64]

EYE_STEPS: Final = 9  # segments of each lid: landmarks at every third
LIP_STEPS: Final = 12  # segments of each outer lip: landmarks at every second
GAP_STEPS: Final = 8  # the same for the inner contour
MIDDLE: Final = np.array([0.0, -0.25])  # of the face, for what goes outward from it
_INSET: Final = 0.965  # the face's contour against the head's outline
_EYE_GAP: Final = 0.012  # closed lids and lips keep a hair's breadth, so that the
_LIP_GAP: Final = 0.012  # triangles between them keep their orientation


@dataclass(frozen=True, eq=False, slots=True)
class Marks:
    """The curves and places of one face with one expression.

    Args:
        outline: (M, 2) frontal outline of the head's base, closed.
        jaw: (33, 2) from the picture's left ear to its right; every second is a landmark.
        forehead: (K, 2) the rest of the contour, from the picture's right to its left.
        eyes: (2, 18, 2) lid contours, the picture's left eye first, in the order of the
            landmarks: each third point is one.
        irises: (2, 2) centres of the irises.
        brows: (2, 5, 2) centre lines, from the picture's left to its right.
        brow_width: half the brows' thickness.
        lips: (24, 2) outer contour from the picture's left corner over the upper lip.
        gap: (16, 2) inner contour, likewise.
        nose_line: (9, 2) the bridge's four points and the nostrils' five.
        lip_heights: y of upper edge, lower edge, and the gap's upper and lower edge.
    """

    outline: Vec
    jaw: Vec
    forehead: Vec
    eyes: Vec
    irises: Vec
    iris_radius: float
    brows: Vec
    brow_width: float
    lips: Vec
    gap: Vec
    nose_line: Vec
    eye_centre: tuple[float, float]
    nose_root: float
    nose_tip: float
    nose_foot: float
    nose_wing: float
    mouth_corner: tuple[float, float]
    lip_heights: tuple[float, float, float, float]
    chin: tuple[float, float]

    @property
    def contour(self) -> Vec:
        """The closed contour of the face region: jaw, then forehead."""
        return np.concatenate([self.jaw, self.forehead])

    def landmarks(self) -> Vec:
        """The (68, 2) points in the iBUG order."""
        right, left = self.brows
        return np.concatenate(
            [
                self.jaw[::2], right, left, self.nose_line,
                self.eyes[0][::3], self.eyes[1][::3], self.lips[::2], self.gap[::2],
            ]
        )  # fmt: skip


def inside_contour(contour: Vec, points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether (N, 2) points are in a face's closed contour (K, 2), exactly.

    The contour is seen whole from the middle of the face, so a point's angle tells the one
    edge that it can be beyond.
    """
    arms = contour - MIDDLE
    angles = np.arctan2(arms[:, 1], arms[:, 0])
    order = np.argsort(angles)
    angles, corners = angles[order], contour[order]
    angle = np.arctan2(points[:, 1] - MIDDLE[1], points[:, 0] - MIDDLE[0])
    after = np.searchsorted(angles, angle) % len(corners)
    start, end = corners[after - 1], corners[after]
    edge, arm = end - start, points - start
    return np.asarray(edge[:, 0] * arm[:, 1] - edge[:, 1] * arm[:, 0] >= 0)


def make_marks(identity: Identity, expression: Expression) -> Marks:
    """Place the features of a person with an expression."""
    outline = front_outline(identity, expression)
    jaw, forehead = _contour(outline, identity)
    root, tip, foot = _nose_heights(identity)
    wing = 0.185 * identity.nose_width + 0.012 * max(0.0, expression.smile)
    corner, heights = _mouth_places(identity, expression)
    eyes, centre = _eyes(identity, expression)
    return Marks(
        outline=outline,
        jaw=jaw,
        forehead=forehead,
        eyes=eyes,
        irises=_irises(centre, expression),
        iris_radius=0.088,
        brows=_brows(identity, expression),
        brow_width=0.034 * identity.brow_weight,
        lips=_lips(corner, heights),
        gap=_gap(corner, heights),
        nose_line=_nose_line(root, tip, foot, wing),
        eye_centre=centre,
        nose_root=root,
        nose_tip=tip,
        nose_foot=foot,
        nose_wing=wing,
        mouth_corner=corner,
        lip_heights=heights,
        chin=(0.0, float(jaw[16, 1])),
    )


def front_outline(identity: Identity, expression: Expression) -> Vec:
    """The (400, 2) outline of the head from the front, closed, relief left out."""
    i, drop = identity, 0.2 * expression.open
    wide, jaw, chin, long = i.face_width, i.jaw_width, i.chin_width, i.face_length
    puff = 0.035 * i.fullness
    half = [
        (0.0, -1.53 * long - drop),
        (0.20 * chin, -1.50 * long - drop),
        (0.40 * chin * (0.6 + 0.4 * jaw), -1.38 * long - drop),
        ((0.635 + puff) * jaw, -1.10 * long - 0.75 * drop),
        ((0.785 + puff) * jaw * wide, -0.74 * long - 0.4 * drop),
        ((0.86 + puff) * wide, -0.33),
        ((0.925 + 0.5 * puff) * wide, 0.06),
        (0.965 * wide, 0.42),
        (0.965 * wide, 0.80),
        (0.85 * wide, 1.18),
        (0.56 * wide, 1.46),
        (0.0, 1.58),
    ]
    mirrored = [(-x, y) for x, y in half[-2:0:-1]]
    return spline(half + mirrored, 400, closed=True)


def _contour(outline: Vec, identity: Identity) -> tuple[Vec, Vec]:
    centre = np.array([0.0, -0.2])
    inner = centre + _INSET * (outline - centre)
    right = inner[(inner[:, 0] >= 0) & (inner[:, 1] <= 0.04)]
    right = right[np.argsort(-right[:, 1])]
    side = equal_steps(np.concatenate([right, [[0.0, inner[:, 1].min()]]]), 17)
    jaw = np.concatenate([side * (-1, 1), side[-2::-1]])
    wide = identity.face_width
    upper = [
        side[0],
        (0.925 * wide, 0.27),
        (0.86 * wide, 0.52),
        (0.68 * wide, 0.75),
        (0.38 * wide, 0.885),
        (0.0, 0.925),
    ]
    quarter = equal_steps(spline(upper, 80), 11)[1:]
    return jaw, np.concatenate([quarter, quarter[-2::-1] * (-1, 1)])


def _nose_heights(identity: Identity) -> tuple[float, float, float]:
    length = identity.nose_length
    return 0.06, 0.06 - 0.425 * length, 0.06 - 0.54 * length


def _nose_line(root: float, tip: float, foot: float, wing: float) -> Vec:
    bridge = [(0.0, y) for y in np.linspace(root, tip, 4)]
    base = [(-0.78 * wing, foot + 0.015), (-0.4 * wing, foot - 0.005), (0.0, foot - 0.022)]
    mirrored = [(-x, y) for x, y in base[1::-1]]
    return np.array(bridge + base + mirrored)


def _eyes(identity: Identity, expression: Expression) -> tuple[Vec, tuple[float, float]]:
    i, smile = identity, max(0.0, expression.smile)
    centre = (0.405 * i.eye_spacing, 0.0)
    width, height = 0.192 * i.eye_width, 0.155 * i.eye_height
    lids = expression.lids * (1 - 0.14 * smile) * (1 - 0.08 * i.age)
    lids += 0.16 * max(0.0, expression.brows)
    share = np.linspace(0, 1, EYE_STEPS + 1)
    inner = np.array([centre[0] - width, -0.008 - i.eye_tilt])
    outer = np.array([centre[0] + width, 0.012 + i.eye_tilt])
    line = inner + share[:, None] * (outer - inner)
    arch = np.sin(np.pi * share**0.88) ** 0.8
    sag = np.sin(np.pi * share**1.1) ** 0.95
    low = -0.40 * height * (1 - 0.35 * smile) * sag
    high = np.maximum(low + height * lids * arch, low + _EYE_GAP * np.sin(np.pi * share))
    upper = line + np.column_stack([0 * share, high])
    lower = line + np.column_stack([0 * share, low])
    left = np.concatenate([upper, lower[-2:0:-1]])  # inner, over the top, outer, back below
    mirrored = np.concatenate([upper[::-1], lower[1:-1]]) * (-1, 1)
    return np.stack([mirrored, left]), centre


def _irises(centre: tuple[float, float], expression: Expression) -> Vec:
    shift = np.array([0.085 * expression.gaze_x, 0.012 + 0.05 * expression.gaze_y])
    return np.asarray(np.array([(-centre[0], centre[1]), centre]) + shift)


def _brows(identity: Identity, expression: Expression) -> Vec:
    i, e = identity, expression
    base = 0.265 + i.brow_height + 0.065 * e.brows
    share = np.linspace(0, 1, 5)
    x = (0.165 + 0.015 * (1 - e.frown)) + share * (0.56 * i.eye_spacing)
    arch = i.brow_arch * np.array([0.0, 0.55, 0.95, 0.8, -0.35])
    tilt = i.brow_tilt * (share - 0.3) - 0.05 * e.frown * (1 - share) ** 2
    worry = 0.03 * max(0.0, e.brows) * np.array([0.2, 0.6, 1, 0.8, 0.3])
    left = np.column_stack([x, base + arch + tilt + worry])
    return np.stack([left[::-1] * (-1, 1), left])


def _mouth_places(
    identity: Identity, expression: Expression
) -> tuple[tuple[float, float], tuple[float, float, float, float]]:
    i, e = identity, expression
    smile, wide = e.smile, 0.33 * identity.mouth_width
    line = -0.865 * i.face_length + i.mouth_height + 0.012 * smile
    corner = (wide + 0.065 * max(0.0, smile) - 0.05 * e.open * (1 - max(0.0, smile)),
              line + 0.046 * smile - 0.05 * e.open)  # fmt: skip
    parted = 0.05 * max(0.0, smile - 0.45) * e.teeth
    split_top = line + 0.5 * _LIP_GAP + 0.015 * e.open + 0.4 * parted - 0.01 * smile
    split_bottom = line - 0.5 * _LIP_GAP - 0.19 * e.open - 0.6 * parted - 0.012 * smile
    thin = 1 - 0.2 * max(0.0, smile)
    aged = 1 - 0.22 * i.age
    top = split_top + 0.080 * i.upper_lip * thin * aged
    bottom = split_bottom - 0.106 * i.lower_lip * thin * aged
    return corner, (top, bottom, split_top, split_bottom)


def _lips(corner: tuple[float, float], heights: tuple[float, float, float, float]) -> Vec:
    top, bottom, _, _ = heights
    wide, edge = corner
    x = np.array([-1, -0.83, -0.65, -0.46, -0.28, -0.13, 0, 0.13, 0.28, 0.46, 0.65, 0.83, 1])
    bow = np.array([0, 0.30, 0.56, 0.82, 1.0, 0.97, 0.86, 0.97, 1.0, 0.82, 0.56, 0.30, 0])
    belly = np.array([0, 0.36, 0.64, 0.84, 0.95, 0.99, 1.0, 0.99, 0.95, 0.84, 0.64, 0.36, 0])
    upper = np.column_stack([wide * x, edge + (top - edge) * bow])
    lower = np.column_stack([wide * x, edge + (bottom - edge) * belly])
    return np.concatenate([upper, lower[-2:0:-1]])


def _gap(corner: tuple[float, float], heights: tuple[float, float, float, float]) -> Vec:
    _, _, split_top, split_bottom = heights
    wide, edge = corner[0] * 0.9, corner[1]
    x = np.linspace(-1, 1, GAP_STEPS + 1)
    arch = 1 - x**2
    dip = 0.006 * np.exp(-((x / 0.25) ** 2))
    upper = np.column_stack([wide * x, edge + (split_top - edge) * arch - dip * (arch > 0.5)])
    lower = np.column_stack([wide * x, edge + (split_bottom - edge) * arch - dip * (arch > 0.5)])
    return np.concatenate([upper, lower[-2:0:-1]])
