"""Precision against recall, from matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..protocol import Protocol
from ..scoring.matching import Matches

MOST: Final = 200  # points: more than a screen's pixels can tell apart


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """The curve whose area is AP at IoU ``tau``, faces of every size.

    Args:
        points: (recall, precision), recall rising and precision falling, at most ``MOST``.
            Precision is the highest at that recall or more, as AP takes it. Beyond the
            last recall it is 0.
        faces: true faces.
    """

    points: tuple[tuple[float, float], ...]
    faces: int


def precision_recall(matches: Matches, protocol: Protocol) -> PrecisionRecall | None:
    """The curve of one class, or None without true faces; no points without a hit."""
    faces = matches.faces(0)
    if not faces:
        return None
    counted = ~matches.ignored[protocol.at_tau, 0]
    at = np.flatnonzero(matches.matched[protocol.at_tau, 0][counted])
    hits = np.arange(1, len(at) + 1)
    precision = np.maximum.accumulate((hits / (at + 1))[::-1])[::-1]
    # From the left edge on: the first precision holds from recall 0.
    recall = np.append(0.0, hits / faces) if len(at) else np.zeros(0)
    precision = np.append(precision[:1], precision)
    kept = _thinned(len(recall))
    points = zip(recall[kept].tolist(), precision[kept].tolist(), strict=True)
    return PrecisionRecall(tuple(points), faces)


def _thinned(count: int) -> list[int]:
    """Evenly spaced positions, the first and the last among them."""
    return sorted(set(np.linspace(0, count - 1, min(count, MOST)).round().astype(int).tolist()))
