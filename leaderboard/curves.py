"""Robustness curves as SVG."""

from __future__ import annotations

from typing import Final

from ..benchmark.severity import Curve, curves, mean_curve, split_track

__all__ = [
    "BOTTOM",
    "HEIGHT",
    "LEFT",
    "RIGHT",
    "TOP",
    "WIDTH",
    "Curve",
    "curves",
    "mean_curve",
    "path",
    "place",
    "split_track",
]

WIDTH: Final = 320
HEIGHT: Final = 180
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 12, 26


def place(severity: float, value: float) -> tuple[float, float]:
    """Where a point lies in the picture; values outside [0, 1] are cut."""
    x = LEFT + severity / 5 * (WIDTH - LEFT - RIGHT)
    y = TOP + (1 - min(max(value, 0.0), 1.0)) * (HEIGHT - TOP - BOTTOM)
    return round(x, 1), round(y, 1)


def path(line: Curve) -> str:
    """The SVG path of a curve."""
    steps = [place(*point) for point in line.points]
    return " ".join(f"{'L' if index else 'M'}{x} {y}" for index, (x, y) in enumerate(steps))
