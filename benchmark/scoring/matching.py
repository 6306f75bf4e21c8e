"""COCO's greedy matching, for all images, IoU thresholds and sizes at once.

Detections of an image choose in order of score: the free true face of highest IoU at
or above the threshold, faces of the wanted size before those outside it, the later of
two equals. Choices in different images do not touch each other, so the first choices
of all images are made together, then the second ones, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..protocol import Protocol
from .pairs import Bools, Faces, Floats, Ints, Pairs


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """The outcome: D detections by falling score (ties: by image, label, given order).

    T is the number of IoU thresholds, A of area ranges, G of true faces.

    Args:
        row: (D,) the detection's row in the pairs.
        rank: (D,) its place in its image and class by score, from 0.
        scores: (D,) confidences.
        matched: (T, A, D) whether it found a true face.
        ignored: (T, A, D) whether it counts neither for nor against.
        partner: (A, D) row of the true face found at IoU ``tau``, or -1.
        iou: (A, D) IoU with that face, or 0.
        wanted: (A, G) whether the true face lies in the area range.
    """

    row: Ints
    rank: Ints
    scores: Floats
    matched: Bools
    ignored: Bools
    partner: Ints
    iou: Floats
    wanted: Bools

    def faces(self, area: int) -> int:
        """How many true faces count in an area range."""
        return int(np.count_nonzero(self.wanted[area]))


@dataclass(frozen=True, eq=False, slots=True)
class _Choices:
    """What the C choosers, the detections with any pair, may choose from.

    Pairs stand by turn, chooser and rising preference.

    Args:
        place: (C,) the choosers' places among all detections.
        turn: (E,) which of its image's choosers chooses.
        chooser: (E,) position in ``place``.
        truth: (E,) row of the true face.
        iou: (E,) the pair's IoU.
    """

    place: Ints
    turn: Ints
    chooser: Ints
    truth: Ints
    iou: Floats


def match(pairs: Pairs, protocol: Protocol) -> Matches:
    """Match detections to true faces; labels play no part (see ``Pairs.of_label``)."""
    row, rank = _by_score(pairs, protocol.max_detections[-1])
    wanted = _within(pairs.truth, protocol)
    choices = _choices(pairs, row)
    chosen = _choose(choices, wanted, protocol)
    partner = np.where(chosen >= 0, choices.truth[chosen], -1)
    at_tau = chosen[protocol.at_tau]
    iou = np.where(at_tau >= 0, choices.iou[at_tau], 0.0)
    # Back from the choosers to all detections, by falling score.
    order = np.argsort(-pairs.scores[row], kind="stable")
    place = np.argsort(order)[choices.place]
    row = row[order]
    fits = _within(pairs.detections[row], protocol)
    return Matches(
        row,
        rank[order],
        pairs.scores[row],
        _spread(partner >= 0, place, np.zeros_like(fits)),
        _spread(_ignored(partner, wanted, fits[:, place]), place, ~fits),
        _spread(partner[protocol.at_tau], place, np.full(fits.shape, -1)),
        _spread(iou, place, np.zeros(fits.shape)),
        wanted,
    )


def _spread(values: NDArray[Any], place: Ints, others: NDArray[Any]) -> NDArray[Any]:
    """(..., A, D): the choosers' (..., A, C) values among those of the ``others``."""
    result = np.broadcast_to(others, (*values.shape[:-2], *others.shape)).copy()
    result[..., place] = values
    return result


def _within(faces: Faces, protocol: Protocol) -> Bools:
    """(A, N) whether the face's area lies in each range."""
    area = faces.area
    return np.array([(area >= low) & (area <= high) for low, high in protocol.areas.values()])


def _ignored(partner: Ints, wanted: Bools, fits: Bools) -> Bools:
    """A detection is ignored with its partner; one without, for its own size."""
    area = np.arange(len(wanted))[:, None]
    return np.where(partner >= 0, ~wanted[area, partner], ~fits)


def _by_score(pairs: Pairs, limit: int) -> tuple[Ints, Ints]:
    """Rows by image and falling score, at most ``limit`` an image, and their ranks."""
    detections = pairs.detections
    row = np.lexsort((detections.label, -pairs.scores, detections.image))
    rank = _count_within(detections.image[row])
    kept = rank < limit
    return row[kept], rank[kept]


def _count_within(groups: Ints) -> Ints:
    """0, 1, 2, ... within each run of equal values."""
    position = np.arange(len(groups))
    new = np.ones(len(groups), dtype=bool)
    new[1:] = groups[1:] != groups[:-1]
    return position - np.maximum.accumulate(np.where(new, position, 0))


def _choices(pairs: Pairs, row: Ints) -> _Choices:
    place_of = np.full(len(pairs.detections), -1)
    place_of[row] = np.arange(len(row))
    kept = place_of[pairs.pair_detection] >= 0
    truth, iou = pairs.pair_truth[kept], pairs.pair_iou[kept]
    place, chooser = np.unique(place_of[pairs.pair_detection[kept]], return_inverse=True)
    turn = _count_within(pairs.detections.image[row[place]])[chooser]
    order = np.lexsort((truth, pairs.truth.label[truth], iou, chooser, turn))
    return _Choices(place, turn[order], chooser[order], truth[order], iou[order])


def _choose(choices: _Choices, wanted: Bools, protocol: Protocol) -> Ints:
    """(T, A, C) the pair that each chooser takes, or -1."""
    # COCO takes an IoU of 1 - 1e-10 for 1.
    thresholds = np.minimum(protocol.iou_thresholds, 1 - 1e-10)
    chosen = np.full((len(thresholds), len(wanted), len(choices.place)), -1)
    free = np.ones((len(thresholds), *wanted.shape), dtype=bool)
    turns = int(choices.turn.max(initial=-1)) + 1
    ends = np.searchsorted(choices.turn, np.arange(turns + 1))
    for first, last in pairwise(ends.tolist()):
        _take_turn(choices, slice(first, last), thresholds, wanted, free, chosen)
    return chosen


def _take_turn(
    choices: _Choices,
    turn: slice,
    thresholds: Floats,
    wanted: Bools,
    free: Bools,
    chosen: Ints,
) -> None:
    """One choice in each image; ``free`` and ``chosen`` are brought up to date."""
    chooser, truth = choices.chooser[turn], choices.truth[turn]
    size = len(truth)
    begins = np.flatnonzero(_count_within(chooser) == 0)
    allowed = free[:, :, truth] & (choices.iou[turn] >= thresholds[:, None])[:, None, :]
    preference = np.arange(size) + size * wanted[:, truth]
    best = np.maximum.reduceat(np.where(allowed, preference, -1), begins, axis=2)
    t, a, c = np.nonzero(best >= 0)
    pair = best[t, a, c] % size
    free[t, a, truth[pair]] = False
    chosen[t, a, chooser[begins[c]]] = pair + turn.start
