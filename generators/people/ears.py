"""Ears: a flat ellipsoid at each side of the head, hollow inside its rim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fields import F32, bump, linear, rotated, smoothstep
from .traits import Identity

_REACH: Final = 0.42  # half the side of a square that holds a projected ear


@dataclass(frozen=True, eq=False, slots=True)
class EarHits:
    """What samples see of an ear: flat indices, depth, unit normals, albedo, openness."""

    where: NDArray[np.int64]
    depth: F32
    normal: F32
    albedo: F32
    openness: F32


def cast_ear(identity: Identity, side: int, rotation: F32, x: F32, y: F32) -> EarHits:
    """See one ear (-1 the picture's left of a frontal head, 1 its right) through flat samples."""
    size = identity.ear_size
    middle = np.array([side * (0.935 * identity.face_width + 0.01), -0.13, -0.16], np.float32)
    axes = np.array([0.085, 0.30 * size, 0.165 * size], np.float32)
    turn = _turn(side * (0.25 + identity.ear_angle))
    frame = (turn.T @ rotation.T).astype(np.float32)  # camera to ear
    seen = rotation @ middle
    inside = np.flatnonzero((np.abs(x - seen[0]) < _REACH) & (np.abs(y - seen[1]) < _REACH))
    offset = turn.T @ middle
    start = rotated(np.stack([x[inside], y[inside], 0 * x[inside]], axis=-1), frame) - offset
    along = frame[:, 2]
    inverse = 1 / (axes * axes)
    a = np.float32((along * along * inverse).sum())
    b = (start * (along * inverse)).sum(axis=1)
    c = (start * start * inverse).sum(axis=1) - 1
    root = b * b - a * c
    met = np.flatnonzero(root > 0)
    depth = (-b[met] + np.sqrt(root[met])) / a
    local = start[met] + depth[:, None] * along
    albedo, openness, lean = _paint(identity, local / axes, side)
    normal = _unit(_unit(local * inverse) + lean)
    return EarHits(inside[met], depth, rotated(normal, frame.T), albedo, openness)


def _unit(vectors: F32) -> F32:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _turn(angle: float) -> F32:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]], np.float32)


def _paint(identity: Identity, local: F32, side: int) -> tuple[F32, F32, F32]:
    """Colour, openness and how the normals lean, over the ear's own unit ball."""
    up, ahead = local[:, 1], local[:, 2]
    radius = np.hypot(up, ahead)
    outer = smoothstep(-0.15, 0.1, np.float32(side) * local[:, 0])
    hollow = bump(ahead, up, (0.18, -0.05), (0.36, 0.42)) * outer
    groove = np.exp(-(((radius - 0.72) / 0.1) ** 2)) * smoothstep(-0.5, 0.1, up) * outer
    open_sky = 1 - 0.62 * hollow - 0.35 * groove
    skin = linear(np.array(identity.skin) / 255) * np.array([1.02, 0.86, 0.84], np.float32)
    albedo = np.repeat(skin[None], len(local), axis=0)
    lean = np.stack(
        [0 * up, -0.5 * hollow * up, -0.6 * hollow * ahead - 0.3 * groove * ahead], axis=-1
    )
    return albedo.astype(np.float32), open_sky.astype(np.float32), lean.astype(np.float32)
