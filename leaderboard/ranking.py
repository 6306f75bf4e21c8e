"""Ranks: equal values share one, and a missing value never has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..benchmark.metrics import METRICS
from ..benchmark.robustness import Robustness, mean_robustness, robustness
from ..benchmark.severity import split_track
from .entries import Entry

SAME = 1e-9  # values closer than this are equal
MOST_COLUMNS = 16  # tracks; beyond, a table is too wide to read


@dataclass(frozen=True, slots=True)
class Headline:
    """The number that a board ranks by."""

    task: str = "mask"
    metric: str = "AP"
    class_: str = "all"

    @property
    def higher_is_better(self) -> bool:
        """The direction, from the table of metrics."""
        return METRICS[self.metric].higher_is_better is not False


def ranks(values: Mapping[str, float | None], *, higher_is_better: bool) -> dict[str, int | None]:
    """Rank of each key: one more than how many are better. None where the value is missing."""
    sign = 1.0 if higher_is_better else -1.0
    known = [sign * value for value in values.values() if value is not None]
    return {
        key: None if value is None else 1 + sum(other > sign * value + SAME for other in known)
        for key, value in values.items()
    }


@dataclass(frozen=True, slots=True)
class Standing:
    """One entry's place: overall, per track, per column, None where it has no score.

    Args:
        columns: column of the board → value; see ``board_columns``.
        robust: the mean over the kinds of perturbation, None without any.
    """

    entry: Entry
    overall: float | None
    rank: int | None
    values: Mapping[str, float | None]
    ranks: Mapping[str, int | None]
    columns: Mapping[str, float | None]
    column_ranks: Mapping[str, int | None]
    robust: Robustness | None


def board_columns(tracks: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Column → the tracks that it is the mean of.

    A few tracks have a column each; of many, those of one kind share one.
    """
    if len(tracks) <= MOST_COLUMNS:
        return {track: (track,) for track in tracks}
    kinds: dict[str, tuple[str, ...]] = {}
    for track in tracks:
        kind = split_track(track)[0]
        kinds[kind] = (*kinds.get(kind, ()), track)
    return kinds


def all_tracks(entries: Sequence[Entry]) -> list[str]:
    """Every track that an entry has scores on: ``clean`` first, then by name."""
    names = {track for entry in entries for track in entry.tracks}
    return sorted(names, key=lambda name: (name != "clean", name))


def standings(entries: Sequence[Entry], headline: Headline) -> list[Standing]:
    """All entries, the best first, those without an overall value last.

    The overall value is the mean of the headline number over all tracks of the board. An
    entry without a number on one of them has none: leaving out a hard track must not pay.
    """
    tracks = all_tracks(entries)
    values = {entry.name: _values(entry, tracks, headline) for entry in entries}
    overall = {name: _mean(list(row.values())) for name, row in values.items()}
    better = headline.higher_is_better
    places = ranks(overall, higher_is_better=better)
    per_track = _ranked(values, tracks, better)
    columns = board_columns(tracks)
    means = {name: _of_columns(row, columns) for name, row in values.items()}
    per_column = _ranked(means, list(columns), better)
    rows = [
        Standing(
            entry,
            overall[entry.name],
            places[entry.name],
            values[entry.name],
            {track: per_track[track][entry.name] for track in tracks},
            means[entry.name],
            {column: per_column[column][entry.name] for column in columns},
            _robust(values[entry.name], better),
        )
        for entry in entries
    ]
    return sorted(rows, key=lambda row: (row.rank or len(rows) + 1, row.entry.name))


def _ranked(
    values: Mapping[str, Mapping[str, float | None]], names: Sequence[str], better: bool
) -> dict[str, dict[str, int | None]]:
    """Name → entry → rank by that name's value."""
    return {
        name: ranks({entry: row[name] for entry, row in values.items()}, higher_is_better=better)
        for name in names
    }


def _of_columns(
    values: Mapping[str, float | None], columns: Mapping[str, Sequence[str]]
) -> dict[str, float | None]:
    return {name: _mean([values[track] for track in tracks]) for name, tracks in columns.items()}


def _robust(values: Mapping[str, float | None], better: bool) -> Robustness | None:
    kinds = robustness(values, higher_is_better=better)
    return mean_robustness(kinds, higher_is_better=better) if kinds else None


def _values(entry: Entry, tracks: Sequence[str], headline: Headline) -> dict[str, float | None]:
    found = {
        track: entry.score(track, headline.task, headline.metric, headline.class_)
        for track in tracks
    }
    return {track: None if score is None else score.value for track, score in found.items()}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if values and len(known) == len(values) else None
