"""Progress without printing: long work takes a callable, the command line draws the bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Wraps an iterable and shows how far it has come."""

    def __call__(self, items: Iterable[T], *, total: int, what: str) -> Iterator[T]:
        """Yield the items unchanged; ``what`` names the stage, in a few words."""
        ...


def silent(items: Iterable[T], *, total: int, what: str) -> Iterator[T]:  # noqa: ARG001
    """The progress that shows nothing."""
    yield from items
