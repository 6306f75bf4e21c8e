"""The entries of a submission as columns, and the images that they may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from ..manifest import Manifest, ManifestEntry
from .findings import Findings, shown


@dataclass(frozen=True)
class Images:
    """The images of one split, or of all, by id; and those of the other splits."""

    here: Mapping[int, ManifestEntry]
    elsewhere: Mapping[int, ManifestEntry]

    @classmethod
    def of(cls, manifest: Manifest, split: str | None) -> Images:
        """The images of a split; of all splits for None."""
        wanted = {row.id: row for row in manifest.images if split in {None, row.split}}
        return cls(wanted, {row.id: row for row in manifest.images if row.id not in wanted})

    @cached_property
    def by_name(self) -> Mapping[str, int]:
        """File name, its last part, and that without its suffix → id."""
        names: dict[str, int] = {}
        for row in self.here.values():
            path = PurePosixPath(row.file_name)
            for name in (row.file_name, path.name, path.stem):
                names.setdefault(name, row.id)
        return names

    def meant(self, value: object) -> int | None:
        """The id that a text stands for."""
        if not isinstance(value, str) or len(value) > 1000:
            return None
        if value.isascii() and value.isdecimal() and len(value) < 19 and int(value) in self.here:
            return int(value)
        path = PurePosixPath(value.replace("\\", "/"))
        names = (value, path.name, path.stem)
        return next((self.by_name[name] for name in names if name in self.by_name), None)


@dataclass
class Entries:
    """The entries that are objects.

    Args:
        rows: the objects.
        numbers: of each, its place in the file, from 0.
        images: of each, the image it names or seems to mean.
    """

    rows: Sequence[Mapping[str, Any]]
    numbers: Sequence[int]
    images: list[ManifestEntry | None] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Sequence[Any], findings: Findings) -> Entries:
        """Keep the objects, and note what else there is."""
        odd = [number for number, row in enumerate(rows) if type(row) is not dict]
        findings.add_rows(
            "entry-not-object", odd, "entry {}".format, lambda row: (shown(rows[row]), None)
        )
        if not odd:
            return cls(rows, range(len(rows)))
        numbers = [number for number, row in enumerate(rows) if type(row) is dict]
        return cls([rows[number] for number in numbers], numbers)

    def column(self, name: str) -> list[Any]:
        """A field of all entries; None where it is missing."""
        return [row.get(name) for row in self.rows]

    def place(self, row: int, name: str | None = None) -> str:
        """Where a reader finds a row: entry, image, field."""
        parts = [f"entry {self.numbers[row]}"]
        if self.rows[row].get("image_id") is not None:
            parts.append(f"image {shown(self.rows[row]['image_id'])}")
        return ", ".join(parts if name is None else [*parts, name])

    def note(
        self, findings: Findings, code: str, rows: Sequence[int], name: str, expected: object = None
    ) -> None:
        """Note a fault of one field in some rows, showing its value."""

        def place(row: int) -> str:
            return self.place(row, name)

        findings.add_rows(
            code, rows, place, lambda row: (shown(self.rows[row].get(name)), expected)
        )
