"""Faces without their pose and expression: every face's pixels on the average mesh.

The shape-free texture of active appearance models (Cootes, Edwards and Taylor, ECCV 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..layouts import LAYOUTS
from .warp import shrink_to_scale, triangle_ids

Vec = NDArray[np.float64]
Field = NDArray[np.float32]

MARGIN: Final = 0.04  # of the frame's side, around the face


@dataclass(frozen=True, eq=False, slots=True)
class Canonical:
    """The average mesh of a layout in a square frame.

    Args:
        mesh: (M, 3) in the frame's pixels, z 0.
        face: (side, side) bool, where the frame shows the face.
        corners: (N, 3) points of the triangle that each pixel of the face lies in.
        shares: (N, 3) its barycentric coordinates there.
    """

    mesh: Vec
    face: BoolMask
    corners: NDArray[np.int64]
    shares: Vec

    def texture(self, image: Rgb, mesh: Vec) -> Rgb:
        """(side, side, 3) the pixels under ``mesh`` (M, 2 or 3), carried to the frame."""
        side = len(self.face)
        width = float(np.ptp(mesh[:, 0]))
        image, mesh = shrink_to_scale(*_cut(image, mesh), side / max(width, 1.0))
        maps = np.full((2, side, side), -1, np.float32)
        for axis in (0, 1):
            maps[axis][self.face] = (self.shares * mesh[self.corners, axis]).sum(axis=1)
        found = cv2.remap(
            image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(found, dtype=np.uint8)

    def facing(self, mesh: Vec) -> Field:
        """(side, side) how squarely each part of a face looks at the camera, in [0, 1]."""
        spans = mesh[self.corners, :2]
        flat = self.mesh[self.corners, :2]
        seen, whole = _area(spans), _area(flat)
        ratio = seen / np.maximum(whole, 1e-9)
        share = np.zeros(self.face.shape, np.float32)
        share[self.face] = np.clip(ratio / max(1e-9, float(np.percentile(ratio, 90))), 0, 1)
        return np.asarray(cv2.GaussianBlur(share, (0, 0), 0.03 * len(share)), dtype=np.float32)


def _area(corners: Vec) -> Vec:
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0], dtype=np.float64)


def _cut(image: Rgb, mesh: Vec) -> tuple[Rgb, Vec]:
    """The part of a picture around a mesh."""
    height, width = image.shape[:2]
    left, top = np.maximum(np.floor(mesh[:, :2].min(axis=0)).astype(int) - 2, 0)
    right, bottom = np.ceil(mesh[:, :2].max(axis=0)).astype(int) + 3
    crop = image[top : min(height, int(bottom)), left : min(width, int(right))]
    moved = mesh.copy()
    moved[:, :2] -= (left, top)
    return crop, moved


@lru_cache(maxsize=12)
def canonical(layout: str, side: int) -> Canonical:
    """The frame of a layout, a key of ``LAYOUTS``, ``side`` pixels wide and high."""
    points = LAYOUTS[layout].canonical()
    triangles = LAYOUTS[layout].triangles()
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side * (1 - 2 * MARGIN) / float((high - low).max())
    mesh = np.zeros((len(points), 3))
    mesh[:, :2] = (points - (low + high) / 2) * scale + (side - 1) / 2
    ids = triangle_ids(mesh, triangles, (side, side))
    face = ids >= 0
    corners = triangles[ids[face]]
    rows, columns = np.nonzero(face)
    return Canonical(mesh, face, corners, _barycentric(mesh, corners, columns, rows))


def _barycentric(
    mesh: Vec, corners: NDArray[np.int64], columns: NDArray[np.int64], rows: NDArray[np.int64]
) -> Vec:
    first, second, third = (mesh[corners[:, k], :2] for k in range(3))
    place = np.column_stack([columns, rows]) - first
    one, other = second - first, third - first
    whole = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    whole = np.where(np.abs(whole) < 1e-9, 1e-9, whole)
    second_share = (place[:, 0] * other[:, 1] - place[:, 1] * other[:, 0]) / whole
    third_share = (one[:, 0] * place[:, 1] - one[:, 1] * place[:, 0]) / whole
    return np.column_stack([1 - second_share - third_share, second_share, third_share])
