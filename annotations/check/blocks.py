"""Rows in blocks of bounded size: what is unpacked at a time stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

ROWS: Final = 1000
WEIGHT: Final = 1 << 20


def blocks(rows: Sequence[int], weights: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ``rows`` where a block would be over ``ROWS`` or ``WEIGHT``; one row at least."""
    start, weight = 0, 0
    for end, more in enumerate(weights):
        if end > start and (end - start >= ROWS or weight + more > WEIGHT):
            yield rows[start:end]
            start, weight = end, 0
        weight += more
    if start < len(rows):
        yield rows[start:]
