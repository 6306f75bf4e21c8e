"""Greedy COCO matching, for all overlap thresholds at once.

Nothing here knows whether the overlaps are of boxes or of masks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """Predictions and true faces of one class in one image, with their overlaps.

    Args:
        scores: (D,) descending.
        overlaps: (D, G) IoU.
        predicted_areas: (D,) pixels, of boxes or masks as the task has it.
        true_areas: (G,) pixels of the masks.
    """

    scores: Floats
    overlaps: Floats
    predicted_areas: Floats
    true_areas: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """What became of each prediction, per threshold.

    Args:
        scores: (D,).
        found: (T, D) the prediction matched a face.
        ignored: (T, D) it counts neither for nor against.
        overlap: (T, D) IoU with the matched face, 0 where there is none.
        faces: how many true faces count.
    """

    scores: Floats
    found: Bools
    ignored: Bools
    overlap: Floats
    faces: int


def match(pairs: Pairs, thresholds: Floats, area: tuple[float, float]) -> Matches:
    """Match as COCO does, faces outside the ``area`` range ignored.

    Predictions choose in the order of their scores. Each takes the free face with the
    largest overlap (of equal ones the last), at least the threshold; faces that count
    come before ignored ones.
    """
    outside = _outside(pairs.true_areas, area)
    count, faces = pairs.overlaps.shape
    limits = np.minimum(thresholds, 1 - 1e-10)[:, None]
    free = np.ones((len(thresholds), faces), dtype=bool)
    chosen = np.full((len(thresholds), count), -1, dtype=np.int64)
    for row in range(count if faces else 0):
        reachable = free & (pairs.overlaps[row] >= limits)
        best = _best(reachable & ~outside, pairs.overlaps[row])
        spare = _best(reachable & outside, pairs.overlaps[row])
        chosen[:, row] = np.where(best >= 0, best, spare)
        taken = np.nonzero(chosen[:, row] >= 0)[0]
        free[taken, chosen[taken, row]] = False
    found = chosen >= 0
    ignored = np.where(found, outside[chosen] if faces else False, False)
    ignored |= ~found & _outside(pairs.predicted_areas, area)
    overlap = np.zeros(chosen.shape)
    if faces:
        overlap = np.where(found, pairs.overlaps[np.arange(count), chosen], 0.0)
    return Matches(pairs.scores, found, ignored, overlap, int((~outside).sum()))


def _outside(areas: Floats, area: tuple[float, float]) -> Bools:
    return np.asarray((areas < area[0]) | (areas > area[1]), dtype=bool)


def _best(candidates: Bools, overlaps: Floats) -> NDArray[np.int64]:
    """Per threshold the candidate with the largest overlap, the last of equals, or −1."""
    values = np.where(candidates, overlaps, -1.0)[:, ::-1]
    best = candidates.shape[1] - 1 - np.argmax(values, axis=1)
    return np.where(candidates.any(axis=1), best, -1)


def first(matches: Matches, limit: int) -> Matches:
    """The matches of the ``limit`` highest scores; greedy choices do not look ahead."""
    return Matches(
        matches.scores[:limit],
        matches.found[:, :limit],
        matches.ignored[:, :limit],
        matches.overlap[:, :limit],
        matches.faces,
    )


def merge(parts: list[Matches]) -> Matches | None:
    """The matches of many images in the order of their scores, ties in image order."""
    if not parts:
        return None
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="stable")
    return Matches(
        scores[order],
        np.concatenate([part.found for part in parts], axis=1)[:, order],
        np.concatenate([part.ignored for part in parts], axis=1)[:, order],
        np.concatenate([part.overlap for part in parts], axis=1)[:, order],
        sum(part.faces for part in parts),
    )
