"""Neck, shoulders and clothes: what the head is drawn over."""

from __future__ import annotations

from typing import Final

import numpy as np

from .fields import F32, blurred, linear, mix, noise, smoothstep
from .hanging import HANGING_BOX, paint_curtain, paint_locks
from .shading import Light
from .stage import Painting, Stand, lit_field
from .traits import Clothes, Identity

_RAISED: Final = 0.2  # the shoulders against the drawing's measures
_NECK_FOOT: Final = -1.86
_NECK_BOX: Final = (-1.9, -3.5, 1.9, 0.3)


def paint_body(identity: Identity, light: Light, at: Stand) -> Painting:
    """Everything that the head is drawn over."""
    empty = np.zeros((*at.x.shape, 3), np.float32)
    painting = Painting(empty, np.zeros(at.x.shape, np.float32))
    if not at.x.size:
        return painting
    rng = np.random.Generator(np.random.PCG64(identity.clothes.seed))
    paint_curtain(*at.part(painting, HANGING_BOX), identity, light)
    _paint_torso(painting, at, identity, light, rng)
    _paint_neck(*at.part(painting, _NECK_BOX), identity, light)
    _paint_collar(*at.part(painting, _NECK_BOX), identity, light)
    paint_locks(*at.part(painting, HANGING_BOX), identity, light)
    return painting


def _shoulder_top(identity: Identity, x: F32) -> F32:
    wide, neck = identity.shoulder_width, identity.neck_width
    away = np.abs(x)
    places = [
        0.0,
        0.42 * neck,
        0.62 * neck,
        1.130 * wide,
        1.695 * wide,
        2.091 * wide,
        2.350 * wide,
        2.486 * wide,
        2.542 * wide,
    ]
    heights = [-1.74, -1.78, -1.98, -2.17, -2.33, -2.52, -2.9, -3.6, -9.0]
    return np.interp(away, places, heights).astype(np.float32)


def _paint_torso(
    painting: Painting, at: Stand, identity: Identity, light: Light, rng: np.random.Generator
) -> None:
    x, y = at.x - np.float32(at.foot), at.y - np.float32(_RAISED)
    below = _shoulder_top(identity, x) - y
    between = np.interp(y, [-21, -10.7, -10.4], [0.3, 0.06, -3.0]).astype(np.float32)
    side = np.minimum(_half_width(identity, y) - np.abs(x), np.abs(x) - between)
    hand = _hands(identity, x, y)
    side = np.maximum(side, hand)
    cover = at.cover(np.minimum(0.85 * below, side))
    near = np.clip(np.minimum(below, 1.4 * side) / 0.75, 0, 1)
    height = 0.55 * np.sqrt(near * (2 - near)) - 0.10 * x * x
    folds = noise(rng, (at.x.shape[0], at.x.shape[1]), 9, 2)
    cloth = _under_neckline(identity.clothes, x, y)
    legs = smoothstep(-8.25, -8.35, y)
    arm = np.abs(np.abs(x) - np.float32(1.86 * identity.shoulder_width) - 0.06 * (y + 3.4))
    height -= 0.13 * np.exp(-((arm / 0.07) ** 2)) * smoothstep(-2.75, -3.5, y)
    height = blurred(height + 0.016 * folds * cloth, 0.05 * at.scale)
    skin = linear(np.array(identity.skin) / 255)
    albedo = mix(
        np.broadcast_to(skin, (*at.x.shape, 3)), _fabric(identity.clothes, x, y, rng), cloth
    )
    albedo = mix(albedo, _trousers(identity), legs)
    albedo = mix(albedo, skin, at.cover(hand) * legs)
    sky = 0.55 + 0.45 * smoothstep(-1.7, -2.7, y)
    edge = blurred(cloth, 0.05 * at.scale)
    sky = (sky * (1 - 0.5 * (edge - cloth).clip(0, 1))).astype(np.float32)
    lit = lit_field(light, at, height, albedo, gloss=0.2, warm=0.6, lit=at.passed, sky=sky)
    painting.over(lit, cover)


def _half_width(identity: Identity, y: F32) -> F32:
    """Half the body's width with its arms, hips and legs, over heights."""
    places = [-60.0, -16.0, -11.0, -9.6, -8.45, -8.2]
    widths = [1.15, 1.3, 1.5, 1.72, 1.75, 2.5]
    return np.asarray(np.interp(y, places, widths) * identity.shoulder_width, np.float32)


def _hands(identity: Identity, x: F32, y: F32) -> F32:
    """The distance inside a hand below each sleeve, in units, negative outside."""
    across = (np.abs(x) - 2.12 * identity.shoulder_width) / 0.27
    return np.asarray(0.3 * (1 - np.hypot(across, (y + 8.5) / 0.55)), np.float32)


def _trousers(identity: Identity) -> F32:
    """A dark colour that goes with the clothes."""
    second = np.array(identity.clothes.second)
    return linear((0.25 * second + np.array([14, 16, 26])) / 255)


def _under_neckline(clothes: Clothes, x: F32, y: F32) -> F32:
    """1 where cloth covers the shoulders, 0 where skin shows."""
    away = np.abs(x)
    if clothes.kind == "crew":
        line = -2.28 + 0.62 * away * away
    elif clothes.kind == "vneck":
        line = -2.85 + 1.35 * away
    elif clothes.kind in {"shirt", "jacket"}:
        line = -2.5 + 1.2 * away
    else:
        line = np.full_like(x, -1.4)
    return smoothstep(0.02, -0.02, y - line)


def _fabric(clothes: Clothes, x: F32, y: F32, rng: np.random.Generator) -> F32:
    base, second = linear(np.array(clothes.colour) / 255), linear(np.array(clothes.second) / 255)
    result = (
        np.broadcast_to(base, (*x.shape, 3))
        * (1 + 0.02 * noise(rng, (x.shape[0], x.shape[1]), 120, 1))[..., None]
    )
    pitch = clothes.pitch
    if clothes.pattern == "stripes":
        result = mix(
            result, second, smoothstep(-0.15, 0.15, np.sin(y * (6.28 / pitch) + 0.6 * x * x))
        )
    elif clothes.pattern == "checks":
        lines = 0.45 * (np.sin(y * 6.28 / pitch) > 0.3) + 0.45 * (np.sin(x * 6.28 / pitch) > 0.3)
        result = mix(result, second, lines.astype(np.float32))
    elif clothes.pattern == "knit":
        result = (
            result
            * (1 + 0.10 * np.sin(x * 48) * np.sin(y * 30 + 2 * np.abs(np.sin(x * 24))))[..., None]
        )
    if clothes.kind == "jacket":
        away = np.abs(x)
        opening = smoothstep(0.03, -0.03, away - 0.30 * np.clip(y + 4.6, 0, 9))
        result = mix(result, second, opening * (y < -1.7))
        edge = np.abs(away - 0.30 * np.clip(y + 4.6, 0, 9)) < 0.035
        result = result * (1 - 0.45 * edge)[..., None]
    return np.asarray(result, np.float32)


def _paint_neck(painting: Painting, at: Stand, identity: Identity, light: Light) -> None:
    if not at.x.size:
        return
    wrapped = identity.hair.style == "scarf" or identity.clothes.kind == "turtle"
    top = (at.turn @ np.array([0, -0.78, -0.3], np.float32))[:2]
    share = np.clip((at.y - _NECK_FOOT) / (top[1] - _NECK_FOOT), -0.6, 1.3)
    centre = at.foot + (float(top[0]) - at.foot) * share
    flare = np.clip(0.15 - share, 0, 1)
    half = (0.54 + 0.06 * (share - 0.5) ** 2 + 0.55 * flare**1.4) * np.float32(identity.neck_width)
    x = (at.x - centre) / half
    height = half * np.sqrt(np.clip(1 - x * x, 0, 1))
    skin = np.broadcast_to(
        linear(np.array(identity.skin) / 255) * np.float32(0.94), (*at.x.shape, 3)
    )
    front = (
        np.exp(-((x / 0.16) ** 2)) * 0.02
        + np.exp(-(((np.abs(x) - 0.45 * share - 0.12) / 0.12) ** 2)) * 0.02
    )
    height = blurred((height + front * half).astype(np.float32), 0.02 * at.scale)
    clothes = identity.clothes
    open_neck = 1 - _under_neckline(clothes, at.x - np.float32(at.foot), at.y - np.float32(_RAISED))
    cover = at.cover((1 - np.abs(x)) * half) * smoothstep(
        float(top[1]) + 0.35, float(top[1]) + 0.2, at.y
    )
    cover = cover * (open_neck if clothes.kind != "turtle" else 1.0)
    foot = (-1.95, -1.75) if wrapped else (-2.7, -2.15)
    cover = cover * smoothstep(*foot, at.y)
    sky = (0.35 + 0.45 * smoothstep(-1.25, -2.1, at.y)).astype(np.float32)
    shadow = at.passed
    painting.over(
        lit_field(
            light, at, height, skin.astype(np.float32), gloss=0.35, warm=1, lit=shadow, sky=sky
        ),
        cover.astype(np.float32),
    )
    if wrapped:
        _paint_wrap(painting, identity, light, at, centre, half)


def _paint_wrap(
    painting: Painting, identity: Identity, light: Light, at: Stand, centre: F32, half: F32
) -> None:
    """A scarf's or a turtleneck's cloth around the neck."""
    scarf = identity.hair.style == "scarf"
    colour = identity.hair.colour if scarf else identity.clothes.colour
    grow = np.float32(1.32 if scarf else 1.10)
    x = (at.x - centre) / (half * grow)
    rim = -0.9 if scarf else -1.56
    spread = np.clip(-1.5 - at.y, 0, 1.2) * (1.1 if scarf else 0.35)
    x = x / (1 + spread)
    folds = 0.03 * np.sin(10 * at.y + 3 * x) if scarf else 0.006 * np.sin(60 * x)
    height = half * grow * np.sqrt(np.clip(1 - x * x, 0, 1)) + folds
    cover = at.cover((1 - np.abs(x)) * half * (1 + spread)) * at.cover(rim - 0.12 * x * x - at.y)
    foot = -2.9 if scarf else -2.05
    cover = cover * at.cover(at.y - foot - 0.35 * x * x)
    albedo = np.broadcast_to(linear(np.array(colour) / 255), (*at.x.shape, 3)).astype(np.float32)
    sky = (0.45 + 0.5 * smoothstep(-1.3, -2.2, at.y)).astype(np.float32)
    lit = lit_field(
        light,
        at,
        height.astype(np.float32),
        albedo,
        gloss=0.1,
        warm=0.5,
        lit=at.passed,
        sky=sky,
    )
    painting.over(lit, cover.astype(np.float32))


def _paint_collar(painting: Painting, at: Stand, identity: Identity, light: Light) -> None:
    clothes = identity.clothes
    if clothes.kind not in {"shirt", "jacket"} or identity.hair.style == "scarf":
        return
    if not at.x.size:
        return
    colour = clothes.second if clothes.kind == "jacket" else clothes.colour
    albedo = np.broadcast_to(
        linear(np.array(colour) / 255) * np.float32(1.05), (*at.x.shape, 3)
    ).astype(np.float32)
    neck = identity.neck_width
    for side in (-1, 1):
        flap = [
            (side * x * neck, y + _RAISED)
            for x, y in (
                (0.03, -2.52),
                (0.30, -2.16),
                (0.53, -1.78),
                (0.66, -1.86),
                (0.60, -2.3),
                (0.36, -2.72),
            )
        ]
        cover = at.area(flap)
        height = 0.12 * blurred(cover, 0.10 * at.scale)
        around = blurred(cover, 0.07 * at.scale) * (1 - cover)
        painting.light *= (1 - 0.5 * around)[..., None]
        lit = lit_field(
            light,
            at,
            height,
            albedo,
            gloss=0.1,
            warm=0.4,
            lit=at.passed,
            sky=np.full_like(height, 0.8),
        )
        painting.over(lit, cover)
