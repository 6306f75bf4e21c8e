"""Two submissions on the same images: is one better, or is it chance?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import UsageError
from ..metrics import METRICS
from ..protocol import DEFAULT, Protocol
from .bootstrap import Draws, bootstrap, difference_interval
from .comparison import Comparison
from .files import compare_files
from .kept_draws import Key
from .pairs import Floats
from .score import WITH_INTERVALS, Sampling, headline, score_comparison


@dataclass(frozen=True, slots=True)
class Difference:
    """One headline number of two submissions.

    Args:
        task, metric, class_: of the number.
        first, second: the two values.
        difference: first - second.
        low, high: its 95 % interval, or None where too few draws define it.
        probability: share of draws in which the first is better, ties half; None as above.
    """

    task: str
    metric: str
    class_: str
    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    probability: float | None

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def to_json(self) -> dict[str, Any]:
        """As in a result file, with the class under ``class``."""
        return {
            "task": self.task,
            "metric": self.metric,
            "class": self.class_,
            "first": self.first,
            "second": self.second,
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
            "probability": self.probability,
        }


def compare_submissions(
    first: Path,
    second: Path,
    truth: Path,
    protocol: Protocol = DEFAULT,
    sampling: Sampling = WITH_INTERVALS,
) -> list[Difference]:
    """The paired bootstrap of two predictions files, number by number.

    Raises:
        DataError, SubmissionError: a file cannot be read.
        UsageError: no draws are asked for.
    """
    if sampling.draws < 1:
        raise UsageError("a comparison needs draws", got=sampling.draws, expected="1 or more")
    sides = [_drawn(compare_files(path, truth, protocol), sampling) for path in (first, second)]
    (values, draws), (others, other_draws) = sides
    keys = [key for key in draws if values.get(key) is not None and others.get(key) is not None]
    return [_difference(key, values, others, draws[key], other_draws[key]) for key in keys]


def _drawn(comparison: Comparison, sampling: Sampling) -> tuple[dict[Key, float | None], Draws]:
    values = headline(score_comparison(comparison).rows)
    return values, bootstrap(comparison, values, draws=sampling.draws, seed=sampling.seed)


def _difference(
    key: Key,
    values: dict[Key, float | None],
    others: dict[Key, float | None],
    draws: Floats,
    other_draws: Floats,
) -> Difference:
    first, second = values[key] or 0.0, others[key] or 0.0
    apart = draws - other_draws
    low, high = difference_interval(apart, first - second) or (None, None)
    return Difference(
        *key, first, second, first - second, low, high,
        None if low is None else probability_better(apart, key[1]),
    )  # fmt: skip


def probability_better(apart: Floats, metric: str) -> float:
    """The share of draws in which the first of two is better, ties half."""
    known = apart[~np.isnan(apart)]
    wins = known > 0 if METRICS[metric].higher_is_better else known < 0
    return float((wins.sum() + (known == 0).sum() / 2) / len(known))
