"""Skin: tone, blush, mottling, freckles, lines of age, nostrils, brows and beards."""

from __future__ import annotations

from typing import Final

import numpy as np

from .canvas import Canvas
from .eyes import paint_eyes
from .fields import F32, blurred, bump, linear, noise, smoothstep, spline
from .marks import Marks
from .mouth import paint_mouth
from .topology import brow_thickness
from .traits import Expression, Identity

_DARK: Final = (0.55, 0.42, 0.38)  # how creases tint skin


def paint_face(identity: Identity, expression: Expression, marks: Marks, pitch: float) -> Canvas:
    """Everything that a face's surface shows, ``pitch`` pixels to the unit."""
    rng = np.random.Generator(np.random.PCG64(identity.seed))
    canvas = Canvas(pitch, linear(np.array(identity.skin) / 255))
    _paint_tone(canvas, identity, marks, rng)
    _paint_spots(canvas, identity, rng)
    _paint_lines(canvas, identity, expression, marks)
    _paint_nostrils(canvas, marks)
    _paint_beard(canvas, identity, marks, rng)
    paint_mouth(canvas, identity, expression, marks)
    paint_eyes(canvas, identity, marks)
    _paint_brows(canvas, identity, marks, rng)
    return canvas


def _paint_tone(canvas: Canvas, identity: Identity, marks: Marks, rng: np.random.Generator) -> None:
    away, y = np.abs(canvas.x), canvas.y
    flush = bump(away, y, (0.56, -0.38), (0.26, 0.22))
    flush += 0.8 * bump(away, y, (0.0, marks.nose_tip), (0.16, 0.14))
    flush += 0.35 * bump(away, y, (0.0, marks.chin[1] + 0.2), (0.2, 0.15))
    strength = identity.blush * (0.9 - 0.45 * identity.tone)
    canvas.tint((1.05, 0.80, 0.80), flush * np.float32(strength))
    tired = bump(away, y, (marks.eye_centre[0] - 0.04, -0.13), (0.17, 0.075))
    tired += 0.8 * bump(away, y, (0.2, 0.0), (0.07, 0.1))
    canvas.tint((0.84, 0.76, 0.80), tired * np.float32(0.15 + 0.4 * identity.age))
    lid = bump(away, y, (marks.eye_centre[0], 0.11), (0.2, 0.07))
    canvas.tint((0.93, 0.86, 0.86), lid * np.float32(0.8))
    if identity.makeup > 0.2:
        shade = 0.3 + 0.5 * (identity.seed % 97) / 97
        canvas.tint(
            (shade, 0.75 * shade, 0.9 * shade), lid * np.float32(min(0.6, 0.6 * identity.makeup))
        )
    mottle = noise(rng, canvas.shape, 12, 3)
    fine = noise(rng, canvas.shape, 90, 2)
    canvas.colour *= (1 + 0.028 * mottle + (0.012 + 0.02 * identity.age) * fine)[..., None]
    canvas.colour[..., 1:] *= (1 - 0.025 * noise(rng, canvas.shape, 7, 2))[..., None]
    canvas.gloss += 0.25 * bump(away, y, (0.0, 0.5), (0.5, 0.35))
    canvas.gloss += 0.5 * bump(away, y, (0.0, -0.25), (0.16, 0.3))


def _paint_spots(canvas: Canvas, identity: Identity, rng: np.random.Generator) -> None:
    count = round(90 * min(identity.freckles, 1.6))
    if count:
        places = rng.normal((0, -0.22), (0.42, 0.2), (count, 2))
        _dots(canvas, places, rng.uniform(0.006, 0.016, count), (0.72, 0.58, 0.5), 0.55)
    old = round(26 * max(0.0, identity.age - 0.5))
    if old:
        places = rng.normal((0, 0.1), (0.6, 0.5), (old, 2))
        _dots(canvas, places, rng.uniform(0.012, 0.035, old), (0.75, 0.64, 0.55), 0.45)
    moles = int(rng.integers(0, 4))
    places = rng.uniform((-0.75, -1.2), (0.75, 0.7), (moles, 2))
    _dots(canvas, places, rng.uniform(0.01, 0.02, moles), (0.4, 0.3, 0.25), 0.8)


def _dots(
    canvas: Canvas,
    places: np.ndarray,
    radii: np.ndarray,
    factors: tuple[float, float, float],
    share: float,
) -> None:
    weight = np.zeros(canvas.shape, np.float32)
    for place, radius in zip(places, radii, strict=True):
        weight = np.maximum(weight, canvas.line([place, place + 1e-4], 2 * radius))
    canvas.tint(factors, np.float32(share) * blurred(weight, 0.006 * canvas.pitch))


def _paint_lines(canvas: Canvas, identity: Identity, expression: Expression, marks: Marks) -> None:
    age, smile = identity.age, max(0.0, expression.smile)
    weight = np.zeros(canvas.shape, np.float32)
    for side in (-1, 1):
        for line, strength in _side_lines(marks, age, smile):
            weight += strength * canvas.line(np.array(line) * (side, 1), 0.022, 0.016)
    for line, strength in _middle_lines(age, expression):
        weight += strength * canvas.line(line, 0.02, 0.014)
    canvas.tint(_DARK, np.minimum(1.6 * weight, 1))


def _side_lines(marks: Marks, age: float, smile: float) -> list[tuple[np.ndarray, float]]:
    corner, foot, wing = marks.mouth_corner, marks.nose_foot, marks.nose_wing
    fold = spline(
        [
            (wing + 0.035, foot + 0.09),
            (wing + 0.12, foot + 0.0),
            (corner[0] + 0.085, corner[1] + 0.16),
            (corner[0] + 0.11, corner[1] - 0.02),
        ],
        24,
    )
    lines = [(fold, 0.10 + 0.28 * age + 0.3 * smile)]
    ex, ey = marks.eyes[1][9]
    for tilt in (-0.06, 0.0, 0.06):
        lines.append(
            (
                np.array([(ex + 0.045, ey + 0.4 * tilt), (ex + 0.15, ey + 1.4 * tilt)]),
                0.3 * max(0.0, age - 0.3) + 0.2 * smile * age,
            )
        )
    bag = spline([(0.23, -0.1), (0.36, -0.155), (0.52, -0.13)], 16)
    lines.append((bag, 0.03 + 0.17 * age + 0.06 * smile))
    down = np.array([(corner[0] + 0.03, corner[1] - 0.04), (corner[0] + 0.06, corner[1] - 0.2)])
    lines.append((down, 0.3 * max(0.0, age - 0.25)))
    return lines


def _middle_lines(age: float, expression: Expression) -> list[tuple[np.ndarray, float]]:
    raised = max(0.0, expression.brows)
    lines = []
    for index, y in enumerate((0.5, 0.61, 0.72)):
        strength = 0.36 * max(0.0, age - 0.25) + 0.3 * raised * (0.3 + age)
        half = 0.42 - 0.04 * index
        line = spline(
            [(-half, y - 0.02), (-0.15, y + 0.02), (0.15, y + 0.015), (half, y - 0.02)], 24
        )
        lines.append((line, strength))
    for side in (-1, 1):
        glabella = np.array([(0.055 * side, 0.16), (0.05 * side, 0.31)])
        lines.append((glabella, 0.4 * expression.frown + 0.22 * max(0.0, age - 0.4)))
    return lines


def _paint_nostrils(canvas: Canvas, marks: Marks) -> None:
    wing, foot = marks.nose_wing, marks.nose_foot
    for side in (-1, 1):
        hole = spline(
            [
                (0.30 * wing, foot + 0.0),
                (0.52 * wing, foot + 0.028),
                (0.74 * wing, foot + 0.022),
                (0.66 * wing, foot - 0.004),
                (0.45 * wing, foot - 0.012),
            ],
            24,
            closed=True,
        )
        canvas.tint((0.16, 0.09, 0.08), canvas.area(hole * (side, 1), 0.010))
        edge = spline(
            [(0.86 * wing, foot + 0.12), (wing + 0.015, foot + 0.06), (0.9 * wing, foot - 0.005)],
            16,
        )
        canvas.tint(_DARK, 0.55 * canvas.line(edge * (side, 1), 0.02, 0.014))
    base = spline([(-0.6 * wing, foot - 0.02), (0, foot - 0.045), (0.6 * wing, foot - 0.02)], 16)
    canvas.tint(_DARK, 0.25 * canvas.line(base, 0.03, 0.02))


def _paint_beard(
    canvas: Canvas, identity: Identity, marks: Marks, rng: np.random.Generator
) -> None:
    if max(identity.beard, identity.moustache) < 0.03:
        return
    strands = noise(rng, canvas.shape, 130, 1) * 0.6 + noise(rng, canvas.shape, 34, 2) * 0.5
    weight = beard_weight(canvas.x, canvas.y, identity, marks)
    dense = smoothstep(0.12, 0.62, weight + 0.16 * strands * smoothstep(0.0, 0.3, weight))
    stubble = np.minimum(weight * 0.8, 0.38) * (1 + 0.35 * strands)
    full = np.float32(np.clip((max(identity.beard, identity.moustache) - 0.45) / 0.2, 0, 1))
    cover = np.clip(full * dense * 0.95 + (1 - full) * stubble, 0, 0.96)
    colour = linear(np.array(identity.beard_colour) / 255)
    shaded = colour * (1 + 0.42 * np.clip(strands, -1.6, 2))[..., None]
    canvas.cover(shaded, cover)
    canvas.gloss *= 1 - 0.8 * cover


def beard_weight(x: F32, y: F32, identity: Identity, marks: Marks) -> F32:
    """Where the beard grows and how densely, 0 to 1, over face coordinates."""
    away = np.abs(x)
    corner = marks.mouth_corner
    edge = np.interp(
        away,
        [0.0, 0.3, 0.5, 0.68, 0.8, 0.88, 1.0],
        [corner[1] - 0.06, corner[1] + 0.02, -0.72, -0.52, -0.25, 0.1, 0.25],
    ).astype(np.float32)
    cheek = smoothstep(0.03, -0.09, y - edge)
    cheek *= 1 - 0.9 * bump(away, y, (0.0, marks.lip_heights[1] - 0.03), (0.11, 0.035))
    edge_of_lip = np.interp(away, marks.lips[6:13, 0], marks.lips[6:13, 1]).astype(np.float32)
    lip = smoothstep(-0.01, 0.03, y - edge_of_lip)
    droop = 0.75 * away * away  # it lies lower towards its ends
    above = smoothstep(marks.nose_foot - 0.045, marks.nose_foot - 0.1, y + droop)
    side = smoothstep(corner[0] + 0.12, corner[0] + 0.03, away)
    fall = smoothstep(-0.05, 0.02, y - np.float32(corner[1]))
    upper = lip * above * side * fall
    down = smoothstep(0.09, 0.03, np.abs(away - corner[0] - 0.035)) * smoothstep(
        0.1, 0.0, np.abs(y - corner[1] + 0.1) - 0.14
    )
    moustache = np.maximum(upper, 0.9 * down * np.float32(identity.beard > 0.3))
    weight = np.maximum(identity.beard * cheek, identity.moustache * moustache)
    return np.asarray(weight, dtype=np.float32)


def _paint_brows(
    canvas: Canvas, identity: Identity, marks: Marks, rng: np.random.Generator
) -> None:
    colour = linear(np.array(identity.brow_colour) / 255) * np.float32(0.8)
    for line in marks.brows:
        dense = spline(line, 30)
        thick = (
            np.interp(np.linspace(0, 4, 30), np.arange(5), brow_thickness(line)) * marks.brow_width
        )
        body = np.concatenate(
            [
                dense + np.column_stack([0 * thick, thick]),
                (dense - np.column_stack([0 * thick, thick]))[::-1],
            ]
        )
        weight = 0.62 * canvas.area(body, 0.012)
        weight += _hairs(canvas, dense, thick, np.sign(line[:, 0].mean()), rng)
        strength = np.float32(min(1.0, 0.55 + 0.3 * identity.brow_weight))
        canvas.cover(colour, np.clip(weight, 0, 1) * strength)


def _hairs(
    canvas: Canvas, line: np.ndarray, thick: np.ndarray, side: float, rng: np.random.Generator
) -> F32:
    """Single brow hairs, rising at the nose and lying down towards the temple."""
    weight = np.zeros(canvas.shape, np.float32)
    if canvas.pitch < 60:
        return weight
    order = range(len(line)) if side > 0 else range(len(line) - 1, -1, -1)
    for step, at in enumerate(order):
        share = step / len(line)
        for _ in range(2):
            root = line[at] + np.array([0, rng.uniform(-0.9, 0.5) * thick[at]])
            tip = root + np.array([side * 0.06 * (0.4 + share), 0.055 * (1 - 1.3 * share)])
            weight = np.maximum(weight, canvas.line([root, tip], 0.01))
    return np.float32(0.55) * weight
