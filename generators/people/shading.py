"""Light on skin, hair and cloth, in linear light, and the curve of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fields import F32, GAMMA

Vec = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Light:
    """One key light and its surroundings, in camera coordinates.

    Args:
        towards: (3,) unit vector to the key light (x right, y up, z to the camera).
        key: (3,) its linear colour times its strength.
        sky: (3,) ambient light from above; ``ground`` (3,) from below.
        rim: (3,) light from behind.
    """

    towards: F32
    key: F32
    sky: F32
    ground: F32
    rim: F32


def shade(
    light: Light,
    normal: F32,
    albedo: F32,
    *,
    open_sky: F32,
    lit: F32,
    gloss: F32,
    warm: float = 1.0,
) -> F32:
    """Light leaving (N, 3) surface samples towards the camera.

    Args:
        light: the scene's light.
        normal: (N, 3) unit, in camera coordinates.
        albedo: (N, 3) linear.
        open_sky: (N,) share of the surroundings that is seen (ambient occlusion).
        lit: (N,) share of the key light that arrives (cast shadows).
        gloss: (N,) strength of the reflection (Blinn and Phong's, exponent 20).
        warm: how far light creeps around the terminator, red the furthest, as under skin.
    """
    facing = normal @ light.towards
    wrap = np.array([0.34, 0.17, 0.10], np.float32) * np.float32(warm)
    direct = np.maximum((facing[:, None] + wrap) / (1 + wrap), 0) * lit[:, None]
    up = (0.5 + 0.5 * normal[:, 1:2]).astype(np.float32)
    around = (light.ground + (light.sky - light.ground) * up) * open_sky[:, None]
    grazing = np.clip(1 - normal[:, 2], 0, 1)
    edge = (grazing * grazing * grazing * (0.5 + 0.5 * np.abs(normal[:, 0])))[:, None] * light.rim
    half = light.towards + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    spark = _power_20(np.maximum(normal @ half, 0))
    strength = spark * gloss * lit * np.float32(0.055) * (1 + 3 * grazing)
    return np.asarray(
        albedo * (direct * light.key + around + edge * 0.5)
        + strength[:, None] * light.key
        + edge * np.float32(0.03) * gloss[:, None],
        np.float32,
    )


def _power_20(value: F32) -> F32:
    fourth = value * value
    fourth = fourth * fourth
    sixteenth = fourth * fourth
    return np.asarray(sixteenth * sixteenth * fourth, np.float32)


def display(image: F32) -> F32:
    """Linear light to display values in [0, 1], highlights rolled off as film does."""
    positive = np.maximum(image, 0)
    rolled = np.where(positive < 0.6, positive, 0.6 + 0.4 * np.tanh((positive - 0.6) / 0.55))
    return np.asarray(np.power(rolled, 1 / GAMMA), np.float32)
