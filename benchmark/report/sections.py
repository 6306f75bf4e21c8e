"""The page's tables as rows of texts and bar lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..results import Result, Score
from ..robustness import Robustness, mean_robustness, robustness
from ..scoring.detection import Values
from . import wording
from .numbers import (
    DASH,
    Numbers,
    Shown,
    interval,
    lower_is_better,
    number,
    numbers_by_track,
    percent,
)
from .tables import headline_columns


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as it is shown: its text, its interval, and its bar's length in [0, 1]."""

    text: str
    interval: str = ""
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A headline number with its name and its meaning."""

    name: str
    text: str
    interval: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its head, a line under it, its cells and what they rest on."""

    name: str
    cells: Sequence[Cell]
    n: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A table of one dimension.

    Args:
        columns: the heads of its cells, as many as each row has.
    """

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Row]


def cards(numbers: Numbers) -> list[Card]:
    """The headline numbers that the result has."""
    scores = [(told, numbers.get(*told.key)) for told in wording.HEADLINE]
    return [_card(told, score) for told, score in scores if score is not None]


def _card(told: wording.Told, score: Score) -> Card:
    if not told.as_percent:
        return Card(told.name, number(score.value), interval(score), told.meaning)
    ends = f"[{percent(score.low)}, {percent(score.high)}]" if interval(score) else ""
    return Card(told.name, percent(score.value), ends, told.meaning)


def cell(score: Score | None) -> Cell:
    """A score with its bar."""
    value = None if score is None else score.value
    return Cell(number(value), interval(score), value)


def detection_groups(numbers: Numbers) -> list[Group]:
    """The detection metrics of each task, a row for each class."""
    groups = []
    for task, title in wording.TASKS.items():
        rows = [_class_row(numbers, task, class_, name) for class_, name in wording.ROWS.items()]
        known = [row for row in rows if any(one.text != DASH for one in row.cells)]
        if known:
            groups.append(Group(title, "", list(wording.COLUMNS.values()), known))
    return groups


def _class_row(numbers: Numbers, task: str, class_: str, name: str) -> Row:
    scores = [numbers.get(task, metric, class_) for metric in wording.COLUMNS]
    return Row(name, [cell(score) for score in scores], scores[0].n if scores[0] else 0)


def strata_groups(numbers: Numbers, task: str = "box") -> list[Group]:
    """Faces found and told apart by size, company, method: a table for each dimension."""
    found: dict[str, list[Row]] = {}
    for stratum in numbers.strata():
        dimension, _, value = stratum.partition("=")
        row = _stratum_row(numbers, task, stratum, value)
        if row.n:
            found.setdefault(dimension, []).append(row)
    columns = list(wording.GROUPED.values())
    return [Group(*_titles(dimension), columns, rows) for dimension, rows in found.items()]


def _titles(dimension: str) -> tuple[str, str]:
    return wording.DIMENSIONS.get(dimension, (f"By {dimension}", ""))


def _stratum_row(numbers: Numbers, task: str, stratum: str, name: str) -> Row:
    scores = [numbers.get(task, metric, "any", stratum) for metric in wording.GROUPED]
    return Row(name, [cell(score) for score in scores], scores[0].n if scores[0] else 0)


def track_rows(result: Result) -> tuple[list[str], list[Row]]:
    """Headline columns, and a row for each track."""
    columns = headline_columns(result)
    rows = [
        Row(track, [cell(numbers.get(*key)) for key in columns.values()])
        for track, numbers in numbers_by_track(result).items()
    ]
    return [name + (" ↓" if lower_is_better(key[1]) else "") for name, key in columns.items()], rows


def track_values(result: Result, shown: dict[str, Shown]) -> dict[str, dict[str, float | None]]:
    """Name of a number → track → value."""
    found = numbers_by_track(result)
    return {
        name: {track: numbers.value(*key) for track, numbers in found.items()}
        for name, key in shown.items()
    }


def robustness_groups(result: Result, shown: dict[str, Shown]) -> list[Group]:
    """A table for each number: kinds of perturbation, what hurts most first, then their mean."""
    found = [
        _robustness_group(name, key, values)
        for (name, key), values in zip(
            shown.items(), track_values(result, shown).values(), strict=True
        )
    ]
    return [group for group in found if group.rows]


def _robustness_group(name: str, key: Shown, values: dict[str, float | None]) -> Group:
    better = not lower_is_better(key[1])
    kinds = robustness(values, higher_is_better=better)
    kinds.sort(key=lambda kind: kind.mean if better else -kind.mean)
    summed = [mean_robustness(kinds, higher_is_better=better)] if len(kinds) > 1 else []
    return Group(name, "", wording.SEVERITIES, [_kind_row(kind) for kind in (*summed, *kinds)])


def _kind_row(kind: Robustness) -> Row:
    severities = [Cell(number(kind.values.get(severity))) for severity in range(6)]
    means = [Cell(number(value)) for value in (kind.mean, kind.relative, kind.worst, kind.area)]
    return Row(kind.kind, [*severities, *means])


def error_groups(errors: dict[str, Values]) -> list[Group]:
    """Each task's kinds of errors: how many there are, and what they cost."""
    return [
        Group(wording.TASKS[task], "", wording.ERRORS, _error_rows(values))
        for task, values in errors.items()
    ]


def _error_rows(values: Values) -> list[Row]:
    counts = {kind: values.get(f"errors_{kind}", (None, 0))[0] for kind in wording.KINDS}
    costs = {kind: values.get(f"dAP_{kind}", (None, 0))[0] for kind in wording.KINDS}
    return [
        Row(name, [_relative(counts, kind, 0), _relative(costs, kind, 3)], note=meaning)
        for kind, (name, meaning) in wording.KINDS.items()
    ]


def _relative(values: dict[str, float | None], kind: str, digits: int) -> Cell:
    """A bar as long as its share of the highest value."""
    value = values[kind]
    highest = max((known for known in values.values() if known is not None), default=0.0)
    if value is None:
        return Cell(DASH)
    return Cell(f"{value:.{digits}f}", bar=value / highest if highest else 0.0)


def about(result: Result) -> list[tuple[str, str]]:
    """What was scored, as names and texts."""
    rows = [("Protocol", str(result.protocol.get("version", DASH)))]
    rows += [
        (name.replace("_", " ").capitalize(), str(value))
        for name, value in result.about.items()
        if isinstance(value, str | int | float)
    ]
    return rows


def facts(numbers: Numbers) -> dict[str, Any]:
    """What the sentences about finding and telling apart are made of."""
    keys = {"all": "any", "real": "real", "fake": "fake"}
    found = {name: numbers.get("box", "recall", class_) for name, class_ in keys.items()}
    right = {name: numbers.get("box", "label_accuracy", class_) for name, class_ in keys.items()}
    return {
        "found": found,
        "right": right,
        "always": _always_one_label([right["real"], right["fake"]]),
        "fit": numbers.value("mask", "mask_IoU", "any"),
    }


def _always_one_label(classes: Sequence[Score | None]) -> float | None:
    """How many labels would be right if all faces found were given the more frequent one."""
    counts = [score.n for score in classes if score is not None]
    return max(counts) / sum(counts) if sum(counts) else None
