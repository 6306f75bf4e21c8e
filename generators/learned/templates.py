"""Aligned faces: where networks expect them, the way there and back.

Pixel centres are at integers, on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import LEFT_EYE, RIGHT_EYE, Points
from ...annotations.masks import BoolMask
from ...core.images import Rgb
from .config import TemplateName

Affine = NDArray[np.float64]  # (2, 3): picture → crop
Field = NDArray[np.float32]  # (h, w, 3)

ENOUGH: Final = 0.9  # shrinking by less than this does not alias
_NOSE_TIP: Final = 30
_MOUTH_CORNERS: Final = (48, 54)

# Eyes, nose tip and mouth corners in a crop of the given side. The first is that of ArcFace
# (Deng et al., CVPR 2019) as InsightFace publishes it, the second the same set eight pixels
# further in for networks of 128 or 256 pixels, the third InsightFace's older frontal one.
_ARCFACE: Final = (
    (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366),
    (41.5493, 92.3655), (70.7299, 92.2041),
)  # fmt: skip
_FRONTAL: Final = (
    (39.73, 51.138), (72.27, 51.138), (56.0, 68.493), (42.463, 87.01), (69.537, 87.01),
)  # fmt: skip
FIVE: Final[Mapping[str, tuple[int, tuple[tuple[float, float], ...]]]] = MappingProxyType(
    {
        "arcface": (112, _ARCFACE),
        "arcface-128": (128, tuple((x + 8, y) for x, y in _ARCFACE)),
        "arcface-v1": (112, _FRONTAL),
    }
)


def five_points(landmarks: Points) -> Points:
    """(5, 2) eyes, nose tip and mouth corners of (68, 2) landmarks, the picture's left first."""
    eyes = [landmarks[RIGHT_EYE].mean(axis=0), landmarks[LEFT_EYE].mean(axis=0)]
    return np.array([*eyes, landmarks[_NOSE_TIP], *landmarks[list(_MOUTH_CORNERS)]])


def to_crop(landmarks: Points, template: TemplateName, size: int, margin: float = 0.35) -> Affine:
    """The (2, 3) similarity from a picture with (68, 2) landmarks to the aligned crop."""
    if template == "ffhq":
        return _ffhq(landmarks, size)
    if template == "box":
        return _box(landmarks, size, margin)
    side, points = FIVE[template]
    return similarity(five_points(landmarks), np.array(points) * (size / side))


def similarity(source: Points, target: Points) -> Affine:
    """The (2, 3) similarity, least squares, from (N, 2) points to others (Umeyama, 1991)."""
    start, end = (points[:, 0] + 1j * points[:, 1] for points in (source, target))
    arms, wanted = start - start.mean(), end - end.mean()
    turn = complex(np.vdot(arms, wanted) / np.vdot(arms, arms).real)
    shift = complex(end.mean() - turn * start.mean())
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _ffhq(landmarks: Points, size: int) -> Affine:
    """The square of FFHQ (Karras et al., CVPR 2019; its rule: ICLR 2018, appendix C).

    A tenth of the way from the eyes to the mouth is its middle; half of its side is twice
    the distance of the eyes or 1.8 times that from eyes to mouth, whichever is more.
    """
    right, left, _, *corners = five_points(landmarks)
    eyes, mouth = (right + left) / 2, np.mean(corners, axis=0)
    across, down = left - right, mouth - eyes
    axis = across + np.array([down[1], -down[0]])
    half = max(2.0 * np.hypot(*across), 1.8 * np.hypot(*down)) * axis / np.hypot(*axis)
    return _square(eyes + 0.1 * down, half, size)


def _box(landmarks: Points, size: int, margin: float) -> Affine:
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    half = (0.5 + margin) * float((high - low).max())
    return _square((low + high) / 2, np.array([half, 0.0]), size)


def _square(middle: NDArray[np.float64], half: NDArray[np.float64], size: int) -> Affine:
    """To a crop whose middle is ``middle`` and whose right edge is ``half`` away from it."""
    turn = np.array([[half[0], half[1]], [-half[1], half[0]]]) * (size / 2) / float(half @ half)
    return np.column_stack([turn, np.full(2, (size - 1) / 2) - turn @ middle])


def moved(points: Points, matrix: Affine) -> Points:
    """(N, 2) points of the picture in the crop."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], dtype=np.float64)


def scale_of(matrix: Affine) -> float:
    """Pixels of the crop to one of the picture."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def resized(matrix: Affine, before: int, after: int) -> Affine:
    """The way to the same crop at ``after`` pixels instead of ``before``."""
    factor = after / before
    shift = matrix[:, 2] * factor + (factor - 1) / 2
    return np.column_stack([matrix[:, :2] * factor, shift])


def cut(image: Rgb, matrix: Affine, size: int) -> Rgb:
    """The (size, size, 3) crop; beyond the picture its edge goes on."""
    part, matrix = _part(image, matrix, size)
    scale = scale_of(matrix)
    if scale < ENOUGH:
        part, matrix = _shrunk(part, matrix, scale)
    crop = cv2.warpAffine(
        part, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, dtype=np.uint8)


def _part(image: Rgb, matrix: Affine, size: int) -> tuple[Rgb, Affine]:
    """The part of the picture under the crop, and the way from there."""
    corners = np.array([[-1, -1], [size, -1], [-1, size], [size, size]], dtype=np.float64)
    places = moved(corners, np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64))
    pad = 4 + 2 / scale_of(matrix)
    height, width = image.shape[:2]
    low = np.clip(np.floor(places.min(axis=0) - pad).astype(int), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(places.max(axis=0) + pad).astype(int), low + 1, [width, height])
    part = image[low[1] : high[1], low[0] : high[0]]
    return part, np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ low])


def _shrunk(image: Rgb, matrix: Affine, scale: float) -> tuple[Rgb, Affine]:
    height, width = image.shape[:2]
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    factors = np.array([width / small[0], height / small[1]])
    part = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    turn = matrix[:, :2] * factors
    shift = matrix[:, 2] + matrix[:, :2] @ ((factors - 1) / 2)
    return np.asarray(part, dtype=np.uint8), np.column_stack([turn, shift])


def put_back(
    crop: Field | Rgb, matrix: Affine, corner: tuple[int, int], size: tuple[int, int]
) -> tuple[Field, BoolMask]:
    """What a crop shows, where it came from.

    Args:
        crop: (S, S, 3).
        matrix: from the picture to this crop.
        corner: (top, left) of the window in the picture.
        size: (height, width) of the window.

    Returns:
        (h, w, 3) float32, and where (h, w) the crop shows it.
    """
    values = np.asarray(crop, dtype=np.float32)
    side, scale = len(values), scale_of(matrix)
    if scale > 1 / ENOUGH:
        after = max(1, round(side / scale))
        small = cv2.resize(values, (after, after), interpolation=cv2.INTER_AREA)
        values = np.asarray(small, dtype=np.float32)
        matrix, side = resized(matrix, side, after), after
    matrix = np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ (corner[1], corner[0])])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(
        values, matrix, (size[1], size[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(back, dtype=np.float32), _shown(matrix, side, size)


def _shown(matrix: Affine, side: int, size: tuple[int, int]) -> BoolMask:
    rows, columns = np.mgrid[: size[0], : size[1]]
    places = moved(np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64), matrix)
    within = ((places >= 0) & (places <= side - 1)).all(axis=1)
    return np.asarray(within.reshape(size), dtype=bool)
