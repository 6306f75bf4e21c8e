"""What people do to a picture, and the light that they take it in."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .external import Color, blend
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

Outline = NDArray[np.float64]  # (N, 2) x, y; a sticker's radius is 1
Part = tuple[Outline, Color | None]  # None is the colour drawn for the sticker
Plane = NDArray[np.float32]  # (H, W)

_SUBPIXEL: Final = 4  # bits of OpenCV's fixed-point coordinates
_MOONLIGHT: Final = np.array([0.82, 0.95, 1.25])  # of red, green and blue
_INK: Final[Color] = (35, 30, 30)
_COLORS: Final[tuple[Color, ...]] = (
    (235, 64, 52),
    (255, 204, 0),
    (52, 199, 89),
    (0, 122, 255),
    (255, 105, 180),
    (175, 82, 222),
)


def _ring(points: int) -> NDArray[np.float64]:
    return np.arange(points) * 2 * np.pi / points


def _oval(x: float, y: float, wide: float, high: float) -> Outline:
    turns = _ring(32)
    return np.stack([x + wide * np.cos(turns), y + high * np.sin(turns)], axis=1)


def _star() -> Outline:
    radii = np.tile([1, 0.42], 5)
    turns = _ring(10) - np.pi / 2
    return np.stack([radii * np.cos(turns), radii * np.sin(turns)], axis=1)


def _heart() -> Outline:
    t = _ring(48)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3, -y], axis=1) / 17


def _arrow() -> Outline:
    half = np.array([[-1, 0.25], [0.15, 0.25], [0.15, 0.65], [1, 0]])
    return np.concatenate([half, (half * [1, -1])[-2::-1]])


def _smile() -> Outline:
    low = np.linspace(0.1 * np.pi, 0.9 * np.pi, 16)
    curve = np.stack([np.cos(low), np.sin(low)], axis=1)
    return np.concatenate([0.62 * curve, (0.5 * curve)[::-1]])


_SHAPES: Final[tuple[tuple[Part, ...], ...]] = (
    ((_star(), None),),
    ((_heart(), None),),
    ((_arrow(), None),),
    (
        (_oval(0, 0, 1, 1), _COLORS[1]),
        (_oval(-0.35, -0.25, 0.12, 0.2), _INK),
        (_oval(0.35, -0.25, 0.12, 0.2), _INK),
        (_smile(), _INK),
    ),
)


def _draw_sticker(settings: Settings, size: Size, rng: Generator) -> Params:
    count = int(settings["count"])
    radius = (settings["share"] * size[0] * size[1] / (np.pi * count)) ** 0.5
    return {"count": count, "radius": max(0.8, float(radius)), "seed": draw_seed(rng)}


def _sticker(image: Rgb, params: Params) -> Rgb:
    height, width = size_of(image)
    result = image.copy()
    for drawn in noise_stream(params).random((int(params["count"]), 6)):
        shape, color = int(drawn[0] * len(_SHAPES)), _COLORS[int(drawn[1] * len(_COLORS))]
        radius, turn = params["radius"] * (0.75 + 0.5 * drawn[2]), drawn[3] - 0.5
        place = drawn[4:] * [width, height]
        for outline, own in _SHAPES[shape]:
            _fill(result, place + radius * outline @ _turned(turn), own or color)
    return result


def _turned(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _fill(image: Rgb, outline: Outline, color: Color) -> None:
    points = np.rint(outline * 2**_SUBPIXEL).astype(np.int32)
    cv2.fillPoly(image, [points], color, cv2.LINE_AA, _SUBPIXEL)


def _draw_night(settings: Settings, size: Size, rng: Generator) -> Params:
    return {**settings, "bloom": 7 * size_scale(size), "seed": draw_seed(rng)}


def _night(image: Rgb, params: Params) -> Rgb:
    """Little and bluish light, a noisy sensor, and lamps that it clips."""
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    pale = cv2.addWeighted(image, 0.5, cv2.merge([gray] * 3), 0.5, 0)
    dark = np.asarray(cv2.LUT(pale, _night_curve(params)), dtype=np.float32)
    lit = dark + (255 - dark) * cv2.merge([_lamps(gray, params["bloom"])] * 3)
    grain = _grain(size_of(image), noise_stream(params))
    lit += np.float32(params["noise"]) * grain
    return np.rint(np.clip(lit, 0, 255, out=lit), out=lit).astype(np.uint8)


def _night_curve(params: Params) -> NDArray[np.float32]:
    """(1, 256, 3) what remains of each value, from a lifted black."""
    light = (np.arange(256) / 255) ** params["gamma"] * 255 * params["gain"]
    return np.asarray(6 + light[None, :, None] * _MOONLIGHT, dtype=np.float32)


def _lamps(gray: NDArray[np.uint8], bloom: float) -> Plane:
    """(H, W) in [0, 1] the brightest pixels of the picture, one in 200, and a glow about them."""
    threshold = max(float(np.quantile(gray[::4, ::4], 0.995)), 60.0)
    lit = np.clip((gray - np.float32(threshold)) / 16, 0, 1)
    small = cv2.resize(
        lit, [-(-side // 4) for side in lit.shape[::-1]], interpolation=cv2.INTER_AREA
    )
    glow = cv2.GaussianBlur(small, (0, 0), bloom / 4)
    large = cv2.resize(glow, lit.shape[::-1], interpolation=cv2.INTER_LINEAR)
    shown = np.minimum(1.5 * np.asarray(large, dtype=np.float32), 0.9)
    return np.asarray(np.maximum(lit, shown), dtype=np.float32)


def _grain(size: Size, rng: Generator) -> NDArray[np.float32]:
    """(H, W, 3) fine noise of the light and coarse noise of the colours, as of a phone at night."""
    fine = rng.standard_normal(size, dtype=np.float32)
    halves = [-(-side // 2) for side in size]
    red, blue = (
        fine + cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_LINEAR)
        for coarse in rng.standard_normal((2, *halves), dtype=np.float32)
    )
    return np.asarray(cv2.merge([red, fine, blue]), dtype=np.float32)


def _draw_backlight(settings: Settings, _size: Size, rng: Generator) -> Params:
    """Behind the people, above the middle, or in a corner."""
    corner = bool(rng.integers(2))
    x, y = float(rng.random()), float(rng.random())
    return {
        **settings,
        "x": float(x > 0.5) if corner else 0.2 + 0.6 * x,
        "y": 0.0 if corner else 0.1 + 0.4 * y,
        "warmth": float(rng.random()),
    }


def _backlight(image: Rgb, params: Params) -> Rgb:
    """Exposed for the light, so that the people are dark; and the lens veils all of it."""
    values = (np.arange(256) / 255) ** params["gamma"] * 255 * params["gain"]
    dark = cv2.LUT(image, np.rint(values).astype(np.uint8))
    warmth = params["warmth"]
    color = (255.0, 252 - 14 * warmth, 246 - 46 * warmth)
    return blend(np.asarray(dark, dtype=np.uint8), _glare(size_of(image), params), color)


def _glare(size: Size, params: Params) -> Plane:
    """(H, W) in [0, 1] a clipped source, its glow, and a veil over everything."""
    radius = params["radius"] * float(np.hypot(*size))
    source = np.minimum(2 * _bell(size, params, 0.5 * radius), 1)
    glow = np.float32(params["veil"]) * _bell(size, params, 2 * radius)
    clear = (1 - source) * (1 - glow) * (1 - 0.7 * _bell(size, params, radius))
    return np.asarray(1 - np.float32(1 - 0.15 * params["veil"]) * clear, dtype=np.float32)


def _bell(size: Size, params: Params, sigma: float) -> Plane:
    """A Gauss bell about the source: the outer product of two."""
    middles = params["y"] * size[0], params["x"] * size[1]
    rows, columns = (
        np.exp(-0.5 * ((np.arange(side) - middle) / sigma) ** 2).astype(np.float32)
        for side, middle in zip(size, middles, strict=True)
    )
    return np.asarray(np.multiply.outer(rows, columns), dtype=np.float32)


ROWS: Final = (
    Perturbation(
        name="sticker",
        version=1,
        group="everyday",
        description="stars, hearts, arrows and smileys in plain colours, anywhere",
        source="what people put on pictures; ours, as albumentations has none",
        severities=levels(count=(2, 3, 5, 7, 9), share=(0.012, 0.03, 0.065, 0.11, 0.17)),
        draw_params=_draw_sticker,
        pixels=_sticker,
    ),
    Perturbation(
        name="night",
        version=1,
        group="everyday",
        description="taken at night: dark, bluish, pale, noisy, and lamps clipped",
        source="what cameras make of the night; ours, as albumentations has none",
        severities=levels(
            gain=(0.75, 0.6, 0.48, 0.39, 0.32),
            gamma=(1.05, 1.1, 1.15, 1.2, 1.25),
            noise=(2, 3.5, 5.5, 8, 11),
        ),
        draw_params=_draw_night,
        pixels=_night,
    ),
    Perturbation(
        name="backlight",
        version=1,
        group="everyday",
        description="a light behind the people or in a corner: they are dark, the lens veiled",
        source="what cameras make of a light before them; ours, as A.RandomSunFlare draws "
        "circles of its own and darkens nothing",
        severities=levels(
            gain=(0.85, 0.7, 0.56, 0.44, 0.34),
            gamma=(1.05, 1.15, 1.25, 1.35, 1.45),
            veil=(0.25, 0.4, 0.54, 0.67, 0.8),
            radius=(0.06, 0.08, 0.1, 0.12, 0.14),
        ),
        draw_params=_draw_backlight,
        pixels=_backlight,
    ),
)
