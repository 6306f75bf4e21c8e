"""A detector as a judge of single faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..annotations import boxes
from ..annotations.categories import FAKE
from ..annotations.instances import Instances
from ..core.images import Rgb
from .detectors import load_detector

MIN_IOU = 0.3  # of a detection and the face that it is about

Judge = Callable[[Rgb, NDArray[np.float64]], float]


def load_judge(reference: str) -> Judge:
    """A detector's ``predict``, as ``load_detector`` names it, for one face at a time.

    The answer is (1 + f − r) / 2 of the highest scores, forged and real, among the
    detections that overlap the face, as label_AUC counts it; 0.5 where there is none.
    """
    detector = load_detector(reference, device="cpu").detector

    def judge(image: Rgb, box: NDArray[np.float64]) -> float:
        return forged_share(detector.predict([image], [0])[0], box)

    return judge


def forged_share(found: Instances, box: NDArray[np.float64]) -> float:
    """How surely the detections say that the face in a (4,) xyxy box is forged, in [0, 1]."""
    if not len(found) or found.scores is None:
        return 0.5
    near = boxes.iou(found.boxes, np.asarray(box, dtype=np.float64)[None])[:, 0] >= MIN_IOU
    forged, real = (
        float(found.scores[near & mask].max(initial=0.0))
        for mask in (found.labels == FAKE, found.labels != FAKE)
    )
    return (1 + forged - real) / 2
