"""What is left of a number when pictures are perturbed: by severity, on average, at worst.

After Hendrycks and Dietterich (ICLR 2019), who average over severities 1 to 5 and hold that
against the clean value. Undefined values are left out, never taken for 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .severity import Curve, curves

SEVERE: Final = 5  # the last severity


@dataclass(frozen=True, slots=True)
class Robustness:
    """One number under one kind of perturbation, or the mean over several kinds.

    Args:
        kind: a group, an operator, or "mean".
        values: severity → value, 0 for clean; rising.
        mean: over the severities above 0.
        relative: that, against clean: 1 for nothing lost; None where clean is 0 or unknown.
        worst: of the severities above 0.
        area: under the value against severity from 0 to 5, by trapezoids, over 5: a mean
            that counts the clean value; None unless both ends are known.
    """

    kind: str
    values: Mapping[int, float]
    mean: float
    relative: float | None
    worst: float
    area: float | None


def robustness(
    values: Mapping[str, float | None], *, higher_is_better: bool = True
) -> list[Robustness]:
    """The number under each kind of perturbation that was measured, by name.

    Args:
        values: track → value; ``fog-3`` is kind fog at severity 3, ``clean`` severity 0.
        higher_is_better: the direction, for ``worst``.
    """
    return [_of_curve(curve, higher_is_better) for curve in curves(values) if _perturbed(curve)]


def mean_robustness(rows: Sequence[Robustness], *, higher_is_better: bool = True) -> Robustness:
    """The mean over kinds, at each severity that all of them have; the worst of all.

    Raises:
        ValueError: there is none.
    """
    shared = set.intersection(*(set(row.values) for row in rows))
    line = [(at, sum(row.values[at] for row in rows) / len(rows)) for at in sorted(shared)]
    worst = [row.worst for row in rows]
    summed = _of_curve(Curve("mean", tuple(line)), higher_is_better)
    return Robustness(
        "mean",
        summed.values,
        summed.mean,
        summed.relative,
        min(worst) if higher_is_better else max(worst),
        summed.area,
    )


def _perturbed(curve: Curve) -> bool:
    return any(severity for severity, _ in curve.points)


def _of_curve(curve: Curve, higher_is_better: bool) -> Robustness:
    values = dict(curve.points)
    corrupted = [value for severity, value in curve.points if severity] or [float("nan")]
    mean, clean = sum(corrupted) / len(corrupted), values.get(0)
    return Robustness(
        curve.kind,
        values,
        mean,
        mean / clean if clean else None,
        min(corrupted) if higher_is_better else max(corrupted),
        _area(curve.points) if clean is not None else None,
    )


def _area(points: Sequence[tuple[int, float]]) -> float | None:
    if not points or points[0][0] != 0 or points[-1][0] != SEVERE:
        return None
    steps = pairwise(points)
    return sum((b - a) * (low + high) / 2 for (a, low), (b, high) in steps) / SEVERE
