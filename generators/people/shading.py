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
    across, up, ahead = (np.ascontiguousarray(normal[:, k]) for k in range(3))
    to_x, to_y, to_z = light.towards
    facing = to_x * across + to_y * up + to_z * ahead
    half = light.towards + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    spark = _power_20(np.maximum(half[0] * across + half[1] * up + half[2] * ahead, 0))
    grazing = np.clip(1 - ahead, 0, 1)
    strength = spark * gloss * lit * np.float32(0.055) * (1 + 3 * grazing)
    turned = np.clip(1 + 4 * ahead, 0, 1)  # unresolved relief may face away: it must not flare
    edge = grazing * grazing * grazing * (0.5 + 0.5 * np.abs(across)) * turned
    above = (0.5 + 0.5 * up) * open_sky
    result = np.empty_like(albedo)
    for k, reach in enumerate((0.34, 0.17, 0.10)):
        wrap = np.float32(reach * warm)
        direct = np.maximum((facing + wrap) * (1 / (1 + wrap)), 0) * lit
        around = light.ground[k] * open_sky + (light.sky[k] - light.ground[k]) * above
        rim = edge * light.rim[k]
        seen = albedo[:, k] * (direct * light.key[k] + around + np.float32(0.5) * rim)
        result[:, k] = seen + strength * light.key[k] + np.float32(0.03) * rim * gloss
    return result


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
