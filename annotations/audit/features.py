"""What an audit hands to the classifier: named columns of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """(N, D) values and their D names, in words; NaN where a row has no such value."""

    names: tuple[str, ...]
    values: Floats


def features(columns: Mapping[str, Iterable[float]]) -> Features:
    """Features from columns of one length."""
    values = [np.array(list(column), dtype=np.float64) for column in columns.values()]
    return Features(tuple(columns), np.stack(values, axis=1))


def from_rows(names: Sequence[str], rows: Iterable[Sequence[float] | Floats]) -> Features:
    """Features from rows of one length, as many as there are names."""
    return Features(tuple(names), np.array(list(rows), np.float64).reshape(-1, len(names)))
