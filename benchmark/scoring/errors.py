"""Errors explained: why a detection is wrong, why a face is missed, and what each costs.

After TIDE (Bolya, Foley, Hays, Hoffman, ECCV 2020), for the two classes real and fake.
Matching is COCO's at IoU τ, class by class. Every unmatched detection is an error of
exactly one kind; of its IoUs with the true faces of its image, let *own* be the highest
with a face of its label and *other* the highest with a face of the other label. The
first line that holds names the kind, in the order of the authors' program:

============  ========================================  ==================================
kind          condition                                 mended by
============  ========================================  ==================================
localisation  0.1 ≤ own < τ                             a hit on that face, or removal
label         other ≥ τ                                 a hit on that face, or removal
duplicate     own ≥ τ (that face has its detection)     removal
background    own < 0.1 and other < 0.1                 removal
both          what is left: own < 0.1 ≤ other < τ       removal
============  ========================================  ==================================

*A hit or removal*: of all detections of the kinds localisation and label about one
unmatched face, the highest scored becomes a hit, at its score and with the face's label;
the others, and those about a face that has its detection, are removed. A true face is
*missed* if it is unmatched and no detection of these two kinds is about it. It is mended
by not asking for it, which stretches the precision over the recall that is left.

The cost of a kind, dAP, is how much AP at IoU τ, mean over the classes, would rise if
this kind alone were mended, and never below 0: a mended detection may pass another one
and bring that one's place in the ranking to light. Beside the kinds stand two sums:
*false_positive*, every unmatched detection removed, and *false_negative*, no unmatched
face asked for. The dAP do not add up to 1 - AP, as the errors hide one another.

Where this departs from the authors' program: an IoU of exactly τ or 0.1 belongs to the
upper range, of two equal IoUs the later face counts and the 100 detections are those of an
image and class, both as in AP, and a cost is undefined, not 0, where no true face is left
in any class. (A class left without a face while the other one keeps some rises by 0.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...annotations.categories import NAMES
from ..protocol import Protocol
from .detection import Values
from .matching import match
from .pairs import Bools, Floats, Ints, Pairs
from .precision_recall import precision_at

KINDS: Final = ("label", "localisation", "both", "duplicate", "background")
MISSED: Final = "missed"
SUMS: Final = ("false_positive", "false_negative")
LABEL, LOCALISATION, BOTH, DUPLICATE, BACK = range(len(KINDS))
CORRECT: Final = -1
UNCOUNTED: Final = -2  # beyond the protocol's number of detections an image and class


@dataclass(frozen=True, eq=False, slots=True)
class Errors:
    """What each detection and each true face is.

    Args:
        kind: (D,) position in ``KINDS``, or ``CORRECT``, or ``UNCOUNTED``.
        about: (D,) the face that the kinds label and localisation are about, else -1.
        mends: (D,) whether it becomes a hit when its kind is mended.
        matched: (G,) whether the true face has its detection.
        missed: (G,) whether no detection can be mended into a hit on it either.
    """

    kind: Ints
    about: Ints
    mends: Bools
    matched: Bools
    missed: Bools


@dataclass(frozen=True, eq=False, slots=True)
class _Ranking:
    """Detections that count, by falling score, and how many faces each class asks for."""

    hit: Bools
    label: Ints
    faces: Ints


def explain(pairs: Pairs, protocol: Protocol) -> Errors:
    """Name the kind of every error.

    Args:
        pairs: of all images, with every IoU of ``protocol.near`` and more.
        protocol: gives τ, the background's bound and the number of detections that count.
    """
    counted, hit, matched = _matched(pairs, protocol)
    own, own_face, other, other_face = _nearest(pairs)
    tau, near = protocol.tau, protocol.near
    kind = np.select(
        [
            ~counted,
            hit,
            (own >= near) & (own < tau),
            other >= tau,
            own >= tau,
            other < near,
        ],
        [UNCOUNTED, CORRECT, LOCALISATION, LABEL, DUPLICATE, BACK],
        BOTH,
    )
    about = np.select([kind == LOCALISATION, kind == LABEL], [own_face, other_face], -1)
    mends = _mends(pairs, about, matched)
    reached = np.zeros_like(matched)
    reached[about[mends]] = True
    return Errors(kind, about, mends, matched, ~matched & ~reached)


def error_values(pairs: Pairs, errors: Errors, protocol: Protocol) -> Values:
    """``dAP_*`` and ``errors_*``: the cost and the number of each kind of error.

    ``n`` is, for a cost, the true faces of the classes it is a mean over; for a number,
    the detections or true faces that were looked at.
    """
    before = _ranking(pairs, errors)
    costs = {
        f"dAP_{name}": _cost(before, after, protocol)
        for name, after in _mended(pairs, errors, before)
    }
    return costs | _counts(errors)


def _matched(pairs: Pairs, protocol: Protocol) -> tuple[Bools, Bools, Bools]:
    """(D,) detections that count, (D,) hits, (G,) faces with a hit."""
    near = pairs.from_floor(protocol.tau)
    whole = {"all": protocol.areas["all"]}
    only = protocol.model_copy(update={"iou_thresholds": (protocol.tau,), "areas": whole})
    counted, hit = np.zeros((2, len(pairs.detections)), dtype=bool)
    matched = np.zeros(len(pairs.truth), dtype=bool)
    for label in range(len(NAMES)):
        matches = match(near.of_label(label), only)
        row = np.flatnonzero(pairs.detections.label == label)[matches.row]
        partner = matches.partner[0]
        counted[row], hit[row] = True, partner >= 0
        faces = np.flatnonzero(pairs.truth.label == label)
        matched[faces[partner[partner >= 0]]] = True
    return counted, hit, matched


def _nearest(pairs: Pairs) -> tuple[Floats, Ints, Floats, Ints]:
    """Each detection's highest IoU with a face of its label, that face, and of the other."""
    same = pairs.truth.label[pairs.pair_truth] == pairs.detections.label[pairs.pair_detection]
    return *_highest(pairs, same), *_highest(pairs, ~same)


def _highest(pairs: Pairs, among: Bools) -> tuple[Floats, Ints]:
    found, truth = pairs.pair_detection[among], pairs.pair_truth[among]
    iou = pairs.pair_iou[among]
    # Written in rising IoU, so that the highest stays, and of two equals the later face.
    order = np.lexsort((truth, iou))
    best, face = np.zeros(len(pairs.detections)), np.full(len(pairs.detections), -1)
    best[found[order]], face[found[order]] = iou[order], truth[order]
    return best, face


def _mends(pairs: Pairs, about: Ints, matched: Bools) -> Bools:
    """(D,) the highest scored detection about each unmatched face."""
    rows = np.flatnonzero(about >= 0)
    rows = rows[~matched[about[rows]]]
    # Written in rising rank, so that the highest scored stays.
    rows = rows[np.lexsort((rows, pairs.detections.label[rows], -pairs.scores[rows]))[::-1]]
    best = np.full(len(matched), -1)
    best[about[rows]] = rows
    mends = np.zeros(len(about), dtype=bool)
    mends[best[best >= 0]] = True
    return mends


def _ranked(pairs: Pairs, errors: Errors) -> Ints:
    """Rows of the detections that count, by falling score."""
    rows = np.flatnonzero(errors.kind != UNCOUNTED)
    return rows[np.argsort(-pairs.scores[rows], kind="stable")]


def _ranking(pairs: Pairs, errors: Errors) -> _Ranking:
    rows = _ranked(pairs, errors)
    return _Ranking(
        errors.kind[rows] == CORRECT, pairs.detections.label[rows], _by_label(pairs.truth.label)
    )


def _by_label(labels: Ints) -> Ints:
    return np.bincount(labels, minlength=len(NAMES))


def _mended(pairs: Pairs, errors: Errors, before: _Ranking) -> Iterator[tuple[str, _Ranking]]:
    """The ranking as it would be without each kind of error alone."""
    rows = _ranked(pairs, errors)
    kind, mends, about = errors.kind[rows], errors.mends[rows], errors.about[rows]
    # The face's label: for a detection about no face, -1 is any, and never used.
    true_label = np.where(mends, np.append(pairs.truth.label, -1)[about], before.label)
    for number, name in enumerate(KINDS):
        mended = mends & (kind == number)
        kept = (kind != number) | mended
        label = np.where(mended, true_label, before.label)
        yield name, _Ranking((before.hit | mended)[kept], label[kept], before.faces)
    missed, unmatched = (_by_label(pairs.truth.label[f]) for f in (errors.missed, ~errors.matched))
    yield MISSED, replace(before, faces=before.faces - missed)
    hit = before.hit
    yield SUMS[0], _Ranking(hit[hit], before.label[hit], before.faces)
    yield SUMS[1], replace(before, faces=before.faces - unmatched)


def _cost(before: _Ranking, after: _Ranking, protocol: Protocol) -> tuple[float | None, int]:
    """The rise of AP, mean over the classes that have true faces."""
    if not after.faces.any():
        return None, 0
    points = np.linspace(0.0, 1.0, protocol.recall_points)
    rise = [
        _precision(after, label, points) - _precision(before, label, points)
        for label in np.flatnonzero(after.faces).tolist()
    ]
    return max(0.0, sum(rise) / np.count_nonzero(before.faces)), int(before.faces.sum())


def _precision(ranking: _Ranking, label: int, points: Floats) -> float:
    """Average precision of one class."""
    hit = ranking.hit[ranking.label == label]
    return precision_at(hit, np.ones_like(hit), int(ranking.faces[label]), points)


def _counts(errors: Errors) -> Values:
    detections, faces = int((errors.kind != UNCOUNTED).sum()), len(errors.matched)
    values = {
        f"errors_{name}": _count(errors.kind == number, detections)
        for number, name in enumerate(KINDS)
    }
    values[f"errors_{MISSED}"] = _count(errors.missed, faces)
    values[f"errors_{SUMS[0]}"] = _count(errors.kind >= 0, detections)
    values[f"errors_{SUMS[1]}"] = _count(~errors.matched, faces)
    return values


def _count(which: Bools, among: int) -> tuple[float | None, int]:
    return (float(which.sum()) if among else None), among
