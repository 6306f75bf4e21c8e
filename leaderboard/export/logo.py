"""A small drawn picture for a host's page: four faces, one of them outlined as forged."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ...core.images import encode_png

SIDE: Final = 256
_PAPER, _SKIN, _INK, _MARK = (251, 250, 248), (214, 208, 200), (68, 64, 60), (194, 65, 12)
# Centre and half height of each face, of the whole side; the last one is the forged one.
_FACES: Final = ((0.24, 0.28, 0.16), (0.74, 0.26, 0.14), (0.26, 0.74, 0.14), (0.7, 0.7, 0.18))


def draw_logo() -> bytes:
    """The picture as PNG; the same bytes each time."""
    image = np.full((SIDE, SIDE, 3), _PAPER, np.uint8)
    for x, y, half in _FACES:
        _face(image, x, y, half)
    x, y, half = _FACES[-1]
    corner, other = (_pixel(x + sign * half * 1.05, y + sign * half * 1.25) for sign in (-1, 1))
    cv2.rectangle(image, corner, other, _MARK, 6, cv2.LINE_AA)
    return encode_png(image)


def _face(image: np.ndarray, x: float, y: float, half: float) -> None:
    axes = _pixel(half * 0.75, half)
    cv2.ellipse(image, _pixel(x, y), axes, 0, 0, 360, _SKIN, cv2.FILLED, cv2.LINE_AA)
    for side in (-1, 1):
        eye = _pixel(x + side * half * 0.3, y - half * 0.15)
        cv2.circle(image, eye, round(half * 0.09 * SIDE), _INK, cv2.FILLED, cv2.LINE_AA)
    mouth = _pixel(x, y + half * 0.35)
    cv2.ellipse(image, mouth, _pixel(half * 0.3, half * 0.15), 0, 10, 170, _INK, 4, cv2.LINE_AA)


def _pixel(x: float, y: float) -> tuple[int, int]:
    return round(x * SIDE), round(y * SIDE)
