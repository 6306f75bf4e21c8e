"""Where a forgery goes, softly: opacity in [0, 1] that is 0 at the edge of its shape."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import BROWS, JAW, MOUTH, Points
from ...annotations.masks import BoolMask

Alpha = NDArray[np.float32]  # (h, w) in [0, 1]


def face_outline(landmarks: Points, inset: float, lift: float) -> Points:
    """A closed outline inside the jaw and over the brows, (N, 2).

    Args:
        landmarks: (68, 2).
        inset: how far the jaw is pulled to the face's middle, share of the way.
        lift: how far the upper edge lies over the brows, share of the height from
            brows to chin.
    """
    jaw, brows = landmarks[JAW], landmarks[BROWS]
    middle = landmarks[27:36].mean(axis=0)
    up = (brows.mean(axis=0) - landmarks[8]) * lift
    return np.concatenate([jaw + inset * (middle - jaw), (brows + up)[::-1]])


def inner_outline(landmarks: Points, grow: float) -> Points:
    """The hull of brows, nose and mouth, grown from its middle by a share; (N, 2)."""
    parts = np.concatenate([landmarks[BROWS], landmarks[31:36], landmarks[MOUTH]])
    hull = cv2.convexHull(parts.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    middle = hull.mean(axis=0)
    return np.asarray(middle + (1 + grow) * (hull - middle), dtype=np.float64)


def soft_mask(outline: Points, visible: BoolMask, feather: float, *, hull: bool = True) -> Alpha:
    """Opacity that rises from 0 at the outline to 1 over ``feather`` pixels inside it.

    Outside ``visible`` it is 0, and it falls to 0 towards whatever covers the face.
    """
    shape = np.zeros(visible.shape, np.uint8)
    points = np.round(outline * 16).astype(np.int32)
    if hull:
        cv2.fillConvexPoly(shape, cv2.convexHull(points), 1, cv2.LINE_8, 4)
    else:
        cv2.fillPoly(shape, [points], 1, cv2.LINE_8, 4)
    shape[~visible] = 0
    # Padding makes the crop's border an edge too.
    distance = cv2.distanceTransform(np.pad(shape, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = np.clip(distance / max(feather, 1.0), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)
