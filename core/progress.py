"""Progress without printing: long work takes a callable, the command line draws the bar."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from types import TracebackType
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


class Ticks:
    """One bar over work that is done in pieces of any size; use as a context.

    Args:
        progress: draws the bar.
        total: how many ticks the whole work has.
        what: names it, in a few words.
    """

    def __init__(self, progress: Progress, total: int, what: str) -> None:
        self._items = iter(progress(range(total), total=total, what=what))

    def advance(self, count: int) -> None:
        """So many more are done."""
        for _ in islice(self._items, count):
            pass

    def __enter__(self) -> Ticks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the bar, so that what is printed next stands below it."""
        self.advance(1)
        if isinstance(self._items, Generator):
            self._items.close()
