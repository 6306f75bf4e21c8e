"""Pixels that move, and the masks, boxes and landmarks that move with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations import masks as mask_tools
from ...annotations.instances import Instances
from ...annotations.masks import Rle
from ...core.images import Rgb

# (H, W, 2) float32 dx, dy in pixels: the new pixel at p is the old one at p + field[p].
Displacement = NDArray[np.float32]
Plane = NDArray[np.uint8]  # (H, W) or (H, W, 3)

_INVERSE_STEPS: Final = 30
_MASK_COLUMNS: Final = ("manipulation", "boundary")


def warp(image: Rgb, field: Displacement) -> Rgb:
    """The image with its pixels moved, bilinearly; beyond the border it is mirrored."""
    return remapped(image, field, cv2.INTER_LINEAR)


def move_instances(instances: Instances, field: Displacement) -> Instances:
    """The faces with masks, boxes and ``keypoints`` moved as ``warp`` moves pixels.

    A box keeps its margins around its mask. A mask that would vanish between pixels stays.
    """
    moved = tuple(_move_mask(rle, field) for rle in instances.masks)
    before = np.array([mask_tools.box(rle) for rle in instances.masks]).reshape(-1, 4)
    after = np.array([mask_tools.box(rle) for rle in moved]).reshape(-1, 4)
    height, width = instances.size
    boxes = np.clip(instances.boxes + after - before, 0, [width, height, width, height])
    return replace(instances, boxes=boxes, masks=moved, extra=_move_extra(instances, field))


def move_points(points: NDArray[np.float64], field: Displacement) -> NDArray[np.float64]:
    """Where (N, 2) x, y points of the old image lie in the new one.

    The field tells where a new pixel comes from; its inverse is found by fixed-point
    iteration, which converges while the field is smooth (a gradient below 1).
    """
    found = points.copy()
    for _ in range(_INVERSE_STEPS):
        found = points - _sample(field, found)
    return found


def _sample(field: Displacement, points: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(points):
        return np.zeros((0, 2))
    x, y = points.astype(np.float32).T[:, :, None]
    values = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, dtype=np.float64).reshape(-1, 2)


def remapped(plane: Plane, field: Displacement, interpolation: int) -> Plane:
    """A plane of the image's size with its pixels moved; beyond the border it is mirrored."""
    height, width = field.shape[:2]
    x = field[:, :, 0] + np.arange(width, dtype=np.float32)
    y = field[:, :, 1] + np.arange(height, dtype=np.float32)[:, None]
    moved = cv2.remap(plane, x, y, interpolation, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, dtype=np.uint8)


def _move_mask(rle: Rle, field: Displacement) -> Rle:
    mask = mask_tools.decode(rle).astype(np.uint8)
    moved = remapped(mask, field, cv2.INTER_NEAREST).astype(bool)
    return mask_tools.encode(moved) if moved.any() else rle


def _move_extra(instances: Instances, field: Displacement) -> dict[str, NDArray[Any]]:
    extra = dict(instances.extra)
    for name in _MASK_COLUMNS:
        if name in extra:
            column = extra[name].copy()
            column[:] = [rle and _move_mask(rle, field) for rle in extra[name]]
            extra[name] = column
    if "keypoints" in extra:
        extra["keypoints"] = _move_keypoints(extra["keypoints"], field)
    return extra


def _move_keypoints(rows: NDArray[np.float64], field: Displacement) -> NDArray[np.float64]:
    """COCO keypoints (N, 3K); those not labelled, or moved out of the image, become zeros."""
    points = rows.reshape(-1, 3).astype(np.float64)
    labelled = points[:, 2] > 0
    points[labelled, :2] = move_points(points[labelled, :2], field).round(2)
    limits = np.array(field.shape[1::-1]) - 0.5
    inside = ((points[:, :2] >= -0.5) & (points[:, :2] < limits)).all(axis=1)
    points[~(labelled & inside)] = 0
    return points.reshape(rows.shape)
