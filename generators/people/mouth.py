"""Mouths: lips, the dark between them, teeth and tongue."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .fields import bump, linear, rgb, smoothstep, spline
from .marks import Marks, Vec
from .traits import Expression, Identity


def paint_mouth(canvas: Canvas, identity: Identity, expression: Expression, marks: Marks) -> None:
    """Paint the mouth in its window."""
    low, high = marks.lips.min(axis=0) - 0.15, marks.lips.max(axis=0) + 0.15
    part = canvas.window((float(low[0]), float(low[1])), (float(high[0]), float(high[1])))
    _paint_lips(part, identity, marks)
    _paint_inside(part, identity, expression, marks)
    canvas.put_back(part)


def _smooth(loop: Vec, half: int) -> Vec:
    """A dense closed curve through a loop of two arcs that meet in sharp corners."""
    upper = spline(loop[: half + 1], 60)
    lower = spline(np.concatenate([loop[half:], loop[:1]]), 60)
    return np.concatenate([upper, lower[1:-1]])


def _paint_lips(canvas: Canvas, identity: Identity, marks: Marks) -> None:
    colour = linear(np.array(identity.lip_colour) / 255)
    if identity.makeup > 0.5:
        bold = linear(np.array([165, 30 + identity.seed % 40, 50 + identity.seed % 30]) / 255)
        colour = colour + (bold - colour) * np.float32(min(0.85, identity.makeup - 0.15))
    area = canvas.area(_smooth(marks.lips, 12), 0.010)
    _, bottom, split_top, split_bottom = marks.lip_heights
    middle = np.float32((split_top + split_bottom) / 2)
    shade = np.where(canvas.y > middle, np.float32(0.80), np.float32(1.06))
    ridges = 0.05 * np.sin(canvas.x * 95 + 3 * np.sin(canvas.x * 21))
    lips = colour * (shade * (1 + ridges))[..., None]
    canvas.cover(lips, np.float32(0.9) * area)
    canvas.gloss += np.float32(1.3 + identity.makeup) * area
    below = bump(canvas.x, canvas.y, (0, bottom - 0.045), (0.2, 0.028))
    canvas.tint((0.78, 0.7, 0.68), np.float32(0.55) * below)
    for side in (-1, 1):
        corner = (side * marks.mouth_corner[0], marks.mouth_corner[1])
        canvas.tint(
            (0.5, 0.38, 0.36), np.float32(0.55) * bump(canvas.x, canvas.y, corner, (0.035, 0.028))
        )


def _paint_inside(canvas: Canvas, identity: Identity, expression: Expression, marks: Marks) -> None:
    loop = _smooth(marks.gap, 8)
    inside = canvas.area(loop, 0.005)
    line = (loop[:60] + np.concatenate([loop[59:], loop[:1]])[::-1][:60]) / 2
    canvas.cover(
        linear(np.array(identity.lip_colour) * 0.28 / 255), 0.85 * canvas.line(line, 0.016, 0.005)
    )
    canvas.gloss *= 1 - 0.9 * inside
    canvas.cover(rgb(46, 16, 16), inside)
    _, _, top, bottom = marks.lip_heights
    height = top - bottom
    if height < 0.035:
        return
    tongue = bump(canvas.x, canvas.y, (0, bottom - 0.01), (0.16, 0.4 * height))
    canvas.cover(rgb(150, 70, 68), inside * np.float32(0.75) * tongue)
    _paint_teeth(canvas, expression, marks, inside)


def _paint_teeth(canvas: Canvas, expression: Expression, marks: Marks, inside: np.ndarray) -> None:
    wide = 0.9 * marks.mouth_corner[0]
    _, _, top, bottom = marks.lip_heights
    edge = marks.mouth_corner[1]
    arch = 1 - np.minimum((canvas.x / np.float32(wide)) ** 2, 1)
    lip = np.float32(edge) + np.float32(top - edge) * arch
    size = 0.105 * expression.teeth + 0.02
    shown = min(size, 0.92 * (top - bottom)) if top - bottom < 0.13 else size
    low = lip - np.float32(shown) * (0.45 + 0.55 * arch)
    soft = 0.7 / canvas.pitch
    upper = smoothstep(-soft, soft, canvas.y - low) * inside
    pitch = 0.075
    seam = np.abs((canvas.x / np.float32(pitch)) % 1 - 0.5) < np.float32(0.06)
    centre = smoothstep(0.98 * wide, 0.4 * wide, np.abs(canvas.x))
    shade = (
        (0.5 + 0.5 * centre)
        * (1 - 0.22 * seam)
        * (0.62 + 0.38 * smoothstep(0.0, 0.035, lip - canvas.y))
    )
    teeth = rgb(236, 228, 212) * shade[..., None].astype(np.float32)
    canvas.cover(teeth, np.float32(0.96) * upper)
