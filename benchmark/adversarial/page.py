"""The report of attacks as one HTML page, in the look of the other reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ... import __version__
from ..report.numbers import number, percent
from ..report.page import environment
from .matrix import NUMBERS, Cell, Fall, Matrix

MEANING: Final[Mapping[str, str]] = {
    "box AP": "faces found, framed closely and labelled rightly, all at once",
    "mask AP": "as for boxes, but the outline of the face must fit",
    "faces found AP50": "faces found, whatever their label",
    "label AUC": "fake told from real among the faces found; 0.5 is guessing",
}


@dataclass(frozen=True, slots=True)
class Square:
    """A cell as it is shown: value, interval, loss, and how hot it is in [0, 1]."""

    text: str
    interval: str
    lost: str
    heat: float
    white_box: bool


def square(cell: Cell, name: str) -> Square:
    """One number of a cell."""
    fall = cell.numbers[name]
    return Square(number(fall.value), _interval(fall), _lost(fall), _heat(fall), cell.white_box)


def _interval(fall: Fall) -> str:
    known = fall.value is not None and fall.low is not None and fall.high is not None
    return f"[{fall.low:.3f}, {fall.high:.3f}]" if known else ""


def _lost(fall: Fall) -> str:
    if fall.share is None:
        return ""
    sign = "−" if fall.share >= 0 else "+"
    return f"{sign}{percent(abs(fall.share))}"


def _heat(fall: Fall) -> float:
    return round(min(max(fall.share or 0.0, 0.0), 1.0), 3)


def render(matrix: Matrix, title: str = "Attacks") -> str:
    """The page; the same matrix gives the same bytes."""
    return environment().get_template("attack.html").render(**_context(matrix, title))


def _context(matrix: Matrix, title: str) -> Mapping[str, Any]:
    return {
        "title": title,
        "version": __version__,
        "about": matrix.about,
        "attacks": matrix.attacks,
        "scored": matrix.scored,
        "worst": _worst(matrix),
        "sections": [
            (name, MEANING[name], _clean(matrix, name), _tables(matrix, name)) for name in NUMBERS
        ],
    }


def _tables(matrix: Matrix, name: str) -> list[tuple[str, list[tuple[str, list[Square]]]]]:
    """Track → rows of attacked models → squares of scored ones."""
    return [
        (
            track,
            [
                (row, [square(matrix.cell(track, row, column), name) for column in matrix.scored])
                for row in matrix.attacked
            ],
        )
        for track in matrix.attacks
    ]


def _clean(matrix: Matrix, name: str) -> list[str]:
    first = next(iter(matrix.attacks))
    cells = [matrix.cell(first, matrix.attacked[0], column) for column in matrix.scored]
    return [number(cell.numbers[name].clean) for cell in cells]


def _worst(matrix: Matrix) -> list[tuple[str, str, str, str, str]]:
    """Each attacked model's own worst track by box AP: model, track, clean, left, lost."""
    rows = []
    for name in matrix.attacked:
        cells = [matrix.cell(track, name, name) for track in matrix.attacks]
        known = [cell for cell in cells if cell.numbers["box AP"].value is not None]
        if known:
            least = min(known, key=lambda cell: cell.numbers["box AP"].value or 0.0)
            fall = least.numbers["box AP"]
            rows.append((name, least.track, number(fall.clean), number(fall.value), _lost(fall)))
    return rows
