"""What every verb uses: progress bars on stderr, JSON on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

T = TypeVar("T")

err = Console(stderr=True, highlight=False)
out = Console(highlight=False, soft_wrap=True)


def bar(items: Iterable[T], *, total: int, what: str) -> Iterator[T]:
    """The progress that draws a bar on stderr (``core.progress.Progress``)."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=err) as progress:
        yield from progress.track(items, total=total, description=what)


def count(number: int, what: str) -> str:
    """How many of something, as "1 face" or "2 faces"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def print_json(value: object) -> None:
    """Write JSON to stdout, for machines."""
    from ..core.files import to_json

    sys.stdout.buffer.write(to_json(value, indent=True))
    sys.stdout.flush()
