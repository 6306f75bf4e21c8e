"""Small tools for float32 pictures: noise, soft steps, splines, soft polygons, colour."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

F32 = NDArray[np.float32]

GAMMA: Final = 2.2


def noise(rng: np.random.Generator, shape: tuple[int, int], cells: float, octaves: int = 1) -> F32:
    """Smooth noise (H, W), about zero mean and unit deviation; ``cells`` along the longer side."""
    result = np.zeros(shape, np.float32)
    total = 0.0
    for octave in range(octaves):
        pitch = max(1.0, max(shape) / (cells * 2**octave))
        small = (max(2, round(shape[0] / pitch) + 1), max(2, round(shape[1] / pitch) + 1))
        grain = rng.standard_normal(small, dtype=np.float32)
        weight = 0.55**octave
        result += weight * resized(grain, shape)
        total += weight * weight
    return result * np.float32(1.3 / np.sqrt(total))


def resized(image: F32, shape: tuple[int, int]) -> F32:
    """An image enlarged or shrunk to ``shape`` (height, width), bicubic."""
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def blurred(image: F32, sigma: float) -> F32:
    """Gaussian blur; ``sigma`` in pixels, none below a fifth of one."""
    if sigma < 0.2:
        return image
    if sigma > 12:  # a wide blur loses nothing on a smaller picture
        shape = (
            max(2, round(image.shape[0] * 4 / sigma)),
            max(2, round(image.shape[1] * 4 / sigma)),
        )
        small = cv2.resize(image, shape[::-1], interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), 4.0, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(
            cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32
        )
    smooth = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, dtype=np.float32)


def smoothstep(low: float, high: float, value: NDArray[np.floating]) -> F32:
    """0 at and below ``low``, 1 at and above ``high``, smooth between (``low`` may be larger)."""
    t = np.clip((value - np.float32(low)) * np.float32(1.0 / (high - low)), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def bump(x: F32, y: F32, at: tuple[float, float], size: tuple[float, float]) -> F32:
    """A Gaussian hill of height 1 at ``at`` with radii ``size`` (at 1/e)."""
    across = (x - np.float32(at[0])) * np.float32(1 / size[0])
    along = (y - np.float32(at[1])) * np.float32(1 / size[1])
    return np.asarray(np.exp(-(across * across + along * along)), dtype=np.float32)


def spline(points: ArrayLike, count: int, *, closed: bool = False) -> NDArray[np.float64]:
    """The (count, 2) points of a Catmull-Rom curve through (N, 2) control points."""
    knots = np.asarray(points, dtype=np.float64)
    number = len(knots)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
        where = np.linspace(0, number, count, endpoint=False)
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
        where = np.linspace(0, number - 1, count)
    start = np.minimum(where.astype(int), len(padded) - 4)
    t = (where - start)[:, None]
    a, b, c, d = (padded[start + step] for step in range(4))
    curve = (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.asarray(0.5 * curve, dtype=np.float64)


def fill(shape: tuple[int, int], polygon: ArrayLike, soft: float = 0.0) -> F32:
    """A polygon (N, 2) x, y in pixels as a mask (H, W) in [0, 1], its edge blurred by ``soft``."""
    mask = np.zeros(shape, np.uint8)
    corners = np.round(np.asarray(polygon, dtype=np.float64) * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, lineType=cv2.LINE_AA, shift=4)
    return blurred(mask.astype(np.float32) * np.float32(1 / 255), soft)


def stroke(shape: tuple[int, int], line: ArrayLike, width: float, soft: float = 0.0) -> F32:
    """A polyline (N, 2) drawn ``width`` pixels wide, as a mask in [0, 1]; thin lines fade."""
    mask = np.zeros(shape, np.uint8)
    corners = np.round(np.asarray(line, dtype=np.float64) * 16).astype(np.int32)
    whole = max(1, round(width))
    level = int(np.clip(255 * width / whole, 0, 255))
    cv2.polylines(mask, [corners], False, level, whole, cv2.LINE_AA, 4)
    return blurred(mask.astype(np.float32) * np.float32(1 / 255), soft)


def mix(below: NDArray[np.floating], above: ArrayLike, weight: NDArray[np.floating]) -> F32:
    """``above``, one colour or a picture, over ``below`` (..., 3) with weights (...)."""
    share = np.asarray(weight, np.float32)
    over = np.asarray(above, np.float32)
    if over.ndim == 1 and share.ndim == 2:
        lifted = spread([share * tone for tone in over])
        return np.asarray(below * spread([1 - share] * 3) + lifted, np.float32)
    wide = spread([share] * 3) if share.ndim == 2 else share[..., None]
    return np.asarray(below + (over - below) * wide, dtype=np.float32)


def spread(channels: list[F32]) -> F32:
    """Three (H, W) channels as (H, W, 3): whole pictures multiply faster than broadcast ones."""
    return np.asarray(cv2.merge(channels), dtype=np.float32)


def rotated(points: F32, matrix: F32) -> F32:
    """(N, 3) rows times the transpose of a (3, 3) matrix, without the threads of a BLAS."""
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    rows = [row[0] * x + row[1] * y + row[2] * z for row in np.asarray(matrix, np.float32)]
    return np.stack(rows, axis=-1)


def linear(colour: ArrayLike) -> F32:
    """Display values in [0, 1] to linear light."""
    return np.asarray(np.power(np.clip(colour, 0, 1), GAMMA), dtype=np.float32)


def rgb(red: float, green: float, blue: float) -> F32:
    """A display colour from 0-255 values, in linear light."""
    return linear(np.array([red, green, blue]) / 255.0)


def sample(field: F32, columns: F32, rows: F32) -> F32:
    """Bilinear look-up of (H, W[, C]) at fractional positions of any shape (N,) or (h, w)."""
    if columns.ndim == 2:
        return _remap(field, columns, rows)
    count = columns.size
    width = 1024  # OpenCV limits a picture's sides, so a list of points is folded
    height = -(-count // width)
    folded = np.zeros((2, height * width), np.float32)
    folded[0, :count], folded[1, :count] = columns, rows
    values = _remap(field, folded[0].reshape(height, width), folded[1].reshape(height, width))
    return values.reshape(height * width, *field.shape[2:])[:count]


def _remap(field: F32, columns: F32, rows: F32) -> F32:
    values = cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, dtype=np.float32)
