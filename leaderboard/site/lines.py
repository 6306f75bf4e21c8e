"""Robustness curves as the templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...benchmark.severity import Curve, curves, mean_curve
from ..curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, path, place
from ..ranking import Standing
from .content import Content

MOST_LINES: Final = 7  # in one picture: as many as there are styles, and as eyes can tell apart


def frame() -> dict[str, Any]:
    """Edges and ticks of the picture."""
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
        "y": [(f"{value:.1f}", place(0, value)[1]) for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)],
        "x": [(severity, place(severity, 0)[0]) for severity in range(6)],
    }


def drawn(line: Curve, index: int) -> dict[str, Any]:
    """A curve; its style is that of the number."""
    return {
        "kind": line.kind,
        "path": path(line),
        "dots": [place(*point) for point in line.points],
        "style": f"c{index % MOST_LINES}",
    }


def entry_curves(content: Content, row: Standing) -> Sequence[Curve]:
    """The entry's curves, from values as they may be seen."""
    return curves({track: content.shown(value) for track, value in row.values.items()})


def entry_lines(content: Content, row: Standing) -> list[dict[str, Any]]:
    """The entry's curves, one for each kind of perturbation."""
    return [drawn(line, index) for index, line in enumerate(entry_curves(content, row))]


def overview(content: Content) -> list[dict[str, Any]]:
    """The mean curves of the best ``MOST_LINES`` entries that have one."""
    found: list[dict[str, Any]] = []
    for row in content.rows:
        line = mean_curve(entry_curves(content, row))
        if line.points and len(found) < MOST_LINES:
            found.append({**drawn(line, len(found)), "row": row})
    return found
