"""Ranks: who cannot be told apart shares one, and a missing value never has one.

A rank is one more than how many entries are clearly better, by the paired bootstrap over
source photographs (``telling_apart``). It is never made of rounded numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..benchmark.metrics import METRICS
from ..benchmark.robustness import Robustness, mean_robustness, robustness
from ..benchmark.severity import split_track
from .entries import Entry
from .telling_apart import Rank, Sample, make_sample, mean_ranks, mean_sample, ranked

MOST_COLUMNS = 16  # tracks; beyond, a table is too wide to read


@dataclass(frozen=True, slots=True)
class Headline:
    """The number that a board ranks by."""

    task: str = "mask"
    metric: str = "AP"
    class_: str = "all"

    @property
    def key(self) -> tuple[str, str, str]:
        """Task, metric and class."""
        return self.task, self.metric, self.class_

    @property
    def higher_is_better(self) -> bool:
        """The direction, from the table of metrics."""
        return METRICS[self.metric].higher_is_better is not False


@dataclass(frozen=True, slots=True)
class Standing:
    """One entry's place: overall, per track, per column, None where it has no score.

    Args:
        overall: mean of the headline number over all tracks.
        place: its rank by that number.
        mean_rank: the mean of its ranks over the tracks, and the ends of its 95 % interval.
        places: track → its rank with all that is known of it; ``ranks`` has the number alone.
        columns: column of the board → value; see ``board_columns``.
        robust: the mean over the kinds of perturbation, None without any.
    """

    entry: Entry
    overall: float | None
    place: Rank | None
    mean_rank: tuple[float, float, float] | None
    values: Mapping[str, float | None]
    places: Mapping[str, Rank | None]
    columns: Mapping[str, float | None]
    column_ranks: Mapping[str, int | None]
    robust: Robustness | None

    @property
    def rank(self) -> int | None:
        """The overall rank."""
        return rank_of(self.place)

    @property
    def ranks(self) -> Mapping[str, int | None]:
        """Track → rank."""
        return {track: rank_of(place) for track, place in self.places.items()}


def rank_of(place: Rank | None) -> int | None:
    """The number alone."""
    return None if place is None else place.rank


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

    Raises:
        SubmissionError: the draws of a result are damaged.
    """
    tracks, better = all_tracks(entries), headline.higher_is_better
    samples = {track: track_sample(entries, track, headline) for track in tracks}
    on_tracks = {track: _Places.of(sample, better) for track, sample in samples.items()}
    on_columns = {
        name: _Places.of(mean_of([samples[track] for track in parts]), better)
        for name, parts in board_columns(tracks).items()
    }
    whole = mean_of(list(samples.values()))
    overall = _Places.of(whole, better)
    means = dict(zip(whole.names, mean_ranks(whole.parts), strict=True))
    rows = [
        Standing(
            entry,
            overall.value(entry),
            overall.place(entry),
            means.get(entry.name),
            {track: found.value(entry) for track, found in on_tracks.items()},
            {track: found.place(entry) for track, found in on_tracks.items()},
            {name: found.value(entry) for name, found in on_columns.items()},
            {name: found.rank(entry) for name, found in on_columns.items()},
            _robust({track: found.value(entry) for track, found in on_tracks.items()}, better),
        )
        for entry in entries
    ]
    return sorted(rows, key=lambda row: _order(row, len(rows), better))


@dataclass(frozen=True, slots=True)
class _Places:
    """Values as they were scored, and ranks, by entry's name."""

    values: Mapping[str, float]
    ranks: Mapping[str, Rank]

    def value(self, entry: Entry) -> float | None:
        return self.values.get(entry.name)

    def place(self, entry: Entry) -> Rank | None:
        return self.ranks.get(entry.name)

    def rank(self, entry: Entry) -> int | None:
        return rank_of(self.place(entry))

    @classmethod
    def of(cls, found: NamedSample, higher_is_better: bool) -> _Places:
        sign = 1.0 if higher_is_better else -1.0
        values = (sign * found.sample.values).tolist()
        places = ranked(found.sample, higher_is_better=higher_is_better)
        return cls(
            dict(zip(found.names, values, strict=True)),
            dict(zip(found.names, places, strict=True)),
        )


def _order(row: Standing, entries: int, better: bool) -> tuple[float, float, str]:
    value = row.overall or 0.0
    return row.rank or entries + 1, -value if better else value, row.entry.name


@dataclass(frozen=True, eq=False)
class NamedSample:
    """The numbers of those entries that have one.

    Args:
        names: of the entries.
        sample: their numbers, the higher the better.
        parts: what it is the mean of, itself where of nothing.
    """

    names: tuple[str, ...]
    sample: Sample
    parts: tuple[Sample, ...]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Name → row."""
        return {name: row for row, name in enumerate(self.names)}

    def rows(self, names: Sequence[str]) -> Sample:
        """The numbers of some entries."""
        at = [self.places[name] for name in names]
        return Sample(self.sample.values[at], self.sample.draws[at])


def track_sample(entries: Sequence[Entry], track: str, headline: Headline) -> NamedSample:
    """The headline number of a track, of all entries that have it.

    Raises:
        SubmissionError: the draws of a result are damaged.
    """
    found = {
        entry.name: (score.value, entry.draws(track, headline.key))
        for entry in entries
        if (score := entry.score(track, *headline.key)) is not None and score.value is not None
    }
    sample = make_sample(
        [value for value, _ in found.values()],
        [draws for _, draws in found.values()],
        higher_is_better=headline.higher_is_better,
    )
    return NamedSample(tuple(found), sample, (sample,))


def mean_of(tracks: Sequence[NamedSample]) -> NamedSample:
    """The mean over tracks, of the entries that have a number on all of them."""
    if not tracks:
        return NamedSample((), make_sample([], [], higher_is_better=True), ())
    others = [set(track.names) for track in tracks[1:]]
    names = [name for name in tracks[0].names if all(name in other for other in others)]
    parts = tuple(track.rows(names) for track in tracks)
    return NamedSample(tuple(names), mean_sample(parts), parts)


def _robust(values: Mapping[str, float | None], better: bool) -> Robustness | None:
    kinds = robustness(values, higher_is_better=better)
    return mean_robustness(kinds, higher_is_better=better) if kinds else None
