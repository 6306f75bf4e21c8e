"""Read-only tables of methods, and the lookup that explains itself."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar

from .errors import UsageError


class Named(Protocol):
    """Anything with a name: a row of a table."""

    @property
    def name(self) -> str:
        """The name under which the row is found."""
        ...


Row = TypeVar("Row", bound=Named)


def table(rows: Iterable[Row]) -> Mapping[str, Row]:
    """Make a read-only mapping from name to row.

    Raises:
        ValueError: two rows share a name.
    """
    result: dict[str, Row] = {}
    for row in rows:
        if row.name in result:
            raise ValueError(f"two rows are named {row.name!r}")
        result[row.name] = row
    return MappingProxyType(result)


def lookup(rows: Mapping[str, Row], name: str, kind: str) -> Row:
    """Find a row by name, or a third party's by ``package.module:attribute``.

    Raises:
        UsageError: no such row; the message names the nearest ones.
    """
    if name in rows:
        return rows[name]
    if ":" in name:
        found: Row = load_attribute(name)  # type: ignore[assignment]
        return found
    raise UsageError(
        f"there is no {kind} named {name!r}",
        expected=f"one of {_some(rows)}",
        mend=nearest(name, rows),
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """``Did you mean …?`` with the names that are most alike, or None where none is."""
    near = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else None


def _some(names: Mapping[str, object], most: int = 12) -> str:
    """All of a few names, the first of many."""
    shown = ", ".join(list(names)[:most])
    return shown if len(names) <= most else f"{shown}, … ({len(names)} in all)"


def load_attribute(reference: str) -> object:
    """Import ``package.module:attribute``.

    Raises:
        UsageError: the module or the attribute does not exist.
    """
    module, _, attribute = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"{reference!r} cannot be imported",
            got=str(error),
            expected="package.module:attribute of something installed",
        ) from error
