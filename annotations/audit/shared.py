"""What stands on both sides of a split: a detector that remembers it needs no skill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..problems import Problem
from ..verify.origins import check_near_duplicates, check_shared
from .evidence import Evidence


def shared_between_splits(evidence: Evidence) -> Iterator[Problem]:
    """Photographs, donors, groups and near-duplicates that stand in two splits."""
    lines = {split: [_identified(row) for row in rows] for split, rows in evidence.lines.items()}
    yield from check_shared(lines)
    yield from check_near_duplicates(
        [
            (image.split, image.entry.file_name, image.looked.fingerprint)
            for image in evidence.images
        ]
    )


def _identified(row: Mapping[str, Any]) -> dict[str, Any]:
    """The line with a name for a hash where a builder wrote no hash."""
    return {
        **row,
        "photo": _hashed(row["photo"]),
        "donors": [_hashed(donor) for donor in row.get("donors", [])],
    }


def _hashed(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "sha256": record.get("sha256") or record.get("name")}
