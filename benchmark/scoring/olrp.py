"""Optimal localisation recall precision (Oksuz et al., ECCV 2018; TPAMI 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..protocol import Protocol
from .matching import Matches

ROUNDING: Final = 1e-12  # of sums of floats, generously


@dataclass(frozen=True, slots=True)
class Olrp:
    """oLRP and its parts, each with the number of faces that it rests on.

    Args:
        error: oLRP in [0, 1], lower is better.
        localisation: mean 1 - IoU of the faces found, in [0, 1 - tau].
        false_positives: share of detections that are wrong.
        false_negatives: share of true faces that are missed.
        threshold: the score from which detections are kept at the optimum.
        faces: true faces.
        hits: faces found at the optimum.
        detections: detections kept at the optimum.

    Without any hit the error is 1, and what depends on hits is None.
    """

    error: float
    localisation: float | None
    false_positives: float | None
    false_negatives: float
    threshold: float | None
    faces: int
    hits: int
    detections: int


def optimal_lrp(matches: Matches, protocol: Protocol, area: int = 0) -> Olrp | None:
    """The least LRP error over all cuts of the ranked detections, or None without faces.

    LRP(s) = (Σ (1 - IoU) / (1 - tau) + FP + FN) / (TP + FP + FN), where the sum is over
    the TP. As in the published evaluator, a cut may fall between equal scores, and the
    first of several equal optima is taken.

    Args:
        matches: of one class.
        protocol: gives tau, the IoU from which a face counts as found.
        area: position of the area range.
    """
    faces = matches.faces(area)
    if not faces:
        return None
    tau, at_tau = protocol.tau, protocol.at_tau
    counted = ~matches.ignored[at_tau, area]
    hit = matches.matched[at_tau, area][counted]
    nothing = Olrp(1.0, None, None, 1.0, None, faces, 0, 0)
    if not hit.any():
        return nothing
    hits = np.cumsum(hit)
    misplaced = np.cumsum(np.where(hit, 1 - matches.iou[area][counted], 0.0))
    kept = np.arange(1, len(hit) + 1)
    wrong = kept - hits
    errors = (misplaced / (1 - tau) + wrong + (faces - hits)) / (faces + wrong)
    best = int(np.argmin(errors))
    # A cut that only equals no detections at all, to the last digits, is none.
    if not hits[best] or errors[best] > 1 - ROUNDING:
        return nothing
    found, total = int(hits[best]), best + 1
    return Olrp(
        error=float(errors[best]),
        localisation=float(misplaced[best] / found),
        false_positives=float(wrong[best] / total),
        false_negatives=float((faces - found) / faces),
        threshold=float(matches.scores[counted][best]),
        faces=faces,
        hits=found,
        detections=total,
    )
