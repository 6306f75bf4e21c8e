"""Scores as text: every number as CSV, the headline as Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

from ..results import Result
from .numbers import Shown, lower_is_better, numbers_by_track, with_interval

# Column → task, metric and class of its number. A column that no track has is left out.
HEADLINE: Final[dict[str, Shown]] = {
    "box AP": ("box", "AP", "all"),
    "box AP50": ("box", "AP50", "all"),
    "mask AP": ("mask", "AP", "all"),
    "boundary AP": ("boundary", "AP", "all"),
    "mask oLRP": ("mask", "oLRP", "all"),
    "label AUC": ("box", "label_AUC", "any"),
    "image AUC": ("image", "image_AUC", "any"),
}
FIELDS: Final = ("track", "task", "metric", "class", "stratum", "value", "n", "low", "high")
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    # These print as other signs in LaTeX's first font encoding.
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def scores_csv(result: Result) -> str:
    """Every record on a line of its own; an undefined value is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump(mode="json", by_alias=True) for row in result.scores)
    return text.getvalue()


def markdown(result: Result) -> str:
    """The headline table, a row for each track; ``value [low, high]`` where known."""
    columns = headline_columns(result)
    head = ["track", *(name + _arrow(name, " ↓") for name in columns)]
    rule = [":--", *["--:"] * len(columns)]
    rows = [[escape_markdown(track), *cells] for track, cells in _rows(result, columns)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, rule, *rows])


def latex(result: Result) -> str:
    """The headline table for a paper that uses booktabs, a row for each track."""
    columns = headline_columns(result)
    names = [escape_latex(name) + _arrow(name, r" $\downarrow$") for name in columns]
    lines = [
        "% needs \\usepackage{booktabs}",
        rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"\toprule",
        _line(["track", *names]),
        r"\midrule",
        *(
            _line([escape_latex(track), *map(escape_latex, cells)])
            for track, cells in _rows(result, columns)
        ),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def headline_columns(result: Result) -> dict[str, Shown]:
    """The headline's columns that this result has on some track."""
    known = {(row.task, row.metric, row.class_) for row in result.scores if row.stratum == "all"}
    return {name: key for name, key in HEADLINE.items() if key in known}


def _rows(result: Result, columns: dict[str, Shown]) -> list[tuple[str, list[str]]]:
    """Each track and its cells."""
    return [
        (track, [with_interval(numbers.get(*key)) for key in columns.values()])
        for track, numbers in numbers_by_track(result).items()
    ]


def _arrow(name: str, arrow: str) -> str:
    return arrow if lower_is_better(HEADLINE[name][1]) else ""


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def escape_latex(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(_LATEX.get(character, character) for character in _one_line(text))


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, inside a table."""
    plain = _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|~$#!])", r"\\\1", plain)


def _one_line(text: str) -> str:
    return " ".join(text.split())
