"""Does a picture hold a forgery? Judged by the highest score of a face labelled fake."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...annotations.categories import FAKE
from ...annotations.columns import Columns
from .detection import Values
from .found_faces import roc_auc
from .pairs import Bools, Floats


@dataclass(frozen=True, eq=False, slots=True)
class JudgedImages:
    """I images: whether each holds a forgery, and how sure the detector is of it.

    Args:
        forged: (I,) the truth.
        scores: (I,) highest score labelled fake, 0 without any.
    """

    forged: Bools
    scores: Floats


def judged_images(truth: Columns, found: Columns) -> JudgedImages:
    """The images of a truth with a detector's answer."""
    forged = np.zeros(len(truth.ids), dtype=bool)
    forged[truth.image[truth.label == FAKE]] = True
    scores = np.zeros(len(truth.ids))
    fake = found.label == FAKE
    if found.scores is not None:
        np.maximum.at(scores, found.image[fake], found.scores[fake])
    return JudgedImages(forged, scores)


def image_values(images: JudgedImages) -> Values:
    """AUC, average precision and equal error rate over images."""
    positive, negative = images.scores[images.forged], images.scores[~images.forged]
    auc = roc_auc(positive, negative)
    both = len(images.forged) if auc is not None else 0
    precision = average_precision(positive, negative)
    return {
        "image_AUC": (auc, both),
        "image_AP": (precision, len(positive) if precision is not None else 0),
        "image_EER": (equal_error_rate(positive, negative), both),
    }


def average_precision(positive: Floats, negative: Floats) -> float | None:
    """Σ (R_k - R_(k-1)) P_k over falling thresholds, equal scores together; None without positives.

    The area under the precision-recall curve in steps, as scikit-learn computes it.
    """
    if not len(positive):
        return None
    thresholds = np.unique(positive)[::-1]
    hits = _at_least(positive, thresholds)
    precision = hits / (hits + _at_least(negative, thresholds))
    return float((np.diff(hits, prepend=0) * precision).sum() / len(positive))


def equal_error_rate(positive: Floats, negative: Floats) -> float | None:
    """The error rate where misses and false alarms are equally frequent; None if one is empty.

    Between the thresholds on either side of the crossing, the ROC curve is a straight line.
    """
    if not len(positive) or not len(negative):
        return None
    thresholds = np.unique(np.concatenate([positive, negative]))[::-1]
    miss = 1 - np.concatenate([[0], _at_least(positive, thresholds) / len(positive)])
    alarm = np.concatenate([[0], _at_least(negative, thresholds) / len(negative)])
    after = int(np.argmax(alarm >= miss))  # from (1, 0) to (0, 1): it crosses
    gap, next_gap = miss[after - 1] - alarm[after - 1], miss[after] - alarm[after]
    part = gap / (gap - next_gap)
    return float(alarm[after - 1] + part * (alarm[after] - alarm[after - 1]))


def _at_least(scores: Floats, thresholds: Floats) -> Floats:
    """How many scores reach each threshold."""
    ranked = np.sort(scores)
    return (len(ranked) - np.searchsorted(ranked, thresholds, side="left")).astype(np.float64)
