"""How well a channel's features tell forged rows from real ones, and which does most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.seeds import stream
from .auc import auc, interval, split_groups
from .classifier import out_of_fold
from .features import Bools, Features, Floats, Ints
from .finding import Reading

REPEATS: Final = 3  # of the cross-validation: which rows share a fold is chance
DIGITS: Final = 6  # of reported numbers: below what the order of sums may change


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """The rows of one level: forged or not, group, and whether they could be forged."""

    forged: Bools
    groups: Ints
    forgeable: Bools

    @property
    def only_forgeable(self) -> Rows:
        """The rows that could be forged."""
        kept = self.forgeable
        return Rows(self.forged[kept], self.groups[kept], self.forgeable[kept])


def read(name: str, values: Floats, rows: Rows, folds: int, seed: int) -> Reading:
    """The AUC of out-of-fold answers, with its interval over groups."""
    counts = (len(rows.forged), int(rows.forged.sum()))
    if _groups_of_rarer(rows) < folds:
        return Reading(None, None, None, *counts)
    scores, groups = _scores(values, rows, folds, seed)
    low, high = interval(scores, rows.forged, groups, stream(seed, "audit", "interval", name))
    area = auc(scores, rows.forged)
    return Reading(round(area, DIGITS), round(low, DIGITS), round(high, DIGITS), *counts)


def _scores(values: Floats, rows: Rows, folds: int, seed: int) -> tuple[Floats, Ints]:
    groups = np.unique(rows.groups, return_inverse=True)[1]
    total = np.zeros(len(groups))
    for repeat in range(REPEATS):
        homes = split_groups(groups, rows.forged, folds, stream(seed, "audit", "folds", repeat))
        total += out_of_fold(values, rows.forged, homes)
    return np.round(total / REPEATS, DIGITS), groups


def _groups_of_rarer(rows: Rows) -> int:
    """How many groups hold the class that fewer groups hold."""
    return min(len(np.unique(rows.groups[rows.forged == kind])) for kind in (True, False))


def because(found: Features, rows: Rows, folds: int, seed: int) -> str:
    """The feature that tells most when it is the only one, and how."""
    # A column of one value tells nothing; of channels such as metadata most are.
    tells = [
        auc(_scores(column[:, None], rows, folds, seed)[0], rows.forged)
        if len(np.unique(column)) > 1
        else 0.5
        for column in found.values.T
    ]
    best = int(np.argmax(tells))
    how = _how(found.values[:, best], rows.forged)
    return f"{found.names[best]}, {how} (AUC {tells[best]:.2f} alone)"


def _how(column: Floats, forged: Bools) -> str:
    known = np.isfinite(column)
    missing = float(known[~forged].mean() - known[forged].mean())
    if abs(missing) > 0.2:
        return f"missing more often where {'forged' if missing > 0 else 'real'}"
    raw = auc(column[known], forged[known])
    if np.isnan(raw) or abs(raw - 0.5) < 0.05:
        return "other values where forged"
    if set(np.unique(column[known])) <= {0.0, 1.0}:
        return f"{'more' if raw > 0.5 else 'less'} often where forged"
    return f"{'higher' if raw > 0.5 else 'lower'} where forged"
