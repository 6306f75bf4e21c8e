"""Which entries can be told apart: the paired bootstrap over all pairs at once.

Two entries are told apart where the 95 % interval of their difference, over draws of the same
photographs, leaves zero out. An entry whose result keeps no draws is told apart by its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..benchmark.scoring.bootstrap import LEVEL, REACH, interval
from ..benchmark.scoring.pairs import Bools, Floats

SAME: Final = 1e-9  # values closer than this are equal


@dataclass(frozen=True, eq=False)
class Sample:
    """One number of several entries, the higher the better.

    Args:
        values: (N,) finite.
        draws: (N, B) the number in each draw; a row of NaN where an entry keeps none.
    """

    values: Floats
    draws: Floats

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def drawn(self) -> Bools:
        """(N,) which entries have draws."""
        known = ~np.isnan(self.draws).any(axis=1)
        return np.asarray(known & (self.draws.shape[1] > 0), dtype=bool)


def make_sample(
    values: Sequence[float], draws: Sequence[Floats | None], *, higher_is_better: bool
) -> Sample:
    """The numbers of entries side by side.

    Args:
        values: one an entry.
        draws: (B,) values each, NaN where undefined; None where there are none. Those of
            another length than the first are taken for none, as are those of which a
            twentieth or more are undefined; of others an undefined draw is its mean.
        higher_is_better: else all signs are turned.
    """
    sign = 1.0 if higher_is_better else -1.0
    count = next((len(row) for row in draws if row is not None), 0)
    table = np.array([_filled(row, count) for row in draws]).reshape(len(draws), count)
    return Sample(sign * np.asarray(values, dtype=float), sign * table)


def _filled(row: Floats | None, count: int) -> Floats:
    if row is None or len(row) != count or np.isnan(row).mean() > 1 - LEVEL:
        return np.full(count, np.nan)
    return np.where(np.isnan(row), np.nanmean(row), row)


def mean_sample(parts: Sequence[Sample]) -> Sample:
    """The mean of several numbers of the same entries, draw by draw."""
    counts = {part.draws.shape[1] for part in parts}
    values = np.mean([part.values for part in parts], axis=0)
    if len(counts) != 1:
        return Sample(values, np.full((len(values), max(counts)), np.nan))
    return Sample(values, np.mean([part.draws for part in parts], axis=0))


def clearly_better(sample: Sample) -> Bools:
    """(N, N) whether the row's entry is clearly better than the column's.

    As ``difference_interval`` of the scoring core, for all pairs at once: the bias-corrected
    difference, less ``REACH`` standard deviations of the difference over the draws.
    """
    values, drawn = sample.values, sample.drawn
    better: Bools = values[:, None] > values[None, :] + SAME
    rows = np.flatnonzero(drawn)
    if len(rows):
        low = _low_ends(values[rows], sample.draws[rows])
        better[np.ix_(rows, rows)] &= low > SAME
    return better


def _low_ends(values: Floats, draws: Floats) -> Floats:
    mean = draws.mean(axis=1)
    centred = draws - mean[:, None]
    together = centred @ centred.T / draws.shape[1]
    own = np.diag(together)
    spread = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * together, 0))
    centre = 2 * (values[:, None] - values[None, :]) - (mean[:, None] - mean[None, :])
    return np.asarray(centre - REACH * spread)


def probability_better(sample: Sample) -> Floats:
    """(N, N) the share of draws in which the row's entry is better than the column's.

    Equal draws count one half, so a pair's two shares add up to 1. NaN where one of the two
    has no draws.
    """
    draws = sample.draws.astype(np.float32)
    found = np.full((len(sample), len(sample)), np.nan)
    known = np.flatnonzero(sample.drawn)
    others = draws[known]
    for row in known:
        wins = (draws[row] > others).mean(axis=1) + (draws[row] == others).mean(axis=1) / 2
        found[row, known] = wins
    return found


@dataclass(frozen=True, slots=True)
class Rank:
    """The place of one entry.

    Args:
        rank: one more than how many entries are clearly better.
        last: the place that it could have: how many are not clearly worse, itself among them.
        low, high: the 95 % interval of the number itself, None without draws.
    """

    rank: int
    last: int
    low: float | None
    high: float | None

    @property
    def shared(self) -> bool:
        """Whether it cannot be told apart from some other entry."""
        return self.last > self.rank

    @property
    def text(self) -> str:
        """``3``, or ``3–5`` where it cannot be told apart from others."""
        return f"{self.rank}–{self.last}" if self.shared else str(self.rank)


def ranked(sample: Sample, *, higher_is_better: bool) -> list[Rank]:
    """The rank of each entry."""
    better = clearly_better(sample)
    first = 1 + better.sum(axis=0)
    last = len(sample) - better.sum(axis=1)
    ends = [_interval(sample, row, higher_is_better) for row in range(len(sample))]
    return [
        Rank(int(low), int(high), *found)
        for low, high, found in zip(first, last, ends, strict=True)
    ]


def _interval(
    sample: Sample, row: int, higher_is_better: bool
) -> tuple[float, float] | tuple[None, None]:
    if not sample.drawn[row]:
        return None, None
    sign = 1.0 if higher_is_better else -1.0
    return interval(sign * sample.draws[row], sign * float(sample.values[row])) or (None, None)


def draw_ranks(sample: Sample) -> NDArray[np.float64]:
    """(N, 1 + B) each entry's rank in the sample and in each draw; equal values share their mean.

    Entries without draws have their own value in every draw.
    """
    table = np.column_stack([sample.values, sample.draws])
    still = ~sample.drawn
    table[still] = sample.values[still, None]
    return np.asarray(pd.DataFrame(-table).rank(axis=0), dtype=np.float64)


def mean_ranks(samples: Sequence[Sample]) -> list[tuple[float, float, float]]:
    """Of each entry its mean rank over several numbers, and where 95 % of the draws have it."""
    if not samples:
        return []
    counts = {part.draws.shape[1] for part in samples}
    tables = [draw_ranks(part)[:, : 1 + min(counts)] for part in samples]
    mean = np.mean(tables, axis=0)
    tail = (1 - LEVEL) / 2
    ends = np.quantile(mean, [tail, 1 - tail], axis=1) if len(mean) else np.zeros((2, 0))
    return [
        (float(row[0]), min(float(low), float(row[0])), max(float(high), float(row[0])))
        for row, low, high in zip(mean, *ends, strict=True)
    ]
