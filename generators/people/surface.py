"""What light needs to know of a charted surface: normals, hollows, cast shadows."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from .fields import F32, blurred, sample
from .shape import chart, directions

_DEEPEST: Final = np.float32(0.3)  # light that scatters into a cast shadow
_STEPS: Final = (0.05, 0.10, 0.16, 0.24, 0.34, 0.48, 0.66)


def normals(radius: F32) -> F32:
    """The (S, S, 3) unit normals of the surface, in head coordinates."""
    points = directions() * radius[..., None]
    across = np.asarray(cv2.Sobel(points, cv2.CV_32F, 1, 0, ksize=3), np.float32)
    down = np.asarray(cv2.Sobel(points, cv2.CV_32F, 0, 1, ksize=3), np.float32)
    normal = cross(down, across)
    normal /= np.sqrt(np.einsum("ijk,ijk->ij", normal, normal))[..., None] + np.float32(1e-9)
    return np.asarray(normal, np.float32)


def cross(first: F32, second: F32) -> F32:
    """The cross product over the last axis; faster than numpy's."""
    a, b, c = first[..., 0], first[..., 1], first[..., 2]
    d, e, f = second[..., 0], second[..., 1], second[..., 2]
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)


def openness(radius: F32) -> F32:
    """The (S, S) share of the surroundings that each place sees: hollows are dark."""
    near = np.maximum(blurred(radius, 3.5) - radius, 0)
    far = np.maximum(blurred(radius, 10.0) - radius, 0)
    return np.asarray(np.exp(-(4.6 * near + 2.8 * far)), np.float32)


def cast_shadow(radius: F32, normal: F32, towards: F32) -> F32:
    """The (S, S) share of a light from ``towards`` (head coordinates) that arrives."""
    start = (directions() * radius[..., None] + normal * np.float32(0.02))[::2, ::2]
    free = np.ones(start.shape[:2], np.float32)
    for step in _STEPS:
        point = start + towards * np.float32(step)
        distance = np.sqrt(np.einsum("ijk,ijk->ij", point, point))
        columns, rows = chart(point / distance[..., None])
        above = (distance - sample(radius, columns, rows)) / np.float32(0.03 + 0.10 * step)
        free = np.minimum(free, np.clip(0.5 + above, 0, 1))
    free = _DEEPEST + (1 - _DEEPEST) * blurred(free, 0.8)
    size = radius.shape[0]
    line = np.linspace(0, (size - 1) / 2, size, dtype=np.float32)
    return sample(free, *np.meshgrid(line, line))
