"""True faces as the detector found them: how well outlined, and taken for what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...annotations.categories import FAKE
from .matching import Matches
from .pairs import Bools, Floats, Ints, Pairs


@dataclass(frozen=True, eq=False, slots=True)
class FoundFaces:
    """One row per true face.

    Args:
        label: (G,) 0 real, 1 fake.
        found: (G,) whether a detection of any label matches at IoU ``tau``.
        iou: (G,) IoU with that detection, 0 where none.
        forged: (G,) how forged the detector holds the face, in [0, 1]; 0.5 where none.
    """

    label: Ints
    found: Bools
    iou: Floats
    forged: Floats


def found_faces(pairs: Pairs, matches: Matches, tau: float) -> FoundFaces:
    """Read the class-agnostic matches face by face.

    A detector may answer twice for a face, as real and as fake. What it says of a face
    are the matched detection and every unmatched one that overlaps this face most, with
    IoU ``tau`` at least. With f and r the highest scores among them as fake and as real
    (0 where absent), the forged score is (1 + f - r) / 2: f itself where the two sum to
    one, above one half exactly where fake outweighs real.
    """
    faces = len(pairs.truth)
    iou, said = np.zeros(faces), np.zeros((2, faces))
    about = _about(pairs, matches, tau)
    spoken = about >= 0
    rows = matches.row[spoken]
    labels = (pairs.detections.label[rows] == FAKE).astype(np.int64)
    np.maximum.at(said, (labels, about[spoken]), pairs.scores[rows])
    partner = matches.partner[0]
    hit = partner >= 0
    iou[partner[hit]] = matches.iou[0][hit]
    found = np.zeros(faces, dtype=bool)
    found[partner[hit]] = True
    forged = np.where(found, (1 + said[1] - said[0]) / 2, 0.5)
    return FoundFaces(pairs.truth.label, found, iou, forged)


def _about(pairs: Pairs, matches: Matches, tau: float) -> Ints:
    """(D,) the true face that each detection speaks of, or -1."""
    close = pairs.pair_iou >= tau
    order = np.argsort(pairs.pair_iou[close], kind="stable")
    nearest = np.full(len(pairs.detections), -1)
    # Written in rising IoU, so that the nearest face stays.
    nearest[pairs.pair_detection[close][order]] = pairs.pair_truth[close][order]
    return np.where(matches.partner[0] >= 0, matches.partner[0], nearest[matches.row])


def roc_auc(positive: Floats, negative: Floats) -> float | None:
    """P(a positive scores above a negative), ties counting one half; None if one is empty.

    The Mann-Whitney form of the area under the ROC curve.
    """
    if not len(positive) or not len(negative):
        return None
    ranked = np.sort(negative)
    below = np.searchsorted(ranked, positive, side="left")
    not_above = np.searchsorted(ranked, positive, side="right")
    return float((below + not_above).mean() / 2 / len(negative))
