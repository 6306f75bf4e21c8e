"""Boxes (N, 4) xyxy, absolute pixels, half-open: width = x2 - x1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as coco_mask

Boxes = NDArray[np.float64]


def from_xywh(boxes: ArrayLike) -> Boxes:
    """COCO's (N, 4) x, y, width, height to xyxy."""
    result = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    result[:, 2:] += result[:, :2]
    return result


def to_xywh(boxes: Boxes) -> Boxes:
    """The (N, 4) xyxy boxes as COCO's x, y, width, height."""
    result = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    result[:, 2:] -= result[:, :2]
    return result


def iou(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Pairwise intersection over union (N, M) in [0, 1]; zero rows or columns allowed."""
    if not len(first) or not len(second):
        return np.zeros((len(first), len(second)))
    crowd = [0] * len(second)
    return np.asarray(coco_mask.iou(to_xywh(first), to_xywh(second), crowd), dtype=np.float64)
