"""What is behind the people: walls, rooms, streets, trees, lights, out of focus."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import numpy as np

from .fields import F32, blurred, linear, mix, noise, resized, smoothstep


def paint_background(kind: str, seed: int, size: tuple[int, int]) -> F32:
    """The (H, W, 3) linear light behind a scene: drawn small, enlarged, so always soft."""
    rng = np.random.Generator(np.random.PCG64(seed))
    height, width = size
    small = (144, max(16, round(144 * width / height)))
    image = blurred(BACKGROUNDS[kind](rng, small), float(rng.uniform(0.7, 2.6)))
    full = resized(np.ascontiguousarray(image), size)
    return np.maximum(full, 0.002)


def _colour(rng: np.random.Generator, low: float, high: float, saturation: float) -> F32:
    value = rng.uniform(low, high)
    tint = rng.uniform(-1, 1, 3) * saturation
    return linear(np.clip(value * (1 + tint - tint.mean()), 0.01, 1))


def _grid(shape: tuple[int, int]) -> tuple[F32, F32]:
    """X and y in [0, 1], y down."""
    line_x = np.linspace(0, 1, shape[1], dtype=np.float32)
    line_y = np.linspace(0, 1, shape[0], dtype=np.float32)
    x, y = np.meshgrid(line_x, line_y)
    return x, y


def _flat(colour: F32, shape: tuple[int, int]) -> F32:
    return np.broadcast_to(colour, (*shape, 3)).astype(np.float32)


def _wall(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    x, y = _grid(shape)
    image = _flat(_colour(rng, 0.35, 0.85, 0.12), shape)
    at = rng.uniform(0, 1, 2)
    pool = np.exp(-(((x - at[0]) / 0.6) ** 2 + ((y - at[1]) / 0.7) ** 2))
    image = image * (0.55 + 0.6 * pool + 0.04 * noise(rng, shape, 8, 4))[..., None]
    if rng.random() < 0.5:
        _frames(image, rng, x, y)
    return np.asarray(image, np.float32)


def _frames(image: F32, rng: np.random.Generator, x: F32, y: F32) -> None:
    for _ in range(int(rng.integers(1, 5))):
        left, top = rng.uniform(-0.1, 0.9), rng.uniform(0.0, 0.35)
        wide, high = rng.uniform(0.08, 0.22), rng.uniform(0.12, 0.3)
        outer = (x > left) & (x < left + wide) & (y > top) & (y < top + high)
        inner = (
            (x > left + 0.01)
            & (x < left + wide - 0.01)
            & (y > top + 0.014)
            & (y < top + high - 0.014)
        )
        image[outer] = _colour(rng, 0.08, 0.4, 0.2)
        image[inner] = _colour(rng, 0.25, 0.8, 0.35)


def _room(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    x, y = _grid(shape)
    image = _wall(rng, shape)
    floor = rng.uniform(0.62, 0.8)
    image = mix(image, _colour(rng, 0.2, 0.5, 0.25), smoothstep(floor - 0.01, floor + 0.01, y))
    for _ in range(int(rng.integers(0, 3))):
        left, wide = rng.uniform(-0.1, 0.9), rng.uniform(0.12, 0.3)
        pane = (x > left) & (x < left + wide) & (y > 0.05) & (y < 0.55)
        image[pane] = linear(np.array([0.86, 0.92, 0.98])) * np.float32(rng.uniform(0.9, 1.5))
        bars = pane & ((np.abs(x - left - wide / 2) < 0.006) | (np.abs(y - 0.3) < 0.006))
        image[bars] = _colour(rng, 0.3, 0.8, 0.05)
    for _ in range(int(rng.integers(1, 4))):
        _shelf(image, rng, x, y)
    return image


def _shelf(image: F32, rng: np.random.Generator, x: F32, y: F32) -> None:
    left, wide, top = rng.uniform(-0.1, 0.9), rng.uniform(0.15, 0.35), rng.uniform(0.1, 0.5)
    inside = (x > left) & (x < left + wide) & (y > top)
    image[inside] = _colour(rng, 0.1, 0.4, 0.2)
    for row in np.arange(top + 0.02, 1, 0.13):
        at = left + 0.01
        while at < left + wide - 0.02:
            thick = rng.uniform(0.008, 0.03)
            tall = rng.uniform(0.06, 0.11)
            book = (
                (x > at)
                & (x < min(at + thick, left + wide - 0.01))
                & (y > row + 0.12 - tall)
                & (y < row + 0.12)
            )
            image[book] = _colour(rng, 0.1, 0.8, 0.5)
            at += thick


def _street(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    x, y = _grid(shape)
    sky = linear(np.array([0.70, 0.80, 0.93])) * np.float32(rng.uniform(0.7, 1.2))
    image = _flat(sky, shape) * (0.9 + 0.3 * y)[..., None]
    horizon = rng.uniform(0.55, 0.72)
    at = -0.05
    while at < 1:
        wide, top = rng.uniform(0.1, 0.3), rng.uniform(-0.2, 0.4)
        block = (x >= at) & (x < at + wide) & (y > top)
        wall = _colour(rng, 0.25, 0.75, 0.12)
        image[block] = wall
        panes = block & ((x - at) % 0.05 > 0.022) & ((y - top) % 0.09 > 0.045)
        image[panes] = _colour(rng, 0.12, 0.55, 0.15)
        at += wide
    ground = _colour(rng, 0.3, 0.55, 0.06)
    image = mix(image, ground, smoothstep(horizon - 0.005, horizon + 0.005, y))
    for _ in range(int(rng.integers(0, 6))):
        place = (rng.uniform(0, 1), horizon + rng.uniform(-0.06, 0.06))
        blob = np.exp(
            -((((x - place[0]) / rng.uniform(0.02, 0.09)) ** 2 + ((y - place[1]) / 0.06) ** 2) ** 3)
        )
        image = mix(image, _colour(rng, 0.1, 0.7, 0.5), blob.astype(np.float32))
    return image


def _trees(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    x, y = _grid(shape)
    leaf = linear(
        np.array([rng.uniform(0.18, 0.5), rng.uniform(0.38, 0.55), rng.uniform(0.1, 0.25)])
    )
    deep = leaf * np.float32(0.25)
    mass = noise(rng, shape, 9, 4)
    image = mix(_flat(deep, shape), leaf * np.float32(1.2), smoothstep(-0.9, 1.2, mass))
    gaps = smoothstep(0.9, 1.5, noise(rng, shape, 14, 3) + 1.2 * (0.45 - y))
    image = mix(image, linear(np.array([0.92, 0.97, 1.0])) * np.float32(1.2), gaps)
    for _ in range(int(rng.integers(0, 4))):
        at, wide = rng.uniform(0, 1), rng.uniform(0.01, 0.03)
        trunk = smoothstep(wide, 0.7 * wide, np.abs(x - at - 0.04 * np.sin(5 * y)))
        image = mix(image, linear(np.array([0.26, 0.2, 0.15])), trunk)
    grass = rng.uniform(0.66, 0.85)
    lawn = leaf * np.array([1.2, 1.15, 0.8], np.float32)
    return mix(
        image,
        lawn * (1 + 0.2 * noise(rng, shape, 40, 2))[..., None],
        smoothstep(grass - 0.03, grass + 0.02, y),
    )


def _lights(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    x, y = _grid(shape)
    aspect = shape[1] / shape[0]
    base = _colour(rng, 0.05, 0.2, 0.4)
    image = _flat(base, shape) * (1.2 - 0.6 * y + 0.2 * noise(rng, shape, 4, 2))[..., None]
    for _ in range(int(rng.integers(18, 60))):
        at, radius = rng.uniform(0, 1, 2), rng.uniform(0.008, 0.045)
        disc = smoothstep(radius, 0.85 * radius, np.hypot((x - at[0]) * aspect, y - at[1] * 0.8))
        glow = linear(
            np.clip(np.array([1.0, rng.uniform(0.45, 0.95), rng.uniform(0.2, 0.9)]), 0, 1)
        )
        image += disc[..., None] * glow * np.float32(rng.uniform(0.15, 0.9))
    return image


def _studio(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    x, y = _grid(shape)
    first, second = _colour(rng, 0.3, 0.9, 0.2), _colour(rng, 0.12, 0.6, 0.2)
    away = np.hypot((x - rng.uniform(0.3, 0.7)) * 1.1, y - rng.uniform(0.2, 0.6))
    image = mix(_flat(first, shape), second, smoothstep(0.1, 0.9, away))
    return image * (1 + 0.05 * noise(rng, shape, 6, 3))[..., None]


def _sea(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    _, y = _grid(shape)
    top, low = linear(np.array([0.45, 0.66, 0.9])), linear(np.array([0.85, 0.9, 0.95]))
    if rng.random() < 0.35:
        top, low = linear(np.array([0.4, 0.42, 0.62])), linear(np.array([0.98, 0.72, 0.5]))
    horizon = rng.uniform(0.4, 0.65)
    image = mix(_flat(top, shape), low, smoothstep(0, horizon, y))
    clouds = smoothstep(0.2, 1.6, noise(rng, shape, 5, 5)) * smoothstep(horizon, 0.1, y)
    image = mix(image, linear(np.array([0.97, 0.97, 0.98])), 0.8 * clouds)
    water = linear(np.array([0.16, 0.36, 0.48])) * (1 + 0.25 * noise(rng, shape, 30, 3))[..., None]
    image = mix(image, water, smoothstep(horizon - 0.004, horizon + 0.004, y))
    beach = rng.uniform(0.75, 1.1)
    return mix(
        image, linear(np.array([0.84, 0.76, 0.62])), smoothstep(beach - 0.02, beach + 0.02, y)
    )


BACKGROUNDS: Final = MappingProxyType[str, Callable[[np.random.Generator, tuple[int, int]], F32]](
    {
        "wall": _wall,
        "room": _room,
        "street": _street,
        "trees": _trees,
        "lights": _lights,
        "studio": _studio,
        "sea": _sea,
    }
)
