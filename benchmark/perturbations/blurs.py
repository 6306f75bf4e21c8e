"""Convolution-mask transformation: means, medians, and blurs that no one kernel makes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .operator import (
    Params,
    Perturbation,
    Settings,
    Size,
    draw_seed,
    levels,
    noise_stream,
    size_of,
    size_scale,
)

_LARGEST_MEDIAN: Final = 9  # pixels: larger ones are found on a smaller picture
_SHOTS: Final = 13  # zoomed pictures that are averaged


def _draw_side(settings: Settings, size: Size, _rng: Generator) -> Params:
    return {"side": settings["side"] * size_scale(size)}


def _average_blur(image: Rgb, params: Params) -> Rgb:
    """The mean of a square of any side: its rim counts by the part that is inside."""
    side = params["side"]
    reach = int(np.ceil((side - 1) / 2))
    line = np.ones(2 * reach + 1, np.float32)
    line[[0, -1]] = max(0.0, 1 - (2 * reach + 1 - side) / 2)
    line /= line.sum()
    return np.asarray(cv2.sepFilter2D(image, -1, line, line), dtype=np.uint8)


def _median_blur(image: Rgb, params: Params) -> Rgb:
    """The median of a square, between those of the two odd sides next to a real one."""
    height, width = size_of(image)
    step = max(1.0, params["side"] / _LARGEST_MEDIAN)
    small = (max(1, round(width / step)), max(1, round(height / step)))
    reduced = cv2.resize(image, small, interpolation=cv2.INTER_AREA) if step > 1 else image
    side = params["side"] / step
    low = 2 * int((side - 1) // 2) + 1
    share = (side - low) / 2
    first, second = (cv2.medianBlur(reduced, max(1, odd)) for odd in (low, low + 2))
    found = cv2.addWeighted(first, 1 - share, second, share, 0)
    if step > 1:
        found = cv2.resize(found, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(found, dtype=np.uint8)


def _draw_zoom(settings: Settings, size: Size, rng: Generator) -> Params:
    low, high = 0.35, 0.65
    return {
        "zoom": settings["zoom"],
        "x": float(rng.uniform(low, high)) * (size[1] - 1),
        "y": float(rng.uniform(low, high)) * (size[0] - 1),
    }


def _zoom_blur(image: Rgb, params: Params) -> Rgb:
    """The mean of smaller and larger pictures about a point; on average nothing moves."""
    height, width = size_of(image)
    total = np.zeros(image.shape, np.float32)
    half = (params["zoom"] - 1) / 2
    for zoom in np.linspace(1 - half, 1 + half, _SHOTS):
        shift = [(1 - zoom) * params["x"], (1 - zoom) * params["y"]]
        matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
        total += cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.rint(total / _SHOTS).astype(np.uint8)


def _draw_glass(settings: Settings, size: Size, rng: Generator) -> Params:
    return {"reach": settings["reach"] * size_scale(size), "seed": draw_seed(rng)}


def _glass_blur(image: Rgb, params: Params) -> Rgb:
    """Each pixel from somewhere near, as through frosted glass, then slightly smoothed."""
    height, width = size_of(image)
    rng, reach = noise_stream(params), np.float32(params["reach"])
    x, y = (_scattered(rng, size, reach) for size in ((height, width), (height, width)))
    x += np.arange(width, dtype=np.float32)
    y += np.arange(height, dtype=np.float32)[:, None]
    moved = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), max(0.4, 0.5 * float(reach))), dtype=np.uint8)


def _scattered(rng: Generator, size: Size, reach: np.float32) -> NDArray[np.float32]:
    return (2 * rng.random(size, dtype=np.float32) - 1) * reach


ROWS: Final = (
    Perturbation(
        name="average-blur",
        version=1,
        group="convolution",
        description="the mean of a square; its side in pixels",
        source="OpenForensics AverageBlur; ours: A.Blur has odd whole sides only",
        severities=levels(side=(3.6, 6, 9, 13, 18)),
        draw_params=_draw_side,
        pixels=_average_blur,
    ),
    Perturbation(
        name="median-blur",
        version=1,
        group="convolution",
        description="the median of a square; its side in pixels",
        source="OpenForensics MedianBlur; ours: A.MedianBlur has odd whole sides only, and takes "
        "long for large ones",
        severities=levels(side=(4, 6.5, 10, 14.5, 20)),
        draw_params=_draw_side,
        pixels=_median_blur,
    ),
    Perturbation(
        name="zoom-blur",
        version=1,
        group="convolution",
        description="the camera zooms while the shutter is open",
        source="OpenForensics ZoomBlur; Hendrycks and Dietterich (ICLR 2019); ours: A.ZoomBlur "
        "takes several times as long",
        severities=levels(zoom=(1.02, 1.04, 1.07, 1.115, 1.18)),
        draw_params=_draw_zoom,
        pixels=_zoom_blur,
    ),
    Perturbation(
        name="glass-blur",
        version=1,
        group="convolution",
        description="seen through frosted glass; the reach in pixels",
        source="OpenForensics GlassBlur; Hendrycks and Dietterich (ICLR 2019); ours: A.GlassBlur "
        "exchanges pixels one by one",
        severities=levels(reach=(1.6, 2.8, 4.4, 6.5, 9.5)),
        draw_params=_draw_glass,
        pixels=_glass_blur,
    ),
)
