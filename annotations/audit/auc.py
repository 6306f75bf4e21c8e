"""The area under the ROC curve, its interval, and folds that share no photograph."""

from __future__ import annotations

from typing import Final

import numpy as np

from .features import Bools, Floats, Ints

DRAWS: Final = 500
LEVEL: Final = 95.0  # percent


def auc(scores: Floats, forged: Bools, weights: Floats | None = None) -> float:
    """The chance that a forged row scores higher than a real one; ties count half.

    NaN where either class has no weight.
    """
    return _curve(np.unique(scores, return_inverse=True)[1], forged, weights)


def _curve(ranks: Ints, forged: Bools, weights: Floats | None) -> float:
    weights = np.ones(len(ranks)) if weights is None else weights
    fakes = np.bincount(ranks, weights * forged)
    reals = np.bincount(ranks, weights * ~forged)
    pairs = fakes.sum() * reals.sum()
    below = np.cumsum(reals) - reals / 2
    return float(fakes @ below / pairs) if pairs else float("nan")


def interval(
    scores: Floats, forged: Bools, groups: Ints, rng: np.random.Generator
) -> tuple[float, float]:
    """The percentile bootstrap interval of the AUC, whole groups drawn."""
    ranks = np.unique(scores, return_inverse=True)[1]
    count = int(groups.max()) + 1
    drawn = []
    for _ in range(DRAWS):
        often = np.bincount(rng.integers(0, count, count), minlength=count)
        drawn.append(_curve(ranks, forged, often[groups].astype(np.float64)))
    tail = (100 - LEVEL) / 2
    low, high = np.nanpercentile(drawn, (tail, 100 - tail)).tolist()
    return low, high


def split_groups(groups: Ints, forged: Bools, folds: int, rng: np.random.Generator) -> Ints:
    """(N,) the fold of each row: whole groups, both classes spread evenly.

    The largest groups are placed first, each where the fewest rows of its classes lie.
    """
    count = int(groups.max()) + 1
    each = np.stack([np.bincount(groups[forged == kind], minlength=count) for kind in (0, 1)], 1)
    share = each / np.maximum(each.sum(axis=0), 1)
    order = rng.permutation(count)
    order = order[np.argsort(-share[order].sum(axis=1), kind="stable")]
    filled, home = np.zeros((folds, 2)), np.zeros(count, dtype=np.int64)
    for group in order.tolist():
        # The sum breaks ties: a group of one class may find folds that are even in it.
        fold = int((filled @ share[group] + 1e-6 * filled.sum(axis=1)).argmin())
        home[group] = fold
        filled[fold] += share[group]
    return np.asarray(home[groups])
