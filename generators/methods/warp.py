"""Piecewise-affine warp of one mesh onto another: triangle raster, then one remap."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.masks import BoolMask
from ...core.images import Rgb

_SHIFT = 4  # fractional bits of OpenCV's polygon corners


def triangle_ids(
    mesh: NDArray[np.float64], triangles: NDArray[np.int64], size: tuple[int, int]
) -> NDArray[np.int32]:
    """(H, W) index of the triangle that each pixel shows, -1 outside; nearer ones win."""
    ids = np.zeros(size, dtype=np.int32)
    order = np.argsort(-mesh[triangles, 2].mean(axis=1), kind="stable")
    corners = np.round(mesh[:, :2] * (1 << _SHIFT)).astype(np.int32)[triangles]
    for index in order:
        cv2.fillConvexPoly(ids, corners[index], int(index) + 1, cv2.LINE_8, _SHIFT)
    return ids - 1


def affines(
    source: NDArray[np.float64], target: NDArray[np.float64], triangles: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(T, 3, 2) maps: [x, y, 1] in a target triangle times its map is the source point."""
    corners = np.concatenate([target[triangles, :2], np.ones((len(triangles), 3, 1))], axis=2)
    flat = np.abs(np.linalg.det(corners)) < 1e-6
    corners[flat] = np.eye(3)  # an edge-on triangle shows nothing; any map will do
    return np.asarray(np.linalg.solve(corners, source[triangles, :2]), dtype=np.float64)


def warp(
    image: Rgb,
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int64],
    size: tuple[int, int],
) -> tuple[Rgb, BoolMask]:
    """Carry the pixels under one mesh to another of the same layout.

    Args:
        image: the source picture.
        source: (M, 2 or 3) mesh in it.
        target: (M, 3) mesh in the result.
        size: (height, width) of the result.

    Returns:
        The (h, w, 3) warped picture, and where (h, w) it shows the mesh and the source
        point lies inside the picture.
    """
    map_x, map_y = backward_maps(source, target, triangles, size)
    height, width = image.shape[:2]
    covered = (map_x >= 0) & (map_y >= 0) & (map_x <= width - 1) & (map_y <= height - 1)
    warped = cv2.remap(image, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.uint8), covered


def warp_field(
    field: NDArray[np.float32],
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int64],
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """The same for an (H, W, C) field of numbers; (h, w, C), 0 where it shows nothing."""
    map_x, map_y = backward_maps(source, target, triangles, size)
    warped = cv2.remap(field, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(warped, dtype=np.float32)


def backward_maps(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int64],
    size: tuple[int, int],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w) x and y in the source of what each pixel shows, -1 outside of the mesh."""
    ids = triangle_ids(target, triangles, size)
    rows, columns = np.nonzero(ids >= 0)
    maps = affines(source, target, triangles).astype(np.float32)[ids[rows, columns]]
    across, along = columns.astype(np.float32), rows.astype(np.float32)
    map_x = np.full(size, -1, np.float32)
    map_y = np.full(size, -1, np.float32)
    map_x[rows, columns] = maps[:, 0, 0] * across + maps[:, 1, 0] * along + maps[:, 2, 0]
    map_y[rows, columns] = maps[:, 0, 1] * across + maps[:, 1, 1] * along + maps[:, 2, 1]
    return map_x, map_y


def shrink_to_scale(
    image: Rgb, mesh: NDArray[np.float64], scale: float
) -> tuple[Rgb, NDArray[np.float64]]:
    """Shrink a picture and its mesh by ``scale`` < 1, so that a warp does not alias."""
    if scale >= 0.9:
        return image, mesh
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    factors = np.array([size[0] / width, size[1] / height])
    moved = mesh.copy()
    # Pixel centres are at integers: a resize moves them by half a pixel.
    moved[:, :2] = (mesh[:, :2] + 0.5) * factors - 0.5
    return np.asarray(small, dtype=np.uint8), moved
