"""A face whose points move takes its pixels with it; what surrounds it gives way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..layouts import LAYOUTS
from .warp import affines, triangle_ids
from .window import Window

Vec = NDArray[np.float64]

RING: Final = 1.3  # the contour, grown so far from its middle, stays where it is
STILL: Final = 0.04  # pixels; smaller movements are none
COVERED: Final = 0.06  # of the face's width: over it, movement fades towards what covers the face


@dataclass(frozen=True, eq=False, slots=True)
class Moved:
    """A window after a movement.

    Args:
        image: (h, w, 3).
        region: (h, w) bool, the visible face.
        cover: (h, w) bool, what covers the face; it has not moved.
    """

    image: Rgb
    region: BoolMask
    cover: BoolMask


def deform(window: Window, layout: str, mesh: Vec) -> Moved:
    """Move the window's mesh to ``mesh`` (M, 2 or 3), and the pixels with it.

    Between the face's contour and the ring around it the surroundings are stretched.
    Towards anything that covers the face the movement fades out.
    """
    cover = _cover(window, layout)
    map_x, map_y = _maps(window, layout, mesh, cover)
    image = _looked_up(window.image, map_x, map_y, cv2.INTER_CUBIC)
    region = _looked_up(window.visible.astype(np.uint8), map_x, map_y, cv2.INTER_NEAREST) > 0
    columns, rows = _grid(window)
    still = ((map_x == columns) & (map_y == rows)) | cover
    image[still] = window.image[still]
    return Moved(image, region & ~cover, cover)


def _looked_up(
    image: NDArray[np.uint8],
    map_x: NDArray[np.float32],
    map_y: NDArray[np.float32],
    interpolation: int,
) -> NDArray[np.uint8]:
    found = cv2.remap(image, map_x, map_y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.uint8)


def _grid(window: Window) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    height, width = window.visible.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    return columns, rows


def _maps(
    window: Window, layout: str, mesh: Vec, cover: BoolMask
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w) where each pixel of the result comes from."""
    source, target, triangles = _with_ring(window, layout, mesh)
    ids = triangle_ids(target, triangles, window.visible.shape)
    rows, columns = np.nonzero(ids >= 0)
    maps = affines(source, target, triangles)[ids[rows, columns]]
    map_x, map_y = _grid(window)
    across = maps[:, 0, 0] * columns + maps[:, 1, 0] * rows + maps[:, 2, 0] - columns
    along = maps[:, 0, 1] * columns + maps[:, 1, 1] * rows + maps[:, 2, 1] - rows
    weight = _free(window, cover)[rows, columns]
    weight[np.hypot(across, along) * weight < STILL] = 0
    map_x[rows, columns] += (weight * across).astype(np.float32)
    map_y[rows, columns] += (weight * along).astype(np.float32)
    return map_x, map_y


def _with_ring(window: Window, layout: str, mesh: Vec) -> tuple[Vec, Vec, NDArray[np.int64]]:
    """The mesh before and after with a fixed ring around it, and the triangles of both."""
    oval = np.array(LAYOUTS[layout].oval)
    count = len(window.mesh)
    rim = window.mesh[oval]
    ring = rim.copy()
    ring[:, :2] = rim[:, :2].mean(axis=0) + RING * (rim[:, :2] - rim[:, :2].mean(axis=0))
    ring[:, 2] = window.mesh[:, 2].max() + 1
    target = window.mesh.copy()
    target[:, :2] = mesh[:, :2]
    here, outside = oval, count + np.arange(len(oval))
    after, beyond = np.roll(here, -1), np.roll(outside, -1)
    band = np.concatenate(
        [np.column_stack([here, after, outside]), np.column_stack([after, beyond, outside])]
    )
    triangles = np.concatenate([window.triangles, band])
    return np.concatenate([window.mesh, ring]), np.concatenate([target, ring]), triangles


def _cover(window: Window, layout: str) -> BoolMask:
    """(h, w) what is in front of the face: within its silhouette, but not it."""
    silhouette = np.zeros(window.visible.shape, np.uint8)
    rim = np.round(window.mesh[list(LAYOUTS[layout].oval), :2]).astype(np.int32)
    cv2.fillPoly(silhouette, [rim], 1)
    hidden = silhouette * (~window.visible).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(hidden, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)


def _free(window: Window, cover: BoolMask) -> Vec:
    """(h, w) 1 where nothing covers the face, falling to 0 towards what does."""
    if not cover.any():
        return np.ones(cover.shape)
    distance = cv2.distanceTransform((~cover).astype(np.uint8), cv2.DIST_L2, 5)
    free: Vec = np.clip(distance / max(1.0, COVERED * window.width), 0, 1).astype(np.float64)
    return free
