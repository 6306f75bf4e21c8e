"""From merged matches to numbers: average precision, average recall, oLRP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .matching import Floats, Matches


def precisions(matches: Matches, points: int) -> Floats:
    """(T, points) interpolated precision at equally spaced recalls (COCO).

    Precision at a recall is the highest one at that recall or a larger one, and 0 where
    the recall is never reached.
    """
    true, false = _counts(matches)
    recall = true / matches.faces
    precision = true / (true + false + np.spacing(1))
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    wanted = np.linspace(0.0, 1.0, points)
    result = np.zeros((len(envelope), points))
    for row in range(len(envelope)):
        at = np.searchsorted(recall[row], wanted, side="left")
        reached = at < envelope.shape[1]
        result[row, reached] = envelope[row, at[reached]]
    return result


def recalls(matches: Matches) -> Floats:
    """(T,) the recall of all predictions."""
    return np.asarray((matches.found & ~matches.ignored).sum(axis=1) / matches.faces)


def _counts(matches: Matches) -> tuple[Floats, Floats]:
    counted = ~matches.ignored
    true = np.cumsum(matches.found & counted, axis=1).astype(np.float64)
    false = np.cumsum(~matches.found & counted, axis=1).astype(np.float64)
    return true, false


@dataclass(frozen=True, slots=True)
class Olrp:
    """Optimal localisation-recall-precision error and its parts; None where undefined."""

    olrp: float
    loc: float | None
    fp: float | None
    fn: float
    threshold: float | None


def olrp(matches: Matches, row: int, tau: float) -> Olrp:
    """OLRP (Oksuz et al., ECCV 2018) at the threshold in ``row`` of the matches.

    LRP(s) = (Σ_TP (1 − IoU)/(1 − τ) + N_FP + N_FN) / (N_TP + N_FP + N_FN) over the
    predictions that score at least s; oLRP is its minimum over s, and the parts are read
    there: Loc = mean of 1 − IoU over true positives, FP = 1 − precision, FN = 1 − recall.
    """
    counted = ~matches.ignored[row]
    found = matches.found[row][counted]
    if not found.any():
        return Olrp(1.0, None, None, 1.0, None)
    true, false = np.cumsum(found), np.cumsum(~found)
    loose = np.cumsum(np.where(found, 1 - matches.overlap[row][counted], 0.0))
    missed = matches.faces - true
    error = (loose / (1 - tau) + false + missed) / (true + false + missed)
    best = int(np.argmin(error))
    if true[best] == 0:
        return Olrp(1.0, None, None, 1.0, None)
    return Olrp(
        float(error[best]),
        float(loose[best] / true[best]),
        float(false[best] / (true[best] + false[best])),
        float(missed[best] / matches.faces),
        float(matches.scores[counted][best]),
    )
