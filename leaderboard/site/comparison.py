"""Any two entries against each other: how far apart they are, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ...benchmark.scoring.bootstrap import difference_interval
from ...benchmark.scoring.pairs import Floats
from ..entries import Entry
from ..ranking import Headline, NamedSample, all_tracks, mean_of, track_sample
from ..telling_apart import SAME, probability_better
from .content import Content

NEIGHBOURS: Final = 12  # entries above and below that an entry's page compares it with
OVERALL: Final = "overall"
CHANCES: Final = 2  # decimals of a probability: more would tell draws apart
NOBODY: Final = -1  # in the matrix: no draws


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of two entries; differences are first less second.

    Args:
        first, second: the two values.
        low, high: the 95 % interval of the difference, None without draws.
        probability: that the first is better, None without draws.
        clear: whether they are told apart: by the interval, without draws by the value.
    """

    first: float
    second: float
    low: float | None
    high: float | None
    probability: float | None
    clear: bool

    @property
    def difference(self) -> float:
        """First less second."""
        return self.first - self.second


def compared(found: NamedSample, first: str, second: str, headline: Headline) -> Compared | None:
    """Two entries by one number; None where one of them has none."""
    if not {first, second} <= set(found.names):
        return None
    pair = found.rows([first, second])
    sign = 1.0 if headline.higher_is_better else -1.0
    one, other = (float(sign * value) for value in pair.values)
    if not (pair.drawn.all() and pair.draws.shape[1]):
        return Compared(one, other, None, None, None, abs(one - other) > SAME)
    low, high = difference_interval(_apart(pair.draws, sign), one - other) or (None, None)
    clear = low is not None and high is not None and not low <= SAME <= high + 2 * SAME
    return Compared(one, other, low, high, float(probability_better(pair)[0, 1]), clear)


def _apart(draws: Floats, sign: float) -> Floats:
    return np.asarray(sign * (draws[0] - draws[1]))


def numbers_of(entries: Sequence[Entry], headline: Headline) -> dict[str, NamedSample]:
    """Overall and each track → the numbers of the entries that have one."""
    tracks = {track: track_sample(entries, track, headline) for track in all_tracks(entries)}
    return {OVERALL: mean_of(list(tracks.values())), **tracks}


def compare_entries(
    entries: Sequence[Entry], first: str, second: str, headline: Headline
) -> dict[str, Compared]:
    """Overall and each track → how two entries compare, where both have a number."""
    numbers = numbers_of(entries, headline)
    found = {name: compared(sample, first, second, headline) for name, sample in numbers.items()}
    return {name: row for name, row in found.items() if row is not None}


@dataclass(frozen=True, eq=False)
class Comparisons:
    """All entries of a board against each other, overall.

    Args:
        headline: the number that ranks.
        overall: the overall numbers.
        order: names, the best first.
        chances: (N, N) that the row is better than the column, NaN without draws, in order.
    """

    headline: Headline
    overall: NamedSample
    order: tuple[str, ...]
    chances: Floats

    @classmethod
    def of(cls, content: Content) -> Comparisons:
        """The comparisons of a board's ranked entries."""
        ranked = [row for row in content.rows if row.rank is not None]
        tracks = [
            track_sample([row.entry for row in ranked], track, content.headline)
            for track in content.tracks
        ]
        overall = mean_of(tracks)
        order = tuple(row.entry.name for row in ranked)
        chances = probability_better(overall.rows(order)) if order else np.zeros((0, 0))
        return cls(content.headline, overall, order, chances)

    def neighbours(self, name: str) -> list[tuple[str, Compared]]:
        """The entries around one, the best first, each as first against the one."""
        if name not in self.order:
            return []
        at = self.order.index(name)
        near = self.order[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]
        rows = [(other, compared(self.overall, name, other, self.headline)) for other in near]
        return [(other, row) for other, row in rows if row is not None and other != name]

    def matrix(self) -> list[list[int]]:
        """Percent that the row is better than the column; ``NOBODY`` without draws."""
        percent = np.where(np.isnan(self.chances), NOBODY, np.round(100 * self.chances))
        return [[int(value) for value in row] for row in percent]


def comparison_page(content: Content, found: Comparisons) -> dict[str, Any]:
    """What the page of any two entries shows."""
    return {
        "order": [row for row in content.rows if row.rank is not None],
        "table": {
            "entries": [
                {
                    "name": row.entry.name,
                    "page": row.entry.id[:16],
                    "rank": row.place and row.place.text,
                    "values": {
                        OVERALL: content.shown(row.overall),
                        **{track: content.shown(value) for track, value in row.values.items()},
                    },
                }
                for row in content.rows
                if row.rank is not None
            ],
            "percent": found.matrix(),
        },
    }
