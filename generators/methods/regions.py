"""Soft masks of a face's parts, from its 68 landmarks: (h, w) float32 in [0, 1]."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import BROWS, JAW
from .soft_mask import Alpha, face_outline
from .window import Window

Vec = NDArray[np.float64]

_FINE = 4  # polygons are drawn so many times larger, then averaged


def polygon(window: Window, points: Vec, soft: float) -> Alpha:
    """The inside of a closed outline (N, 2), its edge blurred by ``soft`` pixels."""
    height, width = window.visible.shape
    low = np.maximum(np.floor(points.min(axis=0) - 3 * soft - 2).astype(int), 0)
    high = np.minimum(np.ceil(points.max(axis=0) + 3 * soft + 3).astype(int), (width, height))
    alpha = np.zeros((height, width), np.float32)
    across, along = (int(side) for side in high - low)
    if across < 1 or along < 1:
        return alpha
    canvas = np.zeros((_FINE * along, _FINE * across), np.uint8)
    corners = np.round((points - low + 0.5) * _FINE).astype(np.int32)
    cv2.fillPoly(canvas, [corners], 255)
    part = cv2.resize(canvas, (across, along), interpolation=cv2.INTER_AREA)
    share = part.astype(np.float32) / 255
    if soft > 0.3:
        share = np.asarray(cv2.GaussianBlur(share, (0, 0), soft), dtype=np.float32)
    alpha[low[1] : high[1], low[0] : high[0]] = share
    return alpha


def blob(window: Window, centre: Vec, across: float, along: float, roll: float) -> Alpha:
    """A Gaussian spot; standard deviations across and along the face, in pixels."""
    height, width = window.visible.shape
    columns, rows = np.meshgrid(np.arange(width) - centre[0], np.arange(height) - centre[1])
    cosine, sine = np.cos(roll), np.sin(roll)
    u, v = columns * cosine + rows * sine, rows * cosine - columns * sine
    return np.asarray(np.exp(-0.5 * ((u / across) ** 2 + (v / along) ** 2)), dtype=np.float32)


def seen(window: Window, alpha: Alpha, soft: float) -> Alpha:
    """The mask where nothing covers the face, fading over ``soft`` pixels towards what does."""
    visible = np.pad(window.visible.astype(np.uint8), 1)
    distance = cv2.distanceTransform(visible, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.asarray(alpha * np.clip(distance / max(soft, 1.0), 0, 1), dtype=np.float32)


def roll_of(window: Window) -> float:
    """The face's roll in radians."""
    across = window.landmarks[45] - window.landmarks[36]
    return float(np.arctan2(across[1], across[0]))


def lips(window: Window, soft: float) -> Alpha:
    """The lips without the gap between them."""
    outer = polygon(window, window.landmarks[48:60], soft)
    return outer * (1 - polygon(window, window.landmarks[60:68], 0.5 * soft))


def eyes(window: Window, soft: float, grow: float = 0.0) -> Alpha:
    """Both eyes between the lids, grown by a share of their size."""
    masks = [polygon(window, _grown(window.landmarks[part], grow), soft) for part in _EYES]
    return np.maximum(*masks)


_EYES = (slice(36, 42), slice(42, 48))


def _grown(points: Vec, share: float) -> Vec:
    middle = points.mean(axis=0)
    return np.asarray(middle + (1 + share) * (points - middle))


def upper_lids(window: Window, soft: float) -> Alpha:
    """From the lashes towards the brows, both sides."""
    masks = []
    for eye, brow in (((36, 37, 38, 39), slice(17, 22)), ((42, 43, 44, 45), slice(22, 27))):
        lashes = window.landmarks[list(eye)]
        up = 0.55 * (window.landmarks[brow].mean(axis=0) - lashes.mean(axis=0))
        masks.append(polygon(window, np.concatenate([lashes, (lashes + up)[::-1]]), soft))
    return np.maximum(*masks)


def brows(window: Window, soft: float) -> Alpha:
    """Both brows, as a band along their landmarks."""
    width = 0.035 * window.width
    down = window.landmarks[8] - window.landmarks[27]
    down = down / max(1e-6, float(np.linalg.norm(down)))
    masks = []
    for part in (slice(17, 22), slice(22, 27)):
        line = window.landmarks[part]
        band = np.concatenate([line - 0.6 * width * down, (line + 1.2 * width * down)[::-1]])
        masks.append(polygon(window, band, soft))
    return np.maximum(*masks)


def cheeks(window: Window) -> Alpha:
    """A soft spot on either cheek."""
    points, size, roll = window.landmarks, window.width, roll_of(window)
    masks = []
    for jaw, nose, eye in ((2, 31, 41), (14, 35, 46)):
        centre = 0.42 * points[jaw] + 0.33 * points[nose] + 0.25 * points[eye]
        masks.append(blob(window, centre, 0.10 * size, 0.075 * size, roll))
    return np.maximum(*masks)


def beard(window: Window, soft: float) -> Alpha:
    """Moustache, cheeks along the jaw and chin; lips and what is between them left out."""
    points = window.landmarks
    middle = points[27:36].mean(axis=0)
    jaw = points[3:14] + 0.02 * (middle - points[3:14])
    upper = np.array(
        [
            0.72 * points[13] + 0.28 * points[54], 0.35 * points[13] + 0.65 * points[54],
            0.25 * points[54] + 0.75 * points[35], 0.15 * points[51] + 0.85 * points[33],
            0.25 * points[48] + 0.75 * points[31], 0.35 * points[3] + 0.65 * points[48],
            0.72 * points[3] + 0.28 * points[48],
        ]
    )  # fmt: skip
    area = polygon(window, np.concatenate([jaw, upper]), soft)
    return area * (1 - polygon(window, _grown(points[48:60], 0.06), 0.25 * soft))


def skin(window: Window, soft: float, inset: float = 0.02, lift: float = 0.28) -> Alpha:
    """The face without brows, eyes and lips, fading to its outline."""
    outline = face_outline(window.landmarks, inset, lift)
    parts = np.maximum(eyes(window, 0.3 * soft, 0.15), lips(window, 0.2 * soft))
    whole = polygon(window, outline, soft)
    return np.asarray(whole * (1 - parts) * (1 - 0.7 * brows(window, 0.3 * soft)), np.float32)


def outline_of_face(window: Window) -> Vec:
    """(N, 2) the jaw and the brows, closed."""
    return np.concatenate([window.landmarks[JAW], window.landmarks[BROWS][::-1]])
