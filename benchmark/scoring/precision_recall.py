"""COCO's average precision and average recall, from matches (Lin et al., ECCV 2014)."""

from __future__ import annotations

import numpy as np

from ..protocol import Protocol
from .matching import Matches
from .pairs import Bools, Floats


def average_precision(matches: Matches, protocol: Protocol, area: int) -> Floats | None:
    """(T,) AP at each IoU threshold for one area range, or None without true faces.

    The mean over the recall points of the highest precision at that recall or more.
    """
    faces = matches.faces(area)
    if not faces:
        return None
    points = np.linspace(0.0, 1.0, protocol.recall_points)
    return np.array(
        [
            precision_at(hit & ~ignored, ~ignored, faces, points)
            for hit, ignored in zip(matches.matched[:, area], matches.ignored[:, area], strict=True)
        ]
    )


def precision_at(hit: Bools, counted: Bools, faces: int, points: Floats) -> float:
    """Average precision at one IoU threshold.

    Args:
        hit: (D,) by falling score, whether a detection counts as right.
        counted: (D,) whether it counts at all.
        faces: true faces, at least one.
        points: the recalls to read precision at.
    """
    # Recall rises at hits only, and precision is highest there: no other detection
    # can be where a recall point is first reached, so the curve needs hits alone.
    at = np.flatnonzero(hit)
    hits = np.arange(1, len(at) + 1)
    precision = hits / np.cumsum(counted)[at]
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    reached = np.searchsorted(hits / faces, points, side="left")
    return float(np.append(envelope, 0.0)[reached].mean())


def average_recall(matches: Matches, area: int, max_detections: int) -> float | None:
    """Mean over the IoU thresholds of the share of true faces found.

    Only the ``max_detections`` highest scored detections of an image count; None without
    true faces.
    """
    faces = matches.faces(area)
    if not faces:
        return None
    hit = matches.matched[:, area] & ~matches.ignored[:, area] & (matches.rank < max_detections)
    return float((np.count_nonzero(hit, axis=1) / faces).mean())
