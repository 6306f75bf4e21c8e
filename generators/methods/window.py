"""The part of a picture that a forgery works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...annotations import masks
from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..faces import Face
from ..layouts import LAYOUTS

MARGIN = 0.2  # of the mesh's size, on each side: surroundings that give way
CLOSE = 0.06  # for methods that change nothing beyond the face


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """A face in the crop around it; coordinates are the crop's.

    Args:
        top, left: the crop's corner in the picture.
        image: (h, w, 3) copy of the pixels.
        mesh: (M, 3) the face's mesh.
        landmarks: (68, 2).
        visible: (h, w) bool, the face's region.
        triangles: (T, 3) of the mesh's layout.
        width: of the face, pixels: the scale of every blur and feather.
    """

    top: int
    left: int
    image: Rgb
    mesh: NDArray[np.float64]
    landmarks: NDArray[np.float64]
    visible: BoolMask
    triangles: NDArray[np.int64]
    width: float

    def paste(self, image: Rgb, crop: Rgb, changed: BoolMask) -> tuple[Rgb, BoolMask]:
        """The whole picture with ``crop`` where (h, w) ``changed``, and that mask in full."""
        rows = slice(self.top, self.top + crop.shape[0])
        columns = slice(self.left, self.left + crop.shape[1])
        result = image.copy()
        result[rows, columns][changed] = crop[changed]
        full = np.zeros(image.shape[:2], dtype=bool)
        full[rows, columns] = changed
        return result, full


def open_window(image: Rgb, face: Face, margin: float = MARGIN) -> Window:
    """The window of a face of an (H, W, 3) picture, ``margin`` of the mesh's size around it."""
    low, high = face.mesh[:, :2].min(axis=0), face.mesh[:, :2].max(axis=0)
    pad = margin * (high - low)
    left, top = np.maximum(np.floor(low - pad), 0).astype(int)
    right, bottom = np.ceil(high + pad).astype(int) + 1
    origin = np.array([left, top], dtype=np.float64)
    mesh = face.mesh.copy()
    mesh[:, :2] -= origin
    return Window(
        top=int(top),
        left=int(left),
        image=image[top:bottom, left:right].copy(),
        mesh=mesh,
        landmarks=face.landmarks - origin,
        visible=masks.decode(face.region)[top:bottom, left:right],
        triangles=LAYOUTS[face.layout].triangles(),
        width=float(np.ptp(face.landmarks[:17, 0])),
    )
