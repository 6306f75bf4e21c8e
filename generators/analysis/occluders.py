"""What hangs into a face from outside: a fringe, hair at the temples, a hat's brim, a scarf.

In the shape-free frame the colour of the face's own skin is known from cheeks, nose and the
middle of the forehead, with the light across it as a plane. What differs from it and reaches
the face's contour, above the mouth, is in front of the face. Beards are part of a face; hands
have its colour, and are not told from it here.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import MESH_POINTS, mesh_to_68
from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..methods.canonical import canonical
from ..methods.warp import warp_field
from .mesh_layout import mesh_triangles

Vec = NDArray[np.float64]
Field = NDArray[np.float32]

SIDE: Final = 96  # of the frame, pixels
DARKER: Final = 13.0  # L under the skin's
PALER: Final = 24.0  # L over it
OTHER: Final = 14.0  # a and b apart
SPREADS: Final = 3.0  # and so many of the skin's own standard deviations
THICK: Final = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))  # pixels of the frame
LEAST: Final = 0.012  # of the face: smaller ones are not looked for
MOST: Final = 0.4  # of the face: with more, its skin has been taken wrongly
REACH: Final = 5  # pixels of the frame from the contour where something begins


def covered(image: Rgb, mesh: Vec, whole: BoolMask) -> BoolMask:
    """Where something hangs into the face, (H, W).

    Args:
        image: (H, W, 3) RGB.
        mesh: (468, 2 or 3) of the face, pixels.
        whole: (H, W) its silhouette.
    """
    frame = canonical("mediapipe", SIDE)
    texture = frame.texture(image, mesh).astype(np.float32) / 255
    lab: Field = np.asarray(cv2.cvtColor(texture, cv2.COLOR_RGB2LAB), dtype=np.float32)
    lab = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.0), dtype=np.float32)
    found = _from_the_rim(_unlike_skin(lab), frame.face)
    if not LEAST <= found.sum() / frame.face.sum() <= MOST:
        return np.zeros_like(whole)
    return _carried_back(found, mesh, whole)


def _unlike_skin(lab: Field) -> BoolMask:
    """(side, side) what has neither the skin's colour nor its lightness under this light."""
    skin = _zones()[0]
    rows, columns = np.nonzero(skin)
    places = np.column_stack([columns, rows, np.ones(len(rows))]).astype(np.float64)
    light = _plane(places, lab[rows, columns, 0])
    everywhere = np.indices((SIDE, SIDE), dtype=np.float64)
    lit = light[0] * everywhere[1] + light[1] * everywhere[0] + light[2]
    step = lab[:, :, 0] - lit
    spread = 1.4826 * float(np.median(np.abs(step[skin])))
    hue = np.median(lab[rows, columns, 1:], axis=0)
    apart = np.hypot(*(lab[:, :, 1:] - hue).transpose(2, 0, 1))
    chroma = 1.4826 * float(np.median(apart[skin]))
    dark = step < -max(DARKER, SPREADS * spread)
    pale = step > max(PALER, SPREADS * spread)
    return np.asarray(dark | pale | (apart > max(OTHER, SPREADS * chroma)), dtype=bool)


def _plane(places: Vec, values: Field) -> Vec:
    """(3,) least squares over the middle nine tenths, so that a highlight does not tilt it."""
    low, high = np.percentile(values, [5, 95])
    kept = (values >= low) & (values <= high)
    solution, *_ = np.linalg.lstsq(places[kept], values[kept].astype(np.float64), rcond=None)
    return np.asarray(solution, dtype=np.float64)


def _from_the_rim(unlike: BoolMask, face: BoolMask) -> BoolMask:
    """The parts that reach the contour, within where occluders are looked for."""
    candidates = (unlike & _zones()[1] & face).astype(np.uint8)
    opened = cv2.morphologyEx(candidates, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, labels = cv2.connectedComponents(opened, connectivity=4)
    inner = cv2.erode(np.pad(face.astype(np.uint8), 1), np.ones((3, 3)), iterations=REACH)
    rim = face & (inner[1:-1, 1:-1] == 0)
    reaching = np.unique(labels[rim & (opened > 0)])
    kept = np.isin(labels, reaching[reaching > 0]) if count > 1 else np.zeros_like(face)
    # Along the contour the background shines in: what is as thin as that is not believed.
    return np.asarray(cv2.morphologyEx(kept.astype(np.uint8), cv2.MORPH_OPEN, THICK) > 0)


def _carried_back(found: BoolMask, mesh: Vec, whole: BoolMask) -> BoolMask:
    low = np.maximum(np.floor(mesh[:, :2].min(axis=0)).astype(int), 0)
    high = np.ceil(mesh[:, :2].max(axis=0)).astype(int) + 1
    moved = np.column_stack([mesh[:, :2] - low, np.zeros(len(mesh))])
    box = slice(low[1], min(high[1], len(whole))), slice(low[0], min(high[0], whole.shape[1]))
    size = whole[box].shape
    result = np.zeros_like(whole)
    if min(size) < 2:
        return result
    frame = canonical("mediapipe", SIDE)
    soft = warp_field(found.astype(np.float32), frame.mesh, moved, mesh_triangles(), size)
    result[box] = (soft > 0.5) & whole[box]
    return result


@cache
def _zones() -> tuple[BoolMask, BoolMask]:
    """(side, side) where skin surely shows, and where occluders are looked for."""
    mesh = canonical("mediapipe", SIDE).mesh
    assert len(mesh) == MESH_POINTS
    points = mesh_to_68(mesh)
    sure = _filled([points[[1, 3, 31, 40, 41]], points[[15, 13, 35, 46, 47]], points[27:36]])
    brow = (points[19] + points[24]) / 2
    up = 0.5 * (mesh[10, :2] - brow)
    sure |= _filled([np.array([points[20], points[23], points[23] + up, points[20] + up])])
    features = _filled([points[17:22], points[22:27], points[36:42], points[42:48]])
    guarded = cv2.dilate(features.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    rows = np.indices((SIDE, SIDE))[0]
    looked = (rows < points[33, 1]) & ~guarded & ~_filled([points[27:36]])
    return sure, looked


def _filled(polygons: list[Vec]) -> BoolMask:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    for polygon in polygons:
        hull = cv2.convexHull(np.round(polygon).astype(np.int32))
        cv2.fillConvexPoly(canvas, hull, 1)
    return canvas > 0
