"""Rows of unequal length laid end to end: offsets, places within a row, sums by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def offsets(counts: NDArray[Any]) -> Ints:
    """(N + 1,) where each of N rows starts, and the end."""
    result = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=result[1:])
    return result


def within(counts: NDArray[Any]) -> Ints:
    """0, 1, 2, … within each row."""
    return np.arange(int(counts.sum())) - np.repeat(offsets(counts)[:-1], counts)


def sums(values: NDArray[Any], counts: NDArray[Any]) -> Ints:
    """(N,) sums of whole numbers over each row; 0 for an empty one."""
    total, ends = offsets(values), offsets(counts)
    return np.asarray(total[ends[1:]] - total[ends[:-1]])
