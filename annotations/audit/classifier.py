"""A small classifier that needs nothing but numpy: ridge logistic regression on bins.

Each feature enters standardised and as eight quantile bins, so that a leak that neither
rises nor falls, such as forged files of one middling size, is seen as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.seeds import stream
from .features import Bools, Floats, Ints

BINS: Final = 8
ENOUGH: Final = 20_000  # rows that so few weights can be learned from
RIDGE: Final = 4.0  # in rows: a bin of four rows counts half
REACH: Final = 3.0  # standard deviations at which outliers are cut
_STEPS: Final = 25
_LOGIT: Final = 30.0  # where the logistic function is 0 or 1 to every digit that matters


@dataclass(frozen=True, eq=False, slots=True)
class Encoder:
    """How a column's values become inputs, learned from training rows only."""

    edges: Floats
    mean: float
    deviation: float

    def __call__(self, column: Floats) -> Floats:
        """(N, 2 + bins) inputs: standardised, missing, one for each bin."""
        known = np.isfinite(column)
        scaled = np.where(known, (column - self.mean) / self.deviation, 0.0)
        bins = np.searchsorted(self.edges, column, side="right")
        hot = (bins[:, None] == np.arange(len(self.edges) + 1)) & known[:, None]
        return np.column_stack([np.clip(scaled, -REACH, REACH), ~known, hot])


def encoder(column: Floats) -> Encoder:
    """Learn a column's scale and bins; a column of few values has a bin for each."""
    known = column[np.isfinite(column)]
    if not known.size:
        return Encoder(np.zeros(0), 0.0, 1.0)
    values = np.unique(known)
    if len(values) <= BINS:
        edges = (values[1:] + values[:-1]) / 2
    else:
        edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS))
    return Encoder(edges, float(known.mean()), float(known.std()) or 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """A fitted classifier: a weight for each input of each column."""

    encoders: tuple[Encoder, ...]
    weights: Floats
    bias: float

    def logits(self, values: Floats) -> Floats:
        """(N,) how forged the rows look."""
        return np.asarray(_encode(self.encoders, values) @ self.weights + self.bias)


def _encode(encoders: tuple[Encoder, ...], values: Floats) -> Floats:
    return np.concatenate([one(values[:, row]) for row, one in enumerate(encoders)], axis=1)


def fit(values: Floats, forged: Bools) -> Model:
    """Fit by iteratively reweighted least squares; both classes count the same."""
    if len(values) > ENOUGH:
        # Drawn, not thinned by a step: a step would be in time with parities.
        drawn = np.sort(stream("audit", "rows").choice(len(values), ENOUGH, replace=False))
        values, forged = values[drawn], forged[drawn]
    encoders = tuple(encoder(column) for column in values.T)
    inputs = _encode(encoders, values)
    # Otherwise a fold with more forgeries would move the bias, and so the ranks across folds.
    share = np.where(forged, 1 / max(forged.sum(), 1), 1 / max((~forged).sum(), 1))
    inputs = np.column_stack([inputs, np.ones(len(inputs))])
    weights = _newton(inputs, forged, share * len(inputs) / 2)
    return Model(encoders, weights[:-1], float(weights[-1]))


def _newton(inputs: Floats, forged: Bools, share: Floats) -> Floats:
    """Weights of the inputs; the last input is the bias, that no ridge holds."""
    ridge = np.full(inputs.shape[1], RIDGE)
    ridge[-1] = 1e-6
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -_LOGIT, _LOGIT)))
        slope = inputs.T @ (share * (forged - chance)) - ridge * weights
        curve = (inputs * (share * chance * (1 - chance))[:, None]).T @ inputs + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        # Far from the top a full step may overshoot.
        weights += step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-9))
        if np.abs(step).max() < 1e-6:
            break
    return weights


def out_of_fold(values: Floats, forged: Bools, folds: Ints) -> Floats:
    """(N,) logits of each row by a model that saw none of its fold."""
    logits = np.zeros(len(values))
    for fold in np.unique(folds):
        held = folds == fold
        logits[held] = fit(values[~held], forged[~held]).logits(values[held])
    return logits
