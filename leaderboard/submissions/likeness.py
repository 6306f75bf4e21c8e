"""How alike two predictions files are, without keeping either open.

A MinHash sketch (Broder, 1997) of coarse detections: the share of equal values in two
sketches estimates the share of detections that the files have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SIZE: Final = 64  # values; the estimate is good to about ±0.06
GRID: Final = 4  # pixels: boxes that differ less fall together
STEPS: Final = 20  # of the score
ALIKE: Final = 0.9  # from which two files are near-identical
_EMPTY: Final = np.iinfo(np.uint64).max
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
# SplitMix64: its odd steps make as many different orders as wanted of the same hashes.
_SEEDS: Final = np.arange(1, SIZE + 1, dtype=np.uint64) * _MIX


def _scramble(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def sketch(rows: Sequence[Any]) -> str:
    """The sketch of a checked predictions file, as text; empty for no detections."""
    if not rows:
        return ""
    coarse = _coarse(rows)
    with np.errstate(over="ignore"):
        hashes = np.zeros(len(rows), dtype=np.uint64)
        for column in coarse.T:
            hashes = _scramble(hashes * np.uint64(31) + column + _MIX)
        least = [int(_scramble(hashes ^ seed).min()) for seed in _SEEDS]
    return ",".join(f"{value:x}" for value in least)


def _coarse(rows: Sequence[Any]) -> NDArray[np.uint64]:
    """(N, 7) image, label, score and box of each detection, so rough that near ones are equal."""
    whole = np.array([(row["image_id"], row["category_id"]) for row in rows], dtype=np.int64)
    scores = np.array([row["score"] for row in rows], dtype=np.float64)
    boxes = np.array([row.get("bbox") or (0, 0, 0, 0) for row in rows], dtype=np.float64)
    steps = np.column_stack([np.rint(scores * STEPS), np.floor(boxes / GRID)])
    return np.column_stack([whole, steps.astype(np.int64)]).view(np.uint64)


def likeness(first: str, second: str) -> float:
    """The estimated share of detections that two files have in common, 0 to 1."""
    if not first or not second:
        return 0.0
    pairs = zip(first.split(","), second.split(","), strict=True)
    return sum(a == b for a, b in pairs) / SIZE
