"""The form of a face's mask in numbers that its size does not enter."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from .. import masks
from ..masks import Rle

SHAPE: Final = (
    *(f"Hu moment {number} of the mask" for number in range(1, 8)),
    "solidity of the mask", "share of its box that the mask fills",
    "perimeter² / area of the mask", "number of parts of the mask", "holes of the mask",
)  # fmt: skip


def describe(rle: Rle) -> list[float]:
    """The numbers of ``SHAPE``; all NaN for an empty mask."""
    left, top, right, bottom = masks.box(rle).astype(int).tolist()
    mask = masks.decode(rle)[top:bottom, left:right].astype(np.uint8)
    if not mask.size:
        return [float("nan")] * len(SHAPE)
    # A frame of nothing, so that the contour of a mask that fills its box is closed inside.
    mask = np.pad(mask, 1)
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [c for c, links in zip(contours, tree[0], strict=True) if links[3] < 0]
    area = float(mask.sum())
    hull = np.zeros_like(mask)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(outer)), 1)
    perimeter = sum(cv2.arcLength(contour, closed=True) for contour in contours)
    moments = cv2.HuMoments(cv2.moments(mask, binaryImage=True)).ravel()
    return [
        # Hu's moments span many powers of ten.
        *(np.sign(moments) * np.log10(np.abs(moments) + 1e-12)).tolist(),
        area / max(float(hull.sum()), 1.0),
        area / ((right - left) * (bottom - top)),
        perimeter**2 / area,
        float(len(outer)),
        float(len(contours) - len(outer)),
    ]
