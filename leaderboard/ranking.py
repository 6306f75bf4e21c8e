"""Ranks: equal values share one, and a missing value never has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..benchmark.metrics import METRICS
from .entries import Entry

SAME = 1e-9  # values closer than this are equal


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
    """One entry's place: overall and per track, None where it has no score."""

    entry: Entry
    overall: float | None
    rank: int | None
    values: Mapping[str, float | None]
    ranks: Mapping[str, int | None]


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
    per_track = {
        track: ranks({name: row[track] for name, row in values.items()}, higher_is_better=better)
        for track in tracks
    }
    rows = [
        Standing(
            entry,
            overall[entry.name],
            places[entry.name],
            values[entry.name],
            {track: per_track[track][entry.name] for track in tracks},
        )
        for entry in entries
    ]
    return sorted(rows, key=lambda row: (row.rank or len(rows) + 1, row.entry.name))


def _values(entry: Entry, tracks: Sequence[str], headline: Headline) -> dict[str, float | None]:
    found = {
        track: entry.score(track, headline.task, headline.metric, headline.class_)
        for track in tracks
    }
    return {track: None if score is None else score.value for track, score in found.items()}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if values and len(known) == len(values) else None
