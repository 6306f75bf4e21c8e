"""External effects: the weather between the camera and the people."""

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

Layer = NDArray[np.uint8]  # (H, W) opacity, 255 is opaque
Color = tuple[float, float, float]  # RGB

_SUBPIXEL: Final = 4  # bits of OpenCV's fixed-point coordinates
_OCTAVES: Final = 5
_HAZE: Final = 200  # gray of rainy and snowy air


def blend(image: Rgb, layer: Layer | NDArray[np.float32], color: float | Color) -> Rgb:
    """The image behind a layer of one gray or colour; a float layer is in [0, 1]."""
    alpha = layer.astype(np.float32) / 255 if layer.dtype == np.uint8 else layer
    alpha = alpha[:, :, None]
    result = image.astype(np.float32)
    result += (np.asarray(color, np.float32) - result) * alpha
    return np.rint(result, out=result).astype(np.uint8)


def plasma(size: Size, rng: Generator) -> NDArray[np.float32]:
    """Clouds (H, W) in [0, 1]: octaves of value noise, each half as strong and half as wide."""
    total = np.zeros(size, np.float32)
    for octave in range(_OCTAVES):
        cells = 2 ** (octave + 1) + 1
        values = rng.random((cells, cells), dtype=np.float32)
        total += 0.5**octave * cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR)
    low, high = float(total.min()), float(total.max())
    return (total - np.float32(low)) / np.float32(max(high - low, 1e-6))


def _draw_fog(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {**settings, "gray": int(rng.integers(215, 241)), "seed": draw_seed(rng)}


def _fog(image: Rgb, params: Params) -> Rgb:
    clouds = plasma(size_of(image), noise_stream(params))
    return blend(image, np.float32(params["density"]) * (0.65 + 0.35 * clouds), params["gray"])


def _draw_rain(settings: Settings, size: Size, rng: Generator) -> Params:
    scale = size_scale(size)
    length, width = settings["length"] * scale, max(1.0, settings["width"] * scale)
    return {
        "drops": count_of(settings["share"], size, length * width),
        "length": length,
        "width": width,
        "slant": float(rng.uniform(-25, 25)),
        "haze": settings["haze"],
        "seed": draw_seed(rng),
    }


def count_of(share: float, size: Size, area: float) -> int:
    """How many things of an area in pixels cover a share of the picture."""
    return max(1, round(share * size[0] * size[1] / area))


def _rain(image: Rgb, params: Params) -> Rgb:
    rng = noise_stream(params)
    height, width = size_of(image)
    count = int(params["drops"])
    tops = rng.uniform([-0.1 * width, -params["length"]], [1.1 * width, height], (count, 2))
    angle = np.radians(params["slant"] + rng.normal(0, 2, count))
    lengths = params["length"] * rng.uniform(0.5, 1.3, count)
    ends = tops + lengths[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    lines = np.rint(np.stack([tops, ends], axis=1) * 2**_SUBPIXEL).astype(np.int32)
    layer = np.zeros((height, width), np.uint8)
    # Far drops are thin and faint; near ones, drawn over them, thick and bright.
    for depth, part in zip((0.5, 0.75, 1.0), np.array_split(lines, 3), strict=True):
        thickness = max(1, round(params["width"] * depth))
        cv2.polylines(layer, list(part), False, 190 * depth, thickness, cv2.LINE_AA, _SUBPIXEL)
    return blend(_haze(image, params["haze"]), layer, 235)


def _haze(image: Rgb, share: float) -> Rgb:
    veil = np.full_like(image, _HAZE)
    return np.asarray(cv2.addWeighted(image, 1 - share, veil, share, 0), dtype=np.uint8)


def _draw_snow(settings: Settings, size: Size, rng: Generator) -> Params:
    radius = settings["radius"] * size_scale(size)
    return {
        "flakes": count_of(settings["share"], size, np.pi * radius**2),
        "radius": radius,
        "haze": settings["haze"],
        "seed": draw_seed(rng),
    }


def _snow(image: Rgb, params: Params) -> Rgb:
    rng = noise_stream(params)
    height, width = size_of(image)
    count = int(params["flakes"])
    centres = rng.uniform(0, [width, height], (count, 2)) * 2**_SUBPIXEL
    # Near flakes are few and large, and out of focus: the last ones, drawn on top.
    radii = np.sort(params["radius"] * rng.lognormal(-0.25, 0.5, count)) * 2**_SUBPIXEL
    layer = np.zeros((height, width), np.uint8)
    for centre, radius in zip(centres.astype(int).tolist(), radii.astype(int), strict=True):
        cv2.circle(layer, centre, int(radius), 255, -1, cv2.LINE_AA, _SUBPIXEL)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.35 * params["radius"], 0.5))
    return blend(_haze(image, params["haze"]), np.asarray(soft, dtype=np.uint8), 250)


ROWS: Final = (
    Perturbation(
        name="fog",
        version=1,
        group="external",
        description="fog of uneven density in front of everything",
        source="OpenForensics Fog; ours: A.RandomFog takes 220 ms at half a megapixel and "
        "draws visible circles",
        severities=levels(density=(0.25, 0.4, 0.55, 0.7, 0.82)),
        draw_params=_draw_fog,
        pixels=_fog,
    ),
    Perturbation(
        name="rain",
        version=1,
        group="external",
        description="slanted streaks of rain and hazy air",
        source="OpenForensics Rain; ours, as the streaks of A.RandomRain do not grow with the size",
        severities=levels(
            share=(0.015, 0.035, 0.065, 0.11, 0.18),
            length=(30, 36, 42, 50, 60),
            width=(1.2, 1.3, 1.4, 1.5, 1.6),
            haze=(0.05, 0.1, 0.16, 0.23, 0.3),
        ),
        draw_params=_draw_rain,
        pixels=_rain,
    ),
    Perturbation(
        name="snow",
        version=1,
        group="external",
        description="snowflakes at several distances and whitened air",
        source="OpenForensics Snow, Snowflakes; ours: A.RandomSnow overflows its colours",
        severities=levels(
            share=(0.012, 0.03, 0.06, 0.1, 0.16),
            radius=(2.2, 2.5, 2.8, 3.2, 3.6),
            haze=(0.06, 0.12, 0.2, 0.28, 0.36),
        ),
        draw_params=_draw_snow,
        pixels=_snow,
    ),
)
