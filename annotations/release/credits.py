"""Whose photographs a release shows: one row a photograph, and one line an image."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .lines import Line, Record, donors_of, is_fake, licence_of, name_of, records_of

FILE: Final = "CREDITS.csv"
COLUMNS: Final = ("photograph", "licence", "origin", "sha256", "split", "images", "faces_in")
# Which photograph an image was made from would lead to its original, and so to the labels.
HIDDEN_COLUMNS: Final = ("photograph", "licence", "origin", "split")

Names = Mapping[int, str]  # image id → file


@dataclass(slots=True)
class Credit:
    """One photograph: its images, and the images that a face of it was put into."""

    record: Record
    split: str
    images: set[int] = field(default_factory=set)
    faces_in: set[int] = field(default_factory=set)


def credits_of(lines: Mapping[str, Sequence[Line]]) -> list[Credit]:
    """The credits of some splits' provenance lines, by name."""
    found: dict[tuple[str, str], Credit] = {}
    for split, rows in lines.items():
        for line in rows:
            _credit(found, line["photo"], split).images.add(line["image_id"])
            for donor in donors_of(line):
                _credit(found, donor, split).faces_in.add(line["image_id"])
    return sorted(found.values(), key=lambda one: (name_of(one.record), one.split))


def _credit(found: dict[tuple[str, str], Credit], record: Record, split: str) -> Credit:
    return found.setdefault((record["sha256"], split), Credit(record, split))


def licence_counts(credits: Iterable[Credit]) -> dict[str, int]:
    """Licence, as stated → photographs, the most frequent first."""
    licences = {one.record["sha256"]: licence_of(one.record) for one in credits}
    counts: dict[str, int] = {}
    for licence in licences.values():
        counts[licence] = counts.get(licence, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def credits_csv(credits: Sequence[Credit], names: Names) -> str:
    """One row a photograph, with every image that shows some of it."""
    rows = [
        (
            name_of(one.record),
            licence_of(one.record),
            one.record.get("origin", ""),
            one.record["sha256"],
            one.split,
            " ".join(names[image] for image in sorted(one.images)),
            " ".join(names[image] for image in sorted(one.faces_in)),
        )
        for one in credits
    ]
    return _csv(COLUMNS, rows)


def hidden_csv(credits: Sequence[Credit]) -> str:
    """The photographs of a hidden split, without what was made from which."""
    rows = [
        (name_of(one.record), licence_of(one.record), one.record.get("origin", ""), one.split)
        for one in credits
    ]
    return _csv(HIDDEN_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def rights_line(lines: Sequence[Line]) -> str:
    """The licences of the photographs of one image."""
    return "; ".join(dict.fromkeys(map(licence_of, records_of(lines))))


def credit_line(lines: Sequence[Line]) -> str:
    """Names and origins of the photographs of one image, and that it was altered."""
    texts = [
        ", ".join(filter(None, (name_of(record), record.get("origin"))))
        for record in records_of(lines)
    ]
    altered = " (faces altered)" if any(map(is_fake, lines)) else ""
    return "; ".join(texts) + altered
