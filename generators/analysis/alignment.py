"""The aligned face: every face at one size and place, for measuring it."""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import Points, mesh_to_68
from ...core.images import Rgb
from .mesh_layout import mesh_points

SIDE: Final = 128


@cache
def aligned_landmarks() -> Points:
    """(68, 2) where the landmarks of an aligned face lie, in pixels of the aligned crop."""
    points = mesh_to_68(mesh_points())
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.8 * SIDE / float((high - low).max())
    middle = np.array([SIDE / 2, SIDE / 2 + 10])
    aligned = np.asarray((points - (low + high) / 2) * scale + middle, dtype=np.float64)
    aligned.setflags(write=False)
    return aligned


def alignment(landmarks: Points) -> NDArray[np.float64]:
    """The (2, 3) affine, least squares, from a picture to the aligned crop."""
    rows = np.column_stack([landmarks, np.ones(len(landmarks))])
    solution, *_ = np.linalg.lstsq(rows, aligned_landmarks(), rcond=None)
    return np.asarray(solution.T, dtype=np.float64)


def aligned_crop(image: Rgb, landmarks: Points) -> Rgb:
    """The (128, 128, 3) aligned face."""
    crop = cv2.warpAffine(
        image,
        alignment(landmarks),
        (SIDE, SIDE),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, dtype=np.uint8)
