"""How far a number could be off: a bootstrap over source photographs.

The photographs of a test set are a sample. Drawing as many of them again, with
replacement, and scoring each time, shows how much a number depends on which they were
(Efron, 1979). A photograph's images move together: its forged and perturbed copies, all
its faces and detections. Nothing is scored again: a drawn photograph is a weight on what
was counted once.

Ranked metrics need the counts in order of score. Beyond ``BINS`` different ranks,
neighbours are taken together, and the draws are moved by what that costs on the sample
itself, which is little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...annotations.categories import FAKE, NAMES
from ...core.seeds import stream
from ..protocol import Protocol
from .comparison import SHAPES, Comparison
from .detection import ALL, ANY
from .found_faces import FoundFaces
from .images import JudgedImages, judged_images
from .kept_draws import Key
from .matching import Matches
from .pairs import Bools, Floats, Ints, Shape

DRAWS: Final = 1000
BINS: Final = 256
LEVEL: Final = 0.95
# Wider than the standard interval by what simulated test sets of 250 and of 1,000 photographs
# ask for: draws show about half of the bias that taking the best of many thresholds brings.
WIDENED: Final = 1.05
REACH: Final = WIDENED * NormalDist().inv_cdf((1 + LEVEL) / 2)  # standard deviations
NEAREST: Final = 1e-3  # to 0 and 1 that a share is taken for on the log-odds scale

Weights = NDArray[np.float32]  # (photographs, draws): how often each was drawn
Draws = Mapping[Key, Floats]  # a headline number → its value in each draw, NaN where undefined


def draw_weights(count: int, draws: int, seed: int) -> Weights:
    """(count, 1 + draws) how often each photograph is drawn; the first column is the sample."""
    rng = stream(seed, "bootstrap", count)
    weights = np.ones((1 + draws, count), np.float32)
    for row in range(1, len(weights) if count else 0):
        picked = rng.integers(0, count, count, dtype=np.int32)
        weights[row] = np.bincount(picked, minlength=count)
    return np.ascontiguousarray(weights.T)


def bootstrap(
    comparison: Comparison,
    values: Mapping[Key, float | None],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Draws:
    """The headline numbers in each draw.

    Args:
        comparison: truth and detections.
        values: the numbers on the sample itself.
        draws: how many.
        seed: equal seeds draw the same photographs, for every track and submission.

    Returns:
        For each headline number ``draws`` values, NaN where a draw leaves it undefined.
    """
    number = comparison.truth.photograph
    if number.max(initial=-1) < 1:
        # One photograph drawn again is itself: that says nothing of what others would give.
        return {key: np.full(draws, np.nan) for key in values}
    weights = draw_weights(int(number.max(initial=-1)) + 1, draws, seed)
    found: dict[Key, Floats] = {}
    ranked: _Ranked = {}
    for task in SHAPES:
        found |= _task_draws(comparison, task, number, weights, ranked)
    judged = judged_images(comparison.truth, comparison.found)
    found |= _image_draws(judged, number, weights)
    found |= _pixel_draws(comparison, number, weights)
    return {key: _centred(drawn, values.get(key)) for key, drawn in found.items()}


def _centred(drawn: Floats, value: float | None) -> Floats:
    """The draws without the sample, moved by what taking ranks together has cost on it."""
    if value is None:
        return np.full(len(drawn) - 1, np.nan)
    return np.asarray(np.clip(drawn[1:] + (value - drawn[0]), 0, 1))


# Class → how many detections are drawn up to each rank: the same in every task.
_Ranked = dict[str, NDArray[np.float32]]


def _task_draws(
    comparison: Comparison, task: Shape, number: Ints, weights: Weights, ranked: _Ranked
) -> dict[Key, Floats]:
    matches, protocol = comparison.matches[task], comparison.protocol
    homes = number[comparison.found.image], number[comparison.truth.image]
    labels = comparison.found.label, comparison.truth.label
    draws: dict[Key, Floats] = {}
    for label, name in enumerate(NAMES):
        own = homes[0][labels[0] == label], homes[1][labels[1] == label]
        draws |= _named(
            task, name, _ranked_draws(name, matches.by_class[name], own, weights, protocol, ranked)
        )
    for metric in ("AP", "AP50", "oLRP"):
        draws[task, metric, ALL] = _mean([draws[task, metric, name] for name in NAMES])
    draws |= _named(
        task, ANY, _ranked_draws(ANY, matches.agnostic, homes, weights, protocol, ranked)
    )
    return draws | _named(task, ANY, _faces(matches.faces, homes[1], weights, task))


def _named(task: str, name: str, values: Mapping[str, Floats]) -> dict[Key, Floats]:
    return {(task, metric, name): drawn for metric, drawn in values.items()}


def _mean(parts: Sequence[Floats]) -> Floats:
    """The mean over the classes in which a draw is defined."""
    stacked = np.array(parts)
    known = ~np.isnan(stacked)
    return _divided(np.where(known, stacked, 0).sum(axis=0), known.sum(axis=0))


@dataclass(frozen=True, eq=False, slots=True)
class _Ranks:
    """Detections by falling score, taken together into at most ``BINS`` bins.

    Args:
        home: (D,) photograph.
        bin: (D,) ascending.
        bins: how many.
    """

    home: Ints
    bin: Ints
    bins: int

    def totals(self, values: Floats, weights: Weights) -> NDArray[np.float32]:
        """(bins, draws) weighted sums of a value of each detection."""
        some = np.flatnonzero(values)
        return _sums(self.bin[some], self.home[some], values[some], self.bins, weights)


def _sums(
    group: Ints, home: Ints, values: Floats, groups: int, weights: Weights
) -> NDArray[np.float32]:
    """(groups, draws) sums of values times the weight of their photographs."""
    order = np.lexsort((home, group))
    sums = np.zeros((groups, weights.shape[1]), np.float32)
    # Block by block, so that what is gathered fits the processor's cache.
    edges = np.searchsorted(group[order], np.arange(groups + 1))
    for row in range(groups):
        part = order[edges[row] : edges[row + 1]]
        if len(part):
            sums[row] = values[part].astype(np.float32) @ weights[home[part]]
    return sums


def _ranked_draws(
    name: str,
    matches: Matches,
    homes: tuple[Ints, Ints],
    weights: Weights,
    protocol: Protocol,
    ranked: _Ranked,
) -> dict[str, Floats]:
    """AP, AP50 and oLRP of one class in each draw."""
    of_faces = np.bincount(homes[1], minlength=len(weights)).astype(np.float32)
    faces = of_faces @ weights
    count = len(matches.row)
    bins = max(1, min(BINS, count))
    ranks = _Ranks(homes[0][matches.row], np.arange(count) * bins // max(1, count), bins)
    if name not in ranked:
        ranked[name] = np.cumsum(ranks.totals(np.ones(count), weights), axis=0)
    counted = ranked[name]
    hits: NDArray[np.float32] = np.zeros((bins, weights.shape[1]), np.float32)
    table = np.zeros((len(protocol.iou_thresholds), weights.shape[1]))
    before: Bools = np.zeros(count, dtype=bool)
    for at, matched in enumerate(matches.matched[:, 0]):
        # From threshold to threshold few matches change: only those are summed.
        change = matched.astype(np.float64) - before
        hits = hits + np.cumsum(ranks.totals(change, weights), axis=0)
        table[at] = _average_precision(hits, counted, faces, protocol.recall_points)
        if at == protocol.at_tau:
            misplaced = ranks.totals(np.where(matched, 1 - matches.iou[0], 0.0), weights)
            lrp = _least_lrp(hits, counted, np.cumsum(misplaced, axis=0), faces, protocol.tau)
        before = matched
    return {"AP": table.mean(axis=0), "AP50": table[protocol.at_tau], "oLRP": lrp}


def _average_precision(
    hits: NDArray[np.float32], counted: NDArray[np.float32], faces: NDArray[np.float32], points: int
) -> Floats:
    """(draws,) mean over the recall points of the highest precision at that recall or more."""
    precision = hits / np.maximum(counted, 1)
    envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    share = hits / np.maximum(faces, 1)
    reached = np.floor(share * np.float32((points - 1) * (1 + 1e-6))) + (hits > 0)
    gained = np.diff(reached, axis=0, prepend=0)
    total = np.einsum("bd,bd->d", envelope, gained) / points
    return np.where(faces > 0, total, np.nan)


def _least_lrp(
    hits: NDArray[np.float32],
    counted: NDArray[np.float32],
    misplaced: NDArray[np.float32],
    faces: NDArray[np.float32],
    tau: float,
) -> Floats:
    wrong = counted - hits
    errors = (misplaced / (1 - tau) + wrong + faces - hits) / np.maximum(faces + wrong, 1)
    return np.where(faces > 0, np.minimum(errors.min(axis=0), 1), np.nan)


def _faces(faces: FoundFaces, home: Ints, weights: Weights, task: str) -> dict[str, Floats]:
    """Recall, IoU and label quality of the true faces in each draw."""
    found = faces.found
    columns = np.stack([np.ones(len(found)), found, found * faces.iou, found * faces.right])
    everyone, seen, overlap, right = (
        np.bincount(home, column, len(weights)).astype(np.float32) @ weights for column in columns
    )
    fakes, reals = found & (faces.label == FAKE), found & (faces.label != FAKE)
    return {
        "recall": _divided(seen, everyone),
        f"{task}_IoU": _divided(overlap, seen),
        "label_accuracy": _divided(right, seen),
        "label_AUC": _auc(faces.forged, fakes, reals, home, weights),
        "label_AUC_adjusted": _adjusted_auc(faces, fakes, reals, home, weights),
    }


def _divided(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio


def _auc(scores: Floats, positive: Bools, negative: Bools, home: Ints, weights: Weights) -> Floats:
    """(draws,) area under the ROC curve; equal scores, and equal bins, count one half."""
    wins, fakes, reals = _wins(scores, positive, negative, home, weights)
    return _divided(wins, fakes * reals)


def _adjusted_auc(
    faces: FoundFaces, fakes: Bools, reals: Bools, home: Ints, weights: Weights
) -> Floats:
    """(draws,) ``_auc`` within octaves of the faces' areas, mean over the fakes."""
    total, count = np.zeros((2, weights.shape[1]))
    for octave in np.unique(faces.octave[fakes]):
        like = faces.octave == octave
        wins, own, against = _wins(faces.forged, fakes & like, reals & like, home, weights)
        total += np.divide(wins, against, out=np.zeros_like(total), where=against > 0)
        count += np.where(against > 0, own, 0)
    return _divided(total, count)


def _wins(
    scores: Floats, positive: Bools, negative: Bools, home: Ints, weights: Weights
) -> tuple[Floats, Floats, Floats]:
    """How many pairs of a positive and a negative are ordered rightly, and how many are either.

    Returns:
        (draws,) each.
    """
    values = np.unique(scores[positive | negative])
    if not positive.any() or not negative.any():
        return (np.zeros(weights.shape[1]),) * 3
    edges = values[np.unique(np.arange(len(values)) * BINS // len(values), return_index=True)[1]]
    group = np.searchsorted(edges, scores, side="right") - 1
    above, below = (
        _sums(group[rows], home[rows], np.ones(int(rows.sum())), len(edges), weights)
        for rows in (positive, negative)
    )
    lower = np.cumsum(below, axis=0) - below / 2
    wins = np.einsum("bd,bd->d", above, lower)
    return wins, above.sum(axis=0), below.sum(axis=0)


def _image_draws(images: JudgedImages, number: Ints, weights: Weights) -> dict[Key, Floats]:
    auc = _auc(images.scores, images.forged, ~images.forged, number, weights)
    return {("image", "image_AUC", ANY): auc}


def _pixel_draws(comparison: Comparison, number: Ints, weights: Weights) -> dict[Key, Floats]:
    protocol, forged = comparison.protocol, comparison.overlaps.forged
    count, at = len(protocol.pixel_thresholds), protocol.pixel_thresholds.index(0.5)
    area, answered, shared = (
        np.bincount(number, forged[:, column], len(weights)) @ weights.astype(np.float64)
        for column in (0, 1 + at, 1 + count + at)
    )
    union = area + answered - shared
    values = {
        "pixel_IoU": _divided(shared, union),
        "pixel_F1": _divided(2 * shared, area + answered),
    }
    return {("pixel", metric, NAMES[FAKE]): value for metric, value in values.items()}


def interval(drawn: Floats, value: float) -> tuple[float, float] | None:
    """The 95 % interval of a number in [0, 1]; None where a draw in twenty is undefined.

    The bias-corrected standard interval (Efron and Tibshirani, 1993, chapters 10 and 13) on
    the log-odds scale, on which shares near 0 and 1 spread evenly and no end leaves [0, 1]:
    the value, less what the draws lie above it on average, give or take 1.96 standard
    deviations, ``WIDENED``. Where draws tend to be higher than the sample, as of average precision,
    so does the sample than the truth. The interval holds the value.

    Args:
        drawn: the draws, NaN where undefined.
        value: on the sample.
    """
    known = _known(drawn)
    if known is None:
        return None
    centre, spread = 2 * value - float(known.mean()), float(known.std())
    if spread == 0:
        return value, value
    inside = min(max(centre, NEAREST), 1 - NEAREST)
    odds = np.log(inside / (1 - inside))
    # The delta method: on the scale of log odds, a spread is so much wider.
    reach = REACH * spread / (inside * (1 - inside))
    # Beyond ±700 the exponential leaves the numbers, and the share is 0 or 1 anyway.
    low, high = 1 / (1 + np.exp(-np.clip(odds + np.array([-reach, reach]), -700, 700)))
    return min(float(low), value), max(float(high), value)


def difference_interval(drawn: Floats, value: float) -> tuple[float, float] | None:
    """The same for a difference of two numbers, in [-1, 1], on its own scale."""
    known = _known(drawn)
    if known is None:
        return None
    centre, reach = 2 * value - float(known.mean()), REACH * float(known.std())
    return max(-1.0, centre - reach), min(1.0, centre + reach)


def _known(drawn: Floats) -> Floats | None:
    """The draws in which the number is defined; None where too few are."""
    known: Floats = drawn[~np.isnan(drawn)]
    return None if len(known) < LEVEL * len(drawn) or not len(known) else known
