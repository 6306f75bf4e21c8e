"""External effects: clouds, frost, flakes and dirt on the lens."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .external import Color, blend, count_of, plasma
from .operator import (
    Params,
    Perturbation,
    Settings,
    Size,
    draw_seed,
    draw_sign,
    levels,
    noise_stream,
    size_of,
    size_scale,
)

Plane = NDArray[np.float32]  # (H, W)
Column = NDArray[np.float64]  # (N,)
Points = NDArray[np.float64]  # (N, 2) x, y
Segments = NDArray[np.float64]  # (N, 2, 2) two ends, x and y

_SUBPIXEL: Final = 4  # bits of OpenCV's fixed-point coordinates
_ICE: Final[Color] = (226, 236, 246)
_MUD: Final[Color] = (92, 68, 44)
_BARBS: Final = 14  # pairs along a stem of ice
_BARB_LENGTHS: Final = 0.25 + 0.3 * np.sin(np.arange(_BARBS) * 2.4) ** 2  # uneven, as ice is


def _draw_clouds(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {**settings, "gray": int(rng.integers(228, 251)), "seed": draw_seed(rng)}


def _clouds(image: Rgb, params: Params) -> Rgb:
    """Clear between the clouds, and within them as uneven as they are."""
    thickness = plasma(size_of(image), noise_stream(params))
    thickness -= np.float32(1 - params["cover"])
    alpha = np.clip(thickness * np.float32(2.4), 0, 1) * np.float32(params["opacity"])
    return blend(image, alpha, params["gray"])


def _draw_frost(settings: Settings, size: Size, rng: Generator) -> Params:
    scale = size_scale(size)
    length = settings["length"] * scale
    return {
        "fronds": count_of(settings["share"], size, 0.3 * length**2),
        "length": length,
        "width": max(1, round(1.3 * scale)),
        "opacity": settings["opacity"],
        "seed": draw_seed(rng),
    }


def _frost(image: Rgb, params: Params) -> Rgb:
    height, width = size_of(image)
    needles = np.zeros((height, width), np.uint8)
    lines = list(_fixed(_fronds((height, width), params)))
    cv2.polylines(needles, lines, False, 255, int(params["width"]), cv2.LINE_AA, _SUBPIXEL)
    film = cv2.GaussianBlur(needles, (0, 0), max(0.05 * params["length"], 0.5))
    ice = np.asarray(cv2.addWeighted(needles, 0.4, film, 0.7, 0), dtype=np.float32)
    return blend(image, ice * np.float32(params["opacity"] / 255), _ICE)


def _fronds(size: Size, params: Params) -> Segments:
    """Feathers of ice, stem and barbs; a pane freezes from its frame, so most of them are there."""
    drawn = noise_stream(params).random((int(params["fronds"]), 6))
    roots = drawn[:, :2].copy()
    depth = 0.5 * drawn[:, 2] ** 2
    side = (drawn[:, 3] * 4).astype(int)
    roots[np.arange(len(roots)), side // 2] = np.where(side % 2, 1 - depth, depth)
    roots *= size[::-1]
    stems = _rays(2 * np.pi * drawn[:, 4], params["length"] * (0.4 + 1.2 * drawn[:, 5]))
    arms = np.stack([roots, roots + stems], axis=1)
    return np.concatenate([arms, _barbs(arms)])


def _rays(angles: Column, lengths: Column) -> Points:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1) * lengths[..., None]


def _barbs(arms: Segments) -> Segments:
    """Pairs at about 60° to each stem, ever shorter towards its tip."""
    along = np.linspace(0.05, 0.95, _BARBS)
    steps = arms[:, 1] - arms[:, 0]
    roots = arms[:, None, 0] + along[:, None] * steps[:, None]
    angles = np.arctan2(steps[:, 1], steps[:, 0])[:, None]
    lengths = np.hypot(*steps.T)[:, None] * _BARB_LENGTHS * (1 - along)
    pairs = [
        np.stack([roots, roots + _rays(angles + side, lengths)], axis=2) for side in (-0.9, 1.1)
    ]
    return np.concatenate(pairs).reshape(-1, 2, 2)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """OpenCV's fixed-point coordinates."""
    return np.rint(points * 2**_SUBPIXEL).astype(np.int32)


def _draw_flakes(settings: Settings, size: Size, rng: Generator) -> Params:
    width = settings["width"] * size_scale(size)
    length = width * float(rng.uniform(0.5, 3))  # the faster they fall, the longer the streak
    return {
        "flakes": count_of(settings["share"], size, width * (length + width)),
        "width": width,
        "length": length,
        "slant": float(rng.uniform(5, 35)) * draw_sign(rng),
        "seed": draw_seed(rng),
    }


def _flakes(image: Rgb, params: Params) -> Rgb:
    rng = noise_stream(params)
    height, width = size_of(image)
    count = int(params["flakes"])
    middles = rng.random((count, 2)) * [width, height]
    angles = np.radians(90 - params["slant"] + rng.normal(0, 6, count))
    # Near flakes are few, large, long and bright: the last ones, drawn on top.
    nearness = np.sort(rng.lognormal(-0.2, 0.5, count))
    half = _rays(angles, params["length"] * nearness / 2)
    lines = _fixed(np.stack([middles - half, middles + half], axis=1))
    layer = np.zeros((height, width), np.uint8)
    thickness = np.maximum(np.rint(params["width"] * nearness), 1).astype(int).tolist()
    for line, thick, light in zip(lines, thickness, np.linspace(130, 255, count), strict=True):
        cv2.line(layer, line[0], line[1], light, thick, cv2.LINE_AA, _SUBPIXEL)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.25 * params["width"], 0.4))
    return blend(image, np.asarray(soft, dtype=np.uint8), 252)


def _draw_spatter(settings: Settings, size: Size, rng: Generator) -> Params:
    radius = settings["radius"] * size_scale(size)
    return {
        "drops": count_of(settings["share"], size, np.pi * radius**2),
        "radius": radius,
        "mud": int(rng.integers(2)),
        "seed": draw_seed(rng),
    }


def _spatter(image: Rgb, params: Params) -> Rgb:
    height, radius = _drops(size_of(image), params), params["radius"]
    if params["mud"]:
        return _shaded(blend(image, np.clip(height * 6 - 2, 0, 0.93), _MUD), height, -radius)
    return _shaded(_refracted(image, height, 0.15 * radius**2), height, 3.5 * radius)


def _drops(size: Size, params: Params) -> Plane:
    """How high the liquid stands, in [0, 1]: discs that flow together where they meet."""
    centres, radii = _splashes(size, int(params["drops"]), params["radius"], noise_stream(params))
    layer = np.zeros(size, np.uint8)
    for centre, radius in zip(_fixed(centres).tolist(), _fixed(radii).tolist(), strict=True):
        cv2.circle(layer, centre, radius, 255, -1, cv2.LINE_AA, _SUBPIXEL)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.3 * params["radius"], 0.5))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)


def _splashes(size: Size, count: int, radius: float, rng: Generator) -> tuple[Points, Column]:
    """Centres and radii: of every four drops one is large, and the others land about it."""
    drawn = rng.random((count, 5))
    index = np.arange(count)
    first, small = index - index % 4, index % 4 > 0
    away = small * radius * (1 + 3 * drawn[:, 3])
    centres = drawn[first, :2] * size[::-1] + _rays(2 * np.pi * drawn[:, 2], away)
    return centres, radius * np.where(small, 0.3 + 0.5 * drawn[:, 4], 0.9 + 0.9 * drawn[:, 4])


def _refracted(image: Rgb, height: Plane, depth: float) -> Rgb:
    """Seen through water: each slope bends the view, and takes a little light."""
    rows, columns = size_of(image)
    x = np.arange(columns, dtype=np.float32) + np.float32(depth) * _slope(height, 1)
    y = np.arange(rows, dtype=np.float32)[:, None] + np.float32(depth) * _slope(height, 0)
    bent = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(bent, dtype=np.uint8)


def _slope(height: Plane, axis: int) -> Plane:
    return np.asarray(cv2.Sobel(height, cv2.CV_32F, axis, 1 - axis), dtype=np.float32)


def _shaded(image: Rgb, height: Plane, light: float) -> Rgb:
    """Lit from above and from the left."""
    relief = (_slope(height, 0) + _slope(height, 1)) * np.float32(light)
    lit = image + relief[:, :, None]
    return np.rint(np.clip(lit, 0, 255, out=lit), out=lit).astype(np.uint8)


ROWS: Final = (
    Perturbation(
        name="clouds",
        version=1,
        group="external",
        description="light clouds, and clear air between them",
        source="OpenForensics Clouds of imgaug; ours, as albumentations has none",
        severities=levels(cover=(0.5, 0.6, 0.7, 0.8, 0.9), opacity=(0.4, 0.52, 0.64, 0.75, 0.84)),
        draw_params=_draw_clouds,
        pixels=_clouds,
    ),
    Perturbation(
        name="frost",
        version=1,
        group="external",
        description="ice crystals on a pane, denser towards its frame",
        source="OpenForensics Frost; the look of Hendrycks and Dietterich (ICLR 2019), whose "
        "frost is blended from photographs; ours are drawn, as albumentations has none",
        severities=levels(
            share=(0.2, 0.4, 0.65, 0.95, 1.3),
            length=(60, 64, 68, 72, 76),
            opacity=(0.6, 0.7, 0.8, 0.88, 0.95),
        ),
        draw_params=_draw_frost,
        pixels=_frost,
    ),
    Perturbation(
        name="snowflakes",
        version=1,
        group="external",
        description="single flakes that fall, streaked by their speed, in clear air",
        source="OpenForensics Snowflakes of imgaug; ours, as albumentations has none",
        severities=levels(share=(0.015, 0.035, 0.065, 0.1, 0.15), width=(2.6, 3, 3.4, 3.9, 4.5)),
        draw_params=_draw_flakes,
        pixels=_flakes,
    ),
    Perturbation(
        name="spatter",
        version=1,
        group="external",
        description="drops of water or splashes of mud on the lens",
        source="OpenForensics Spatter; Hendrycks and Dietterich (ICLR 2019); ours, as the blobs "
        "of A.Spatter do not grow with the size",
        severities=levels(share=(0.03, 0.07, 0.13, 0.21, 0.32), radius=(8, 9, 10, 11, 12)),
        draw_params=_draw_spatter,
        pixels=_spatter,
    ),
)
