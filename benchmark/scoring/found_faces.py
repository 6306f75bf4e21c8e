"""True faces as the detector found them: how well outlined, and taken for what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...annotations.categories import FAKE, REAL
from ..protocol import Protocol
from .detection import Values
from .matching import Matches
from .pairs import Bools, Floats, Ints, Pairs
from .strata import Stratum


@dataclass(frozen=True, eq=False, slots=True)
class FoundFaces:
    """One row per true face.

    Args:
        label: (G,) 0 real, 1 fake.
        octave: (G,) whole logarithm of the area to base 2: faces of one octave are of like size.
        found: (G,) whether a detection of any label matches at IoU ``tau``.
        iou: (G,) IoU with that detection, 0 where none.
        forged: (G,) how forged the detector holds the face, in [0, 1]; 0.5 where none.
        right: (G,) 1 where it is taken for what it is, 0 where not, 0.5 where undecided.
    """

    label: Ints
    octave: Ints
    found: Bools
    iou: Floats
    forged: Floats
    right: Floats


def found_faces(pairs: Pairs, matches: Matches, protocol: Protocol) -> FoundFaces:
    """Read the class-agnostic matches face by face.

    A detector may answer twice for a face, as real and as fake. What it says of a face
    are the matched detection and every unmatched one that overlaps this face most, with
    IoU ``tau`` at least. Let f and r be the highest scores among them as fake and as
    real, 0 where there is none. The forged score is (1 + f - r) / 2: a hesitant answer lies
    near the middle, whichever label it gives. The face is taken for the label of the higher
    score.
    """
    faces = len(pairs.truth)
    about = _about(pairs, matches, protocol.tau)
    rows, spoken = matches.row[about >= 0], about[about >= 0]
    said = np.full((2, faces), -1.0)
    np.maximum.at(said, (pairs.detections.label[rows], spoken), pairs.scores[rows])
    hit = matches.partner[0] >= 0
    iou, found = np.zeros(faces), np.zeros(faces, dtype=bool)
    iou[matches.partner[0][hit]] = matches.iou[0][hit]
    found[matches.partner[0][hit]] = True
    label = pairs.truth.label
    lead = np.sign(said[FAKE] - said[REAL]) * np.where(label == FAKE, 1, -1)
    return FoundFaces(label, _octave(pairs.truth.area), found, iou, _forged(said), (1 + lead) / 2)


def _octave(area: Floats) -> Ints:
    return np.floor(np.log2(np.maximum(area, 1))).astype(np.int64)


def _about(pairs: Pairs, matches: Matches, tau: float) -> Ints:
    """(D,) the true face that each detection speaks of, or -1."""
    close = pairs.pair_iou >= tau
    order = np.argsort(pairs.pair_iou[close], kind="stable")
    nearest = np.full(len(pairs.detections), -1)
    # Written in rising IoU, so that the nearest face stays.
    nearest[pairs.pair_detection[close][order]] = pairs.pair_truth[close][order]
    return np.where(matches.partner[0] >= 0, matches.partner[0], nearest[matches.row])


def _forged(said: Floats) -> Floats:
    """Forged scores of (2, G) scores by label; -1 stands for no answer."""
    known = np.maximum(said, 0)
    return np.asarray((1 + known[FAKE] - known[REAL]) / 2)


def found_values(faces: FoundFaces, stratum: Stratum, task: str) -> Values:
    """Recall, mean IoU and label quality in a stratum, labels of detections ignored."""
    members = stratum.members
    found = members & faces.found
    fakes = found & (faces.label == FAKE)
    reals = stratum.against & faces.found
    auc = roc_auc(faces.forged[fakes], faces.forged[reals])
    adjusted = _adjusted_auc(faces, fakes, reals)
    return {
        "recall": _mean(faces.found[members]),
        f"{task}_IoU": _mean(faces.iou[found]),
        "label_accuracy": _mean(faces.right[found]),
        "label_AUC": (auc, 0 if auc is None else int(found.sum())),
        "label_AUC_adjusted": adjusted,
    }


def _adjusted_auc(faces: FoundFaces, fakes: Bools, reals: Bools) -> tuple[float | None, int]:
    """The area under the ROC curve within octaves of the faces' areas, mean over the fakes.

    Small faces are hardly ever forged: who only knows that tells large from small, and the
    plain area counts it as telling fake from real. Fakes without a real face of like size
    are left out (Janes and Pepe, Biometrika 2009).

    Returns:
        The area, and how many fakes it rests on.
    """
    total, count = 0.0, 0
    for octave in np.unique(faces.octave[fakes]):
        like = faces.octave == octave
        positive = faces.forged[fakes & like]
        auc = roc_auc(positive, faces.forged[reals & like])
        if auc is not None:
            total, count = total + auc * len(positive), count + len(positive)
    return (total / count if count else None), count


def class_values(faces: FoundFaces, label: int) -> Values:
    """Recall and label accuracy among the true faces of one label."""
    members = faces.label == label
    return {
        "recall": _mean(faces.found[members]),
        "label_accuracy": _mean(faces.right[members & faces.found]),
    }


def _mean(values: Bools | Floats) -> tuple[float | None, int]:
    return (float(values.mean()), len(values)) if len(values) else (None, 0)


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
