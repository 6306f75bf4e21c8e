"""Expressions as movements of the 68 landmarks, in the manner of action units.

The units and their numbers are those of Ekman and Friesen's Facial Action Coding System
(1978); how far each landmark goes was set by eye on photographs. Movements are in the face's
own frame, x to the picture's right and y down on a level frontal face, in shares of the
distance between the outer eye corners, for a unit at full strength.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import LANDMARKS, outer_eye_distance
from ..faces import Face

Vec = NDArray[np.float64]
Steps = Mapping[int, tuple[float, float]]

# Landmarks on the picture's left, and in the middle; the right side is their mirror image.
_HALF: Final[Mapping[str, Steps]] = {
    # AU 1 + 2, brows up.
    "brows up": {17: (0, -0.05), 18: (0, -0.075), 19: (0, -0.085), 20: (0, -0.08), 21: (0, -0.07)},
    # AU 4, brows lowered and drawn together.
    "brows down": {18: (0, 0.01), 19: (0.01, 0.025), 20: (0.02, 0.04), 21: (0.025, 0.045)},
    # AU 43, lids closed: the upper one goes where the lower one is, see ``closed_lids``.
    # AU 5, upper lids raised.
    "eyes wide": {37: (0, -0.018), 38: (0, -0.018), 40: (0, 0.006), 41: (0, 0.006)},
    # AU 6 + 12, a smile: corners out and up, lower lids pushed up.
    "smile": {
        48: (-0.060, -0.055), 60: (-0.054, -0.050), 49: (-0.036, -0.030), 59: (-0.036, -0.020),
        50: (-0.014, -0.010), 58: (-0.014, 0.004), 51: (0, -0.004), 57: (0, 0.008),
        61: (-0.024, -0.016), 67: (-0.022, -0.008), 62: (0, -0.004), 66: (0, 0.004),
        31: (-0.014, -0.010), 40: (0, -0.010), 41: (0, -0.010), 4: (-0.010, -0.010),
    },
    # AU 15, corners of the mouth down.
    "corners down": {
        48: (-0.010, 0.055), 60: (-0.010, 0.050), 49: (-0.004, 0.022), 59: (-0.004, 0.040),
        61: (-0.002, 0.016), 67: (-0.002, 0.024), 50: (0, 0.004), 58: (0, 0.012),
    },
    # AU 26, jaw dropped, lips parted.
    "jaw down": {
        8: (0, 0.11), 7: (0, 0.105), 6: (0.004, 0.085), 5: (0.006, 0.055), 4: (0.004, 0.025),
        57: (0, 0.13), 58: (0.006, 0.125), 59: (0.014, 0.075), 66: (0, 0.135), 67: (0.006, 0.12),
        48: (0.020, 0.035), 60: (0.020, 0.035), 49: (0.008, 0.004), 61: (0.006, 0.006),
        51: (0, -0.006), 62: (0, -0.008), 50: (0, -0.005),
    },
    # AU 25, lips parted without the jaw.
    "lips apart": {
        57: (0, 0.040), 58: (0, 0.036), 59: (0, 0.016), 66: (0, 0.042), 67: (0, 0.034),
        51: (0, -0.016), 50: (0, -0.014), 62: (0, -0.018), 61: (0, -0.014), 49: (0, -0.004),
    },
    # AU 18, lips puckered.
    "pucker": {
        48: (0.085, 0.004), 60: (0.080, 0.004), 49: (0.050, -0.004), 59: (0.050, 0.008),
        50: (0.020, -0.014), 58: (0.020, 0.020), 61: (0.040, -0.002), 67: (0.040, 0.004),
        51: (0, -0.018), 57: (0, 0.024),
    },
    # AU 20, lips stretched.
    "stretch": {
        48: (-0.060, 0.006), 60: (-0.054, 0.006), 49: (-0.034, 0.006), 59: (-0.034, -0.004),
        50: (-0.014, 0.006), 58: (-0.014, -0.008), 61: (-0.024, 0.002), 67: (-0.022, -0.002),
        51: (0, 0.006), 57: (0, -0.010),
    },
    # AU 10, upper lip raised.
    "upper lip up": {
        51: (0, -0.040), 50: (0, -0.038), 49: (0, -0.020), 62: (0, -0.038), 61: (0, -0.030),
        31: (-0.006, -0.016), 32: (0, -0.010),
    },
}  # fmt: skip

# fmt: off
_MIRROR: Final = np.array([
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
])
# fmt: on
_LIDS: Final = ((37, 41), (38, 40), (43, 47), (44, 46))  # upper, lower
_LIPS: Final = ((61, 67), (62, 66), (63, 65))  # inner contours, upper, lower


@cache
def action_units() -> Mapping[str, Vec]:
    """Each unit's (68, 2) movement."""
    return MappingProxyType({name: _whole(half) for name, half in _HALF.items()})


def _whole(half: Steps) -> Vec:
    unit = np.zeros((LANDMARKS, 2))
    for landmark, step in half.items():
        unit[landmark] = step
    mirrored = unit[_MIRROR] * (-1, 1)
    whole = np.where(np.any(unit != 0, axis=1, keepdims=True), unit, mirrored)
    whole.setflags(write=False)
    return whole


def movement(strengths: Mapping[str, float]) -> Vec:
    """The (68, 2) sum of action units by their strengths."""
    units = action_units()
    return sum((strength * units[name] for name, strength in strengths.items()), np.zeros((68, 2)))


def frame(face: Face) -> Vec:
    """(2, 2): rows are the steps in pixels, x and y, of one eye distance across and down.

    A turned head shows what lies across it shortened; what lies along it is not.
    """
    yaw, _, roll = np.radians(face.pose)
    across = outer_eye_distance(face.landmarks)
    along = across / max(float(np.cos(yaw)), 0.6)
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.array([[across * cosine, across * sine], [-along * sine, along * cosine]])


def closed_lids(face: Face, share: float, eyes: tuple[bool, bool] = (True, True)) -> Vec:
    """(68, 2) pixels: the upper lids lowered over a share of the open eye, 1 to shut it.

    Args:
        eyes: which to close, the picture's left one first.
    """
    return _met(face, _LIDS[:2] * eyes[0] + _LIDS[2:] * eyes[1], share, 0.88)


def closed_lips(face: Face, share: float) -> Vec:
    """(68, 2) pixels: the inner contours of the lips brought together by a share of the gap."""
    moved = _met(face, _LIPS, share, 0.35)
    # The outer contour follows, so that the lips keep their thickness.
    for outer, inner in ((50, 61), (51, 62), (52, 63), (58, 67), (57, 66), (56, 65)):
        moved[outer] = moved[inner]
    moved[[49, 53, 59, 55]] = 0.4 * moved[[61, 63, 67, 65]]
    moved[[7, 8, 9]] = 0.8 * moved[66]
    moved[[6, 10]] = 0.5 * moved[66]
    return moved


def _met(face: Face, pairs: tuple[tuple[int, int], ...], share: float, upper: float) -> Vec:
    moved = np.zeros((LANDMARKS, 2))
    for above, below in pairs:
        gap = face.landmarks[below] - face.landmarks[above]
        moved[above], moved[below] = share * upper * gap, -share * (1 - upper) * gap
    return moved


def mouth_gap(landmarks: Vec) -> float:
    """How far the lips are apart, share of the eye distance."""
    gaps = [np.linalg.norm(landmarks[above] - landmarks[below]) for above, below in _LIPS]
    return float(np.mean(gaps)) / max(outer_eye_distance(landmarks), 1e-6)
