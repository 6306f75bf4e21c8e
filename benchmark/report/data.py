"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..results import Result
from ..scoring.comparison import Comparison
from ..scoring.detection import ALL, ANY, Values
from ..scoring.errors import KINDS, MISSED, SUMS, error_values, explain
from ..scoring.pairs import Shape
from .curves import PrecisionRecall, precision_recall
from .numbers import CLEAN, Numbers, tracks
from .worst import DrawnImage, Loader, best_threshold, draw_worst

TASKS: Final[tuple[Shape, ...]] = ("box", "mask")
ERRORS: Final = (*KINDS, MISSED, *SUMS)


@dataclass(frozen=True, slots=True)
class ReportData:
    """A result, and what only truth and predictions together can show.

    Args:
        result: of one or several tracks.
        track: the one that the page is about; others appear as curves.
        title: names what was scored.
        curves: task → class → precision against recall.
        errors: task → ``dAP_*`` and ``errors_*``.
        worst: the images with most mistakes.
        threshold: the score from which the worst images' answers are drawn.
    """

    result: Result
    track: str = CLEAN
    title: str = "Predictions"
    curves: Mapping[str, Mapping[str, PrecisionRecall]] = field(default_factory=dict)
    errors: Mapping[str, Values] = field(default_factory=dict)
    worst: Sequence[DrawnImage] = ()
    threshold: float | None = None


def report_data(
    result: Result,
    comparison: Comparison | None = None,
    *,
    images: Loader | None = None,
    track: str | None = None,
    title: str | None = None,
) -> ReportData:
    """Gather what a report shows.

    Args:
        result: of one or several tracks.
        comparison: of the track's truth and predictions; without one there are no curves
            and no worst images, and errors only where the result has them.
        images: opens the picture of an image id, to draw the worst ones.
        track: the track of ``comparison``; ``clean``, or else the result's first.
        title: names what was scored; the result's detector where none is given.

    Raises:
        DataError: a picture is missing, or not of the size that was scored.
    """
    shown = track or next(iter(tracks(result)), CLEAN)
    named = title or str(result.about.get("detector") or "Predictions")
    errors = errors_of(result, shown)
    if comparison is None:
        return ReportData(result, shown, named, errors=errors)
    return ReportData(
        result,
        shown,
        named,
        curves={task: _curves(comparison, task) for task in TASKS},
        errors=errors or count_errors(comparison),
        worst=draw_worst(comparison, images) if images else (),
        threshold=best_threshold(comparison),
    )


def errors_of(result: Result, track: str) -> dict[str, Values]:
    """Task → the errors that a result holds itself; empty for those of older versions."""
    found = {task: _errors_of(Numbers(result, track), task) for task in TASKS}
    return {task: values for task, values in found.items() if values}


def _errors_of(numbers: Numbers, task: str) -> Values:
    names = [f"{prefix}_{kind}" for kind in ERRORS for prefix in ("dAP", "errors")]
    rows = {name: numbers.get(task, name, ALL) for name in names}
    return {name: (row.value, row.n) for name, row in rows.items() if row is not None}


def count_errors(comparison: Comparison) -> dict[str, Values]:
    """Task → the number and the cost of each kind of error."""
    protocol = comparison.protocol
    result: dict[str, Values] = {}
    for task in TASKS:
        pairs = comparison.pairs(task, protocol.near)
        result[task] = error_values(pairs, explain(pairs, protocol), protocol)
    return result


def _curves(comparison: Comparison, task: Shape) -> dict[str, PrecisionRecall]:
    matches = comparison.matches[task]
    classes = {**matches.by_class, ANY: matches.agnostic}
    found = {name: precision_recall(one, comparison.protocol) for name, one in classes.items()}
    return {name: curve for name, curve in found.items() if curve is not None}
