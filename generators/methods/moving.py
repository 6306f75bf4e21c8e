"""What every method that moves a face's points does with the pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.masks import BoolMask
from ...core.errors import DataError
from ...core.images import Rgb
from ..faces import Face
from ..layouts import LAYOUTS
from .deform import deform
from .expressions import mouth_gap
from .forgery import Forgery
from .mouth_inside import Inside, painted
from .rig import rig_of
from .window import Window, open_window

Vec = NDArray[np.float64]

NATURAL = painted(0.7)
SHARES = (1.0, 0.85, 0.7, 0.5)
FOLDS = 2e-4  # of the face's area: less is not seen
CLOSED, OPENED = 0.05, 0.02  # gap between the lips, and growth of it, in eye distances


def forge_by_landmarks(image: Rgb, face: Face, shifts: Vec, inside: Inside = NATURAL) -> Forgery:
    """Move a face's landmarks by (68, 2) pixels; the mesh and the pixels follow.

    Where closed lips part, ``inside`` shows what is between them.
    """
    return forge_by_mesh(image, face, rig_of(face.layout).shifts(shifts), inside)


def forge_by_mesh(image: Rgb, face: Face, shifts: Vec, inside: Inside = NATURAL) -> Forgery:
    """Move all points of a face's mesh by (M, 2) pixels, or less where it would fold.

    Raises:
        DataError: it would fold even at half of the movement.
    """
    shifts = _without_folds(face, shifts)
    window = open_window(image, face)
    mesh = window.mesh.copy()
    mesh[:, :2] += shifts
    moved = deform(window, face.layout, mesh)
    crop = moved.image
    if _parts(face, shifts):
        crop = inside(crop, window, face, mesh)
        crop[moved.cover] = window.image[moved.cover]
    changed = changed_pixels(window.image, crop) & ~moved.cover
    result, manipulation = window.paste(image, crop, changed)
    after = face.mesh.copy()
    after[:, :2] += shifts
    return Forgery(result, manipulation, after, _region(image, window, moved.region))


def _without_folds(face: Face, shifts: Vec) -> Vec:
    for share in SHARES:
        if folds(face, share * shifts) <= FOLDS:
            return share * shifts
    raise DataError("the movement folds the face's mesh")


def folds(face: Face, shifts: Vec) -> float:
    """The area that (M, 2) shifts fold over, share of the face's; turned-away skin left out."""
    before = _areas(face, face.mesh[:, :2])
    after = _areas(face, face.mesh[:, :2] + shifts)
    turned = (np.sign(after) != np.sign(before)) & (np.abs(before) > 0)
    return float(np.abs(after[turned]).sum() / max(1e-6, np.abs(before).sum()))


def _areas(face: Face, points: Vec) -> Vec:
    """(T,) twice the signed areas of the triangles of skin."""
    first, second, third = (points[corner] for corner in rig_of(face.layout).skin.T)
    one, other = second - first, third - first
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0], dtype=np.float64)


def _parts(face: Face, shifts: Vec) -> bool:
    after = face.mesh.copy()
    after[:, :2] += shifts
    before, now = mouth_gap(face.landmarks), mouth_gap(LAYOUTS[face.layout].landmarks(after))
    return before < CLOSED and now > before + OPENED


def changed_pixels(before: Rgb, after: Rgb) -> BoolMask:
    """(h, w) where a pixel differs, or has only neighbours that do."""
    differs = (largest_step(before, after) > 0).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0)


def largest_step(before: Rgb, after: Rgb) -> NDArray[np.uint8]:
    """(h, w) the largest difference of a pixel's channels, in levels."""
    red, green, blue = cv2.split(cv2.absdiff(before, after))
    return np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.uint8)


def _region(image: Rgb, window: Window, region: BoolMask) -> BoolMask:
    full = np.zeros(image.shape[:2], dtype=bool)
    full[window.top : window.top + region.shape[0], window.left : window.left + region.shape[1]] = (
        region
    )
    return full
