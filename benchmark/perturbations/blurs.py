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

_LARGEST_MEDIAN: Final = 7  # pixels: larger ones are found on a smaller picture
_GLASS_GRAIN: Final = 0.4  # width of a facet of the glass, as a share of the reach


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
    """The median of a square, a large one on a reduced picture."""
    height, width = size_of(image)
    step = params["side"] / _LARGEST_MEDIAN
    if step <= 1:
        return _median(image, params["side"])
    small = (max(1, round(width / step)), max(1, round(height / step)))
    reduced = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    found = cv2.resize(
        cv2.medianBlur(reduced, _LARGEST_MEDIAN), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(found, dtype=np.uint8)


def _median(image: Rgb, side: float) -> Rgb:
    """Between the medians of the two odd sides next to a real one."""
    low = max(1, 2 * int((side - 1) // 2) + 1)
    share = (side - low) / 2
    first, second = (cv2.medianBlur(image, odd) for odd in (low, low + 2))
    return np.asarray(cv2.addWeighted(first, 1 - share, second, share, 0), dtype=np.uint8)


def _draw_zoom(settings: Settings, size: Size, rng: Generator) -> Params:
    low, high = 0.35, 0.65
    return {
        "zoom": settings["zoom"],
        "x": float(rng.uniform(low, high)) * (size[1] - 1),
        "y": float(rng.uniform(low, high)) * (size[0] - 1),
    }


def _zoom_blur(image: Rgb, params: Params) -> Rgb:
    """The mean of smaller and larger pictures about a point; on average nothing moves.

    Each round means two pictures of the last, a little smaller and a little larger, and so
    doubles their number, until they lie about a pixel apart in the corners.
    """
    reach = np.log(params["zoom"]) / 2
    longest = reach * np.hypot(*size_of(image))
    for halving in range(1, max(1, round(np.log2(max(longest, 1)))) + 1):
        zooms = np.exp([-reach / 2**halving, reach / 2**halving])
        pair = [_zoomed(image, zoom, params["x"], params["y"]) for zoom in zooms]
        image = np.asarray(cv2.addWeighted(pair[0], 0.5, pair[1], 0.5, 0), dtype=np.uint8)
    return image


def _zoomed(image: Rgb, zoom: float, x: float, y: float) -> Rgb:
    height, width = size_of(image)
    matrix = np.array([[zoom, 0, (1 - zoom) * x], [0, zoom, (1 - zoom) * y]])
    zoomed = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(zoomed, dtype=np.uint8)


def _draw_glass(settings: Settings, size: Size, rng: Generator) -> Params:
    return {"reach": settings["reach"] * size_scale(size), "seed": draw_seed(rng)}


def _glass_blur(image: Rgb, params: Params) -> Rgb:
    """Each pixel from somewhere near, as through frosted glass, then slightly smoothed."""
    height, width = size_of(image)
    rng, reach = noise_stream(params), params["reach"]
    x, y = (_scattered(rng, size_of(image), reach) for _ in range(2))
    x += np.arange(width, dtype=np.float32)
    y += np.arange(height, dtype=np.float32)[:, None]
    moved = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), max(0.3, 0.2 * reach)), dtype=np.uint8)


def _scattered(rng: Generator, size: Size, reach: float) -> NDArray[np.float32]:
    """Steps of at most the reach, alike within a facet, so that the grain grows with it."""
    facet = max(1.0, _GLASS_GRAIN * reach)
    facets = (int(size[0] / facet) + 2, int(size[1] / facet) + 2)
    steps = (2 * rng.random(facets, dtype=np.float32) - 1) * np.float32(reach)
    spread = cv2.resize(steps, size[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(spread, dtype=np.float32)


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
        source="OpenForensics MedianBlur; ours: A.MedianBlur has odd whole sides only",
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
        "only enlarges, about the centre, and so moves faces outwards",
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
