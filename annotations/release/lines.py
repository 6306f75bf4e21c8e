"""Provenance lines as a release reads them: one line a face, its photograph and its donors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..categories import FAKE, NAMES

Line = Mapping[str, Any]
Record = Mapping[str, Any]  # a photograph: name, sha256, licence, origin, group


def donors_of(line: Line) -> list[Record]:
    """The photographs that lent the face something; older datasets name one as ``donor``."""
    donors = line.get("donors") or [line.get("donor")]
    return [donor for donor in donors if donor]


def records_of(lines: Iterable[Line]) -> list[Record]:
    """The photographs that some faces show: their own first, then donors, each once."""
    lines = list(lines)
    found: dict[str, Record] = {}
    donors = [donor for line in lines for donor in donors_of(line)]
    for record in [*(line["photo"] for line in lines), *donors]:
        found.setdefault(record["sha256"], record)
    return list(found.values())


def is_fake(line: Line) -> bool:
    """Whether the line is that of a forged face."""
    return bool(line.get("label") == NAMES[FAKE] or line.get("method"))


def by_image(lines: Iterable[Line]) -> dict[int, list[Line]]:
    """The lines of each image id."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        found.setdefault(line["image_id"], []).append(line)
    return found


def name_of(record: Record) -> str:
    """The photograph's name, or its hash where it has none."""
    return str(record.get("name") or record["sha256"])


def licence_of(record: Record) -> str:
    """The licence of a photograph as its source states it."""
    return str(record.get("licence") or "unknown")


def mentions(value: object, text: str) -> bool:
    """Whether a string anywhere in a JSON value is the text."""
    if isinstance(value, Mapping):
        return any(mentions(inner, text) for inner in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(mentions(inner, text) for inner in value)
    return value == text
