"""A forgery is drawn anew until it fools a detector: the filter of OpenForensics' workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..core.images import Rgb

Predict = Callable[[Rgb, NDArray[np.float64]], float]


@dataclass(frozen=True, slots=True)
class Opponent:
    """A detector that forgeries must fool.

    Args:
        reference: what ``load`` is given.
        name: for provenance: which detector, and the hash of its weights.
        load: gives ``predict``: (H, W, 3) RGB picture and a face's (4,) xyxy box → the
            probability that the face is forged. A module's function, so that worker
            processes find it; each loads the detector once.
    """

    reference: str
    name: str
    load: Callable[[str], Predict]

    def score(self, image: Rgb, box: NDArray[np.float64]) -> float:
        """How surely the face in the box is taken for forged, in [0, 1]."""
        return float(_loaded(self)(image, box))


@lru_cache(maxsize=1)
def _loaded(opponent: Opponent) -> Predict:
    return opponent.load(opponent.reference)
