"""The numbers of one track of a result: found by name, shown alike everywhere."""

from __future__ import annotations

from typing import Final

from ..metrics import METRICS
from ..results import Result, Score

DASH: Final = "–"
CLEAN: Final = "clean"

_NOTHING: Final = Result(protocol={}, hashes={}, scores=())

Key = tuple[str, str, str, str]  # task, metric, class, stratum
Shown = tuple[str, str, str]  # task, metric, class of a number of all faces


class Numbers:
    """One track's scores by task, metric, class and stratum.

    A result may lack any of them: it is of an older version, or of one task only.
    """

    def __init__(self, result: Result, track: str) -> None:
        self._scores: dict[Key, Score] = {}
        for row in result.scores:
            if row.track == track:
                self.add(row)

    def add(self, row: Score) -> None:
        """Take one more score of the track."""
        self._scores[row.task, row.metric, row.class_, row.stratum] = row

    def get(self, task: str, metric: str, class_: str, stratum: str = "all") -> Score | None:
        """The score, or None where the result does not have it."""
        return self._scores.get((task, metric, class_, stratum))

    def value(self, task: str, metric: str, class_: str, stratum: str = "all") -> float | None:
        """The value, None where it is missing or undefined."""
        found = self.get(task, metric, class_, stratum)
        return None if found is None else found.value

    def strata(self) -> list[str]:
        """Every stratum but ``all``, in the order of the result."""
        return [name for name in dict.fromkeys(key[3] for key in self._scores) if name != "all"]


def numbers_by_track(result: Result) -> dict[str, Numbers]:
    """The numbers of every track, ``clean`` first, in one pass: a result may have hundreds."""
    found = {track: Numbers(_NOTHING, track) for track in tracks(result)}
    for row in result.scores:
        found[row.track].add(row)
    return found


def tracks(result: Result) -> list[str]:
    """Every track of a result, ``clean`` first."""
    names = dict.fromkeys(row.track for row in result.scores)
    return sorted(names, key=lambda name: name != CLEAN)


def number(value: float | None) -> str:
    """Three decimals, a dash where there is no number."""
    return DASH if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """A share in percent, a dash where there is none."""
    return DASH if value is None else f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def interval(score: Score | None) -> str:
    """``[low, high]``, or nothing where no interval was computed."""
    if score is None or score.value is None or score.low is None or score.high is None:
        return ""
    return f"[{score.low:.3f}, {score.high:.3f}]"


def with_interval(score: Score | None) -> str:
    """``value [low, high]``, as far as there are such."""
    return f"{number(None if score is None else score.value)} {interval(score)}".rstrip()


def lower_is_better(metric: str) -> bool:
    """Whether a metric is an error."""
    return metric in METRICS and METRICS[metric].higher_is_better is False
