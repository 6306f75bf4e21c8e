"""What a release was asked for, kept in it: ``release.json``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from ... import __version__
from ...core.errors import DataError
from ...core.files import read_json, write_json
from .about import About, parse_about
from .facts import Purpose

FILE: Final = "release.json"
PURPOSES: Final[tuple[Purpose, ...]] = ("public", "evaluation")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for.

    Args:
        purpose: public copies carry the mark of their source type, those for evaluation do not.
        hidden: splits that are released without labels.
        published: the day that the files state.
    """

    about: About
    purpose: Purpose
    hidden: tuple[str, ...]
    published: date


@dataclass(frozen=True, slots=True)
class Record:
    """The terms, and what they were applied to: file of the dataset → SHA-256."""

    terms: Terms
    source: dict[str, str]
    manyfaces: str = __version__

    def same_work(self, other: Record) -> bool:
        """Whether both ask for the same files; the day does not count."""
        day = date.min
        first, second = (
            replace(one, terms=replace(one.terms, published=day)) for one in (self, other)
        )
        return first == second


def to_json(record: Record) -> dict[str, Any]:
    """The content of ``release.json``."""
    terms = record.terms
    return {
        "manyfaces": record.manyfaces,
        "purpose": terms.purpose,
        "hidden": list(terms.hidden),
        "published": terms.published.isoformat(),
        "about": terms.about.model_dump(mode="json"),
        "source": record.source,
    }


def write_record(root: Path, record: Record) -> None:
    """Write ``release.json``."""
    write_json(root / FILE, to_json(record), indent=True)


def read_record(root: Path) -> Record | None:
    """The record of a release; None where there is none.

    Raises:
        DataError: ``release.json`` is damaged.
    """
    path = root / FILE
    if not path.is_file():
        return None
    data = read_json(path)
    try:
        terms = Terms(
            parse_about(data["about"], path),
            data["purpose"],
            tuple(data["hidden"]),
            date.fromisoformat(data["published"]),
        )
        return Record(terms, dict(data["source"]), data["manyfaces"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            "the record of the release cannot be read", where=path, got=repr(error),
            mend="Make the release again into a new folder",
        ) from error  # fmt: skip
