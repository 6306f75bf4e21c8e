"""How far a face is from what faces look like: hands, smears and patches stand out.

A linear model of appearance (eigenfaces: Turk and Pentland, 1991) of aligned faces without
glasses, fitted to free photographs and their mirror images. What it leaves unexplained is
held, pixel by pixel, against what it leaves of other faces.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import Points
from ...annotations.masks import BoolMask
from ...core.images import Rgb
from .alignment import SIDE, aligned_crop, aligned_landmarks

FILE: Final = Path(__file__).with_name("oddness.npz")
SMALL: Final = 48  # pixels: hairs and pores say nothing here
BEYOND: Final = 2.5  # standard deviations that a component may reach
HUE: Final = 12.0  # Lab units of a and b that weigh as much as the spread of light
WORST: Final = 0.97  # quantile over the face: a patch counts, a pixel does not

Vec = NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class _Model:
    """Mean (D,), basis (K, D), standard deviations of its K components, of the rest (D,)."""

    mean: Vec
    basis: Vec
    spread: Vec
    left: Vec


def oddness(image: Rgb, landmarks: Points) -> float:
    """How odd the oddest part of a face is; about 1.3 for a bare face, 2.2 with glasses.

    Args:
        image: (H, W, 3) RGB.
        landmarks: (68, 2) of the face.
    """
    model = _model()
    off = _described(aligned_crop(image, landmarks)) - model.mean
    shares = np.clip(model.basis @ off, -BEYOND * model.spread, BEYOND * model.spread)
    rest = (off - shares @ model.basis) / model.left
    planes = np.zeros((SMALL, SMALL, 3), np.float32)
    planes[_inside()] = rest.reshape(3, -1).T
    smooth = np.asarray(cv2.GaussianBlur(planes, (0, 0), 1.5), dtype=np.float32)
    return float(np.quantile(np.linalg.norm(smooth[_inside()], axis=1), WORST))


def _described(crop: Rgb) -> Vec:
    """(D,) light and hues inside the face, each about its mean; light by its spread."""
    small = cv2.resize(crop, (SMALL, SMALL), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    values = np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.8), dtype=np.float32)[_inside()]
    values -= values.mean(axis=0)
    values /= np.array([values[:, 0].std() + 2, HUE, HUE], np.float32)
    return np.ascontiguousarray(values.T).ravel()


@cache
def _inside() -> BoolMask:
    """(48, 48) where an aligned face is."""
    points = aligned_landmarks()[:27] * (SMALL / SIDE)
    outline = cv2.convexHull(points.astype(np.float32)).astype(np.int32)
    canvas = np.zeros((SMALL, SMALL), np.uint8)
    cv2.fillConvexPoly(canvas, outline, 1)
    return np.asarray(cv2.erode(canvas, np.ones((3, 3), np.uint8)) > 0, dtype=bool)


@cache
def _model() -> _Model:
    with np.load(FILE) as stored:
        basis = stored["basis"].astype(np.float32) * stored["scale"][:, None]
        mean, left = (stored[name].astype(np.float32) for name in ("mean", "left"))
        return _Model(mean, basis, stored["spread"], left)
