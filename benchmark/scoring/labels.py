"""Does a detector tell forged from real, on the faces that it finds?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...annotations.categories import FAKE, REAL
from ...annotations.instances import Instances
from .matching import Floats


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """The true faces that were found, over all images.

    Args:
        labels: (N,) true labels.
        forged: (N,) predicted degree of forgery in [0, 1].
        overlap: (N,) IoU with the best prediction.
        methods: N method names, None for a real face.
    """

    labels: NDArray[np.int64]
    forged: Floats
    overlap: Floats
    methods: tuple[str | None, ...]


def found_faces(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    overlaps: Sequence[Floats],
    tau: float,
) -> Found:
    """Pair true faces with predictions, labels ignored.

    A prediction belongs to the true face that it overlaps most, if by at least ``tau``. A
    true face is found if a prediction belongs to it; its degree of forgery is
    f / (f + r), with f and r the highest scores among its predictions labelled fake and
    real, 0 where there is none. A detector that gives a face one label only, with score
    s, is read as s against 1 − s.
    """
    labels, forged, best, methods = [], [], [], []
    for faces, predicted, matrix in zip(truth, predictions, overlaps, strict=True):
        if not len(faces) or not len(predicted):
            continue
        owner = matrix.argmax(axis=1)
        near = matrix.max(axis=1) >= tau
        names = faces.extra.get("method", [None] * len(faces))
        for row in range(len(faces)):
            mine = near & (owner == row)
            if mine.any():
                labels.append(int(faces.labels[row]))
                forged.append(_forged(predicted, mine))
                best.append(float(matrix[mine, row].max()))
                methods.append(names[row])
    return Found(np.array(labels, np.int64), np.array(forged), np.array(best), tuple(methods))


def _forged(predicted: Instances, mine: NDArray[np.bool_]) -> float:
    scores = predicted.scores if predicted.scores is not None else np.ones(len(predicted))
    fake = scores[mine & (predicted.labels == FAKE)].max(initial=0.0)
    real = scores[mine & (predicted.labels == REAL)].max(initial=0.0)
    if real == 0.0:
        return float(fake)
    if fake == 0.0:
        return float(1 - real)
    return float(fake / (fake + real))


def roc_auc(scores: Floats, positive: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve: the chance that a positive outscores a negative, ties ½.

    None where one of the two is missing.
    """
    first, second = int(positive.sum()), int((~positive).sum())
    if not first or not second:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    ranks = (upper - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - first * (first + 1) / 2) / (first * second))
