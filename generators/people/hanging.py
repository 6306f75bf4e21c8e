"""Hair that hangs: behind the neck, over the shoulders, and a bun behind the crown."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from .fields import F32, blurred, linear
from .hair import FORMS
from .shading import Light
from .stage import Painting, Stand, lit_field
from .traits import Identity

HANGING_BOX: Final = (-2.0, -3.6, 2.0, 2.4)


def _strand_albedo(identity: Identity, across: F32, down: F32) -> F32:
    rng = np.random.Generator(np.random.PCG64(identity.hair.seed + 2))
    grain = rng.standard_normal((4, 96), dtype=np.float32)
    swing = across + np.float32(0.10 * identity.hair.wave) * np.sin(5 * down)
    columns = ((swing * 30) % 95).astype(np.float32)
    rows = np.clip(-down, 0, 3).astype(np.float32)
    strand = cv2.remap(grain, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shade = np.clip(1 + 0.33 * np.asarray(strand, np.float32), 0.4, 2)
    return np.asarray(linear(np.array(identity.hair.colour) / 255) * shade[..., None], np.float32)


def paint_curtain(painting: Painting, at: Stand, identity: Identity, light: Light) -> None:
    """Loose hair behind the neck, and a bun behind the crown."""
    form = FORMS[identity.hair.style]
    if identity.hair.style == "bun" and at.x.size:
        _paint_bun(painting, identity, light, at)
    if form.falls is None or not at.x.size:
        return
    along = (at.y - np.float32(form.falls)) / np.float32(0.6 - form.falls)
    half = np.interp(along, [0, 0.2, 0.55, 0.8, 1], [0.8, 0.96, 1.04, 1.0, 0.7]).astype(np.float32)
    x = (at.x - np.float32(0.4 * at.foot)) / half
    end = 0.25 * x * x + 0.03 * np.sin(23 * at.x + identity.hair.seed % 7)
    cover = at.cover((1 - np.abs(x)) * half)
    cover = cover * at.cover(at.y - np.float32(form.falls) - end)
    cover = cover * at.cover(0.6 - at.y)
    height = 0.5 * np.sqrt(np.clip(1 - x * x, 0, 1)).astype(np.float32)
    dim = np.full_like(height, 0.35)
    lit = lit_field(
        light,
        at,
        height,
        _strand_albedo(identity, at.x, at.y),
        gloss=0.3,
        warm=0.5,
        lit=dim,
        sky=dim,
    )
    painting.over(lit, cover.astype(np.float32))


def _paint_bun(painting: Painting, identity: Identity, light: Light, at: Stand) -> None:
    middle = at.turn @ np.array([0.0, 1.62, -0.42], np.float32)
    radius = np.float32(0.40 * identity.hair.volume)
    x, y = (at.x - middle[0]) / radius, (at.y - middle[1]) / radius
    away = np.hypot(x, y)
    height = radius * np.sqrt(np.clip(1 - away * away, 0, 1))
    albedo = _strand_albedo(
        identity, (0.5 * np.arctan2(y, x) + 0.6 * away).astype(np.float32), at.y
    )
    full = np.full_like(height, 0.8)
    painting.over(lit_field(light, at, height, albedo, gloss=0.6, warm=0.5, lit=full, sky=full),
                  at.cover((1 - away) * radius))  # fmt: skip


def paint_locks(painting: Painting, at: Stand, identity: Identity, light: Light) -> None:
    """Long hair in front of the shoulders, one lock at each side."""
    form = FORMS[identity.hair.style]
    if form.falls is None or not at.x.size:
        return
    foot = form.falls + 0.25 * (identity.hair.volume - 1)
    for side in (-1, 1):
        _paint_lock(painting, at, identity, light, side, foot)


def _paint_lock(
    painting: Painting, at: Stand, identity: Identity, light: Light, side: int, foot: float
) -> None:
    start = at.turn @ np.array([side * 0.92 * identity.face_width, -0.25, -0.12], np.float32)
    along = (at.y - foot) / (0.3 - foot)
    line = side * np.interp(along, [0, 0.3, 0.6, 0.8, 1], [0.80, 0.84, 0.89, 0.92, 0.9])
    down = np.clip((at.y - start[1]) / (foot - start[1]), 0, 1)
    centre = (start[0] - side * 0.92) * (1 - down) + 0.5 * at.foot * down + line
    half = np.interp(
        along, [0, 0.03, 0.09, 0.2, 0.4, 0.8, 1], [0.02, 0.1, 0.17, 0.24, 0.28, 0.25, 0.14]
    )
    half = half.astype(np.float32)
    x = ((at.x - centre) / half).astype(np.float32)
    cover = at.cover((1 - np.abs(x)) * half) * at.cover(start[1] + 0.2 - at.y)
    cover = (cover * (at.y > foot)).astype(np.float32)
    height = half * np.sqrt(np.clip(1 - x * x, 0, 1))
    painting.light *= (1 - 0.35 * blurred(cover, 0.08 * at.scale))[..., None]
    albedo = _strand_albedo(identity, at.x - centre.astype(np.float32) + side, at.y)
    passed, sky = 0.4 + 0.6 * at.passed, np.full_like(height, 0.75)
    lit = lit_field(light, at, height, albedo, gloss=1.0, warm=0.5, lit=passed, sky=sky)
    painting.over(lit, cover)
