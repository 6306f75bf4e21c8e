"""Several evaluations as one table: a row for each detector and track, and what made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..results import Result
from ..severity import split_track
from .numbers import Numbers, Shown, numbers_by_track, tracks, with_interval
from .tables import escape_markdown

COLUMNS: Final[Mapping[str, Shown]] = {
    "faces found: box AP50": ("box", "AP50", "any"),
    "real or fake: label AUC": ("box", "label_AUC", "any"),
    "among faces of like size": ("box", "label_AUC_adjusted", "any"),
    "box AP": ("box", "AP", "all"),
    "mask AP": ("mask", "AP", "all"),
    "mask oLRP ↓": ("mask", "oLRP", "all"),
}
HASH: Final = 12  # digits of a hash in the table


def side_by_side(results: Sequence[Result]) -> str:
    """Markdown: what each detector is, what it is worth on each track, and the hashes.

    Tracks of several severities are one row, the mean over them, without an interval.
    """
    return "\n".join([_detectors(results), _scores(results), _hashes(results)])


def _detectors(results: Sequence[Result]) -> str:
    head = ["detector", "parameters", "ms an image, clean", "images"]
    rows = [
        [
            _name(result),
            _thousands(_identity(result).get("network_parameters")),
            _milliseconds(result),
            str(result.about.get("images", "–")),
        ]
        for result in results
    ]
    return _table(head, rows, left=1)


def _scores(results: Sequence[Result]) -> str:
    numbers = [(result, numbers_by_track(result)) for result in results]
    rows = [
        [name, _name(result), *cells]
        for name in _kinds(results)
        for result, found in numbers
        if (cells := _cells(found, name)) is not None
    ]
    return _table(["track", "detector", *COLUMNS], rows, left=2)


def _kinds(results: Sequence[Result]) -> list[str]:
    """Every track, those of one kind as one, in the order of the results."""
    return list(dict.fromkeys(split_track(t)[0] for result in results for t in tracks(result)))


def _cells(found: Mapping[str, Numbers], kind: str) -> list[str] | None:
    own = [numbers for track, numbers in found.items() if split_track(track)[0] == kind]
    if not own:
        return None
    if len(own) == 1:
        return [with_interval(own[0].get(*key)) for key in COLUMNS.values()]
    return [_mean([numbers.get(*key) for numbers in own]) for key in COLUMNS.values()]


def _mean(scores: Sequence[Any]) -> str:
    values = [score.value for score in scores if score is not None and score.value is not None]
    # A mean over some of the severities would be another number.
    return f"{sum(values) / len(values):.3f}" if len(values) == len(scores) else "–"


def _hashes(results: Sequence[Result]) -> str:
    names = ("truth", "predictions", "protocol")
    rows = [
        [
            _name(result),
            *(_short(result.hashes.get(name)) for name in names),
            _short(_identity(result).get("sha256")),
        ]
        for result in results
    ]
    return _table(["SHA-256 of", *names, "weights"], rows, left=5)


def _identity(result: Result) -> Mapping[str, Any]:
    found = result.about.get("identity")
    return found if isinstance(found, Mapping) else {}


def _name(result: Result) -> str:
    return escape_markdown(str(result.about.get("detector", "predictions")))


def _milliseconds(result: Result) -> str:
    seconds = result.about.get("seconds_per_image")
    clean = seconds.get("clean") if isinstance(seconds, Mapping) else None
    return "–" if clean is None else f"{1000 * clean:.0f}"


def _thousands(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"


def _short(value: object) -> str:
    return f"`{value[:HASH]}`" if isinstance(value, str) else "–"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    rule = [":--"] * left + ["--:"] * (len(head) - left)
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, rule, *rows])
