"""Any two entries against each other: how far apart they are, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ...benchmark.scoring.bootstrap import difference_interval
from ...benchmark.scoring.pairs import Floats
from ...core.errors import UsageError
from ..digits import rounded
from ..entries import Entry
from ..ranking import Headline, NamedSample, Standing, all_tracks, mean_of, track_sample
from ..telling_apart import clearly_better, probability_better
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
    if not found.places.keys() >= {first, second}:
        return None
    pair = found.rows([first, second])
    sign = 1.0 if headline.higher_is_better else -1.0
    one, other = (float(sign * value) for value in pair.values)
    clear = bool(clearly_better(pair).any())
    if not pair.drawn.all():
        return Compared(one, other, None, None, None, clear)
    apart = np.asarray(sign * (pair.draws[0] - pair.draws[1]))
    low, high = difference_interval(apart, one - other) or (None, None)
    return Compared(one, other, low, high, float(probability_better(pair)[0, 1]), clear)


def numbers_of(entries: Sequence[Entry], headline: Headline) -> dict[str, NamedSample]:
    """Overall and each track → the numbers of the entries that have one.

    Raises:
        SubmissionError: the draws of a result are damaged.
    """
    tracks = {track: track_sample(entries, track, headline) for track in all_tracks(entries)}
    return {OVERALL: mean_of(list(tracks.values())), **tracks}


def compare_entries(
    entries: Sequence[Entry], headline: Headline, first: str, second: str
) -> dict[str, Compared]:
    """Overall and each track → how two entries compare, where both have a number.

    Raises:
        UsageError: there is no such entry.
        SubmissionError: the draws of a result are damaged.
    """
    names = [entry.name for entry in entries]
    for name in (first, second):
        if name not in names:
            raise UsageError(
                "there is no entry of this name", got=name, expected=", ".join(names) or "none yet"
            )
    numbers = numbers_of(entries, headline)
    found = {name: compared(sample, first, second, headline) for name, sample in numbers.items()}
    return {name: row for name, row in found.items() if row is not None}


@dataclass(frozen=True, eq=False)
class Comparisons:
    """All ranked entries of a board against each other, overall.

    Args:
        headline: the number that ranks.
        overall: the overall numbers.
        order: the best first.
        chances: (N, N) that the row is better than the column, NaN without draws, in order.
    """

    headline: Headline
    overall: NamedSample
    order: tuple[Standing, ...]
    chances: Floats

    @classmethod
    def of(cls, content: Content) -> Comparisons:
        """The comparisons of a board."""
        order = tuple(row for row in content.rows if row.rank is not None)
        entries = [row.entry for row in order]
        overall = numbers_of(entries, content.headline)[OVERALL]
        chances = probability_better(overall.rows([entry.name for entry in entries]))
        return cls(content.headline, overall, order, chances)

    def neighbours(self, row: Standing) -> list[tuple[Standing, Compared]]:
        """The entries around one, the best first, with the one as the first of each pair."""
        if row.rank is None:
            return []
        # By identity: to compare entries is to compare all of their scores.
        at = next(place for place, other in enumerate(self.order) if other is row)
        near = self.order[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]
        found = [(other, self._against(row, other)) for other in near if other is not row]
        return [(other, pair) for other, pair in found if pair is not None]

    def _against(self, row: Standing, other: Standing) -> Compared | None:
        return compared(self.overall, row.entry.name, other.entry.name, self.headline)

    def matrix(self) -> list[list[int]]:
        """Percent that the row is better than the column; ``NOBODY`` without draws."""
        percent = np.where(np.isnan(self.chances), NOBODY, np.round(100 * self.chances))
        return [[int(value) for value in row] for row in percent]


def comparison_page(content: Content, found: Comparisons) -> dict[str, Any]:
    """What the page of any two entries shows."""
    entries = [_shown(content, row) for row in found.order]
    table = {
        "places": content.places,
        "numbers": [OVERALL, *content.tracks],
        "entries": entries,
        "percent": found.matrix(),
    }
    return {"order": found.order, "table": table}


def _shown(content: Content, row: Standing) -> dict[str, Any]:
    values = [row.overall, *(row.values[track] for track in content.tracks)]
    return {
        "name": row.entry.name,
        "page": row.entry.id[:16],
        "rank": row.place and row.place.text,
        # A page has fewer digits than a file.
        "values": rounded(values, content.places),
    }
