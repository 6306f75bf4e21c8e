"""Where things stand in the page's charts: plain geometry, drawn by the templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..severity import Curve, curves, mean_curve
from .curves import PrecisionRecall
from .numbers import number

WIDTH: Final = 340
LEFT, RIGHT, TOP, BOTTOM = 38, 12, 12, 34
TICKS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MAX_SEVERITY: Final = 5

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line: its SVG path, its points to be marked, and the style that colours it."""

    name: str
    style: str
    path: str
    dots: Points = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of values in [0, 1]; ``y`` and ``x`` hold a text and a position each."""

    title: str
    label: str
    height: int
    x_title: str
    y_title: str
    x: Sequence[tuple[str, float]]
    y: Sequence[tuple[str, float]]
    lines: Sequence[Line]

    @property
    def frame(self) -> dict[str, float]:
        """The edges of the plot within the picture."""
        return {
            "width": WIDTH,
            "height": self.height,
            "left": LEFT,
            "right": WIDTH - RIGHT,
            "top": TOP,
            "bottom": self.height - BOTTOM,
        }


def place(x: float, y: float, height: int) -> tuple[float, float]:
    """Where a point of the unit square lies in the picture; what is outside is cut."""
    across = LEFT + _cut(x) * (WIDTH - LEFT - RIGHT)
    down = TOP + (1 - _cut(y)) * (height - TOP - BOTTOM)
    return round(across, 1), round(down, 1)


def _cut(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def path(points: Iterable[tuple[float, float]]) -> str:
    """The SVG path through points of the picture."""
    return " ".join(f"{'L' if index else 'M'}{x} {y}" for index, (x, y) in enumerate(points))


def precision_recall_chart(
    title: str, found: dict[str, PrecisionRecall], names: dict[str, str]
) -> Chart:
    """Precision against recall, a line for each class that has true faces."""
    height = 300
    lines = [
        Line(
            text, name, path(place(*p, height) for p in found[name].points), note=_end(found[name])
        )
        for name, text in names.items()
        if name in found
    ]
    said = "; ".join(f"{line.name}: {line.note}" for line in lines)
    label = f"{title}: precision against recall. {said}"
    return Chart(
        title, label, height, "recall", "precision", _ticks_x(height), _ticks_y(height), lines
    )


def _end(curve: PrecisionRecall) -> str:
    if not curve.points:
        return "no face found"
    recall, precision = curve.points[-1]
    return f"recall reaches {number(recall)}, at precision {number(precision)}"


def _ticks_x(height: int) -> list[tuple[str, float]]:
    return [(f"{value:.1f}", place(value, 0, height)[0]) for value in TICKS]


def _ticks_y(height: int) -> list[tuple[str, float]]:
    return [(f"{value:.1f}", place(0, value, height)[1]) for value in TICKS]


def severity_charts(
    values: dict[str, dict[str, float | None]], styles: dict[str, str]
) -> list[Chart]:
    """A chart for each kind of perturbation, and their mean first where there are several.

    Args:
        values: name of a number → track → value.
        styles: name of a number → its colour.
    """
    found = {name: curves(column) for name, column in values.items()}
    kinds = sorted({line.kind for lines in found.values() for line in lines})
    charts = [
        _severity_chart(kind, {n: _of_kind(lines, kind) for n, lines in found.items()}, styles)
        for kind in kinds
    ]
    if len(kinds) < 2:
        return charts
    means = {name: mean_curve(lines) for name, lines in found.items()}
    return [_severity_chart("mean of all kinds", means, styles), *charts]


def _of_kind(lines: Sequence[Curve], kind: str) -> Curve:
    return next((line for line in lines if line.kind == kind), Curve(kind, ()))


def _severity_chart(kind: str, found: dict[str, Curve], styles: dict[str, str]) -> Chart:
    height = 200
    lines = [_severity_line(name, curve, styles[name], height) for name, curve in found.items()]
    drawn = [line for line in lines if line.path]
    label = f"{kind}: " + "; ".join(f"{line.name} {line.note}" for line in drawn)
    steps = range(MAX_SEVERITY + 1)
    x = [("clean" if s == 0 else str(s), place(s / MAX_SEVERITY, 0, height)[0]) for s in steps]
    return Chart(kind, label, height, "severity", "", x, _ticks_y(height), drawn)


def _severity_line(name: str, curve: Curve, style: str, height: int) -> Line:
    dots = [place(severity / MAX_SEVERITY, value, height) for severity, value in curve.points]
    said = ", ".join(f"{number(value)} at {severity}" for severity, value in curve.points)
    return Line(name, style, path(dots), dots, said)
