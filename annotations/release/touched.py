"""What the withdrawal of a photograph touches, found in provenance: no file is opened here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ...core.errors import UsageError
from ...core.files import sha256
from .lines import Line, Record, donors_of, is_fake, licence_of, mentions

Lines = Mapping[str, Sequence[Line]]  # split → provenance lines
Ids = Mapping[str, set[int]]  # split → image ids

SHORT: Final = 12  # digits of a hash that are taken for it


def photographs(lines: Lines, report: Mapping[str, Any] | None) -> dict[str, str]:
    """SHA-256 → name of every photograph that a dataset names, unused ones too.

    Where the report has no hash, as the file could not be read, the name's hash stands for it.
    """
    found = {_digest(row): row["name"] for row in (report or {}).get("photographs", [])}
    for rows in lines.values():
        for line in rows:
            for record in (line["photo"], *donors_of(line)):
                found[record["sha256"]] = record.get("name", "")
    return found


def _digest(row: Mapping[str, Any]) -> str:
    return str(row["sha256"] or sha256(row["name"].encode()))


def which(wanted: str, known: Mapping[str, str], images: Mapping[str, str]) -> str | None:
    """The SHA-256 of the photograph that someone names; None where none is it.

    Args:
        wanted: its name, its hash or 12 digits of it, or an image made from it.
        known: SHA-256 → name.
        images: file of an image → SHA-256 of the photograph that it was made from.

    Raises:
        UsageError: several are meant.
    """
    found = {sha for sha, name in known.items() if wanted in (sha, name)}
    if not found and wanted in images:
        found = {images[wanted]}
    if not found and len(wanted) >= SHORT:
        found = {sha for sha in known if sha.startswith(wanted.lower())}
    if len(found) > 1:
        raise UsageError(
            "several photographs are meant", got=wanted, expected=" or ".join(sorted(found))
        )
    return next(iter(found), None)


def images_of(lines: Lines, sha: str) -> dict[str, set[int]]:
    """The images that show the photograph or took anything from it; splits without are left out.

    A line counts wherever it names the photograph: as its own, as a donor, or in a parameter.
    """
    found = {
        split: {line["image_id"] for line in rows if mentions(line, sha)}
        for split, rows in lines.items()
    }
    return {split: ids for split, ids in found.items() if ids}


def own_images(lines: Lines, sha: str) -> dict[str, set[int]]:
    """The images that were made from the photograph, those that took a face from it left out."""
    found = {
        split: {line["image_id"] for line in rows if line["photo"]["sha256"] == sha}
        for split, rows in lines.items()
    }
    return {split: ids for split, ids in found.items() if ids}


def without_images(truth: Mapping[str, Any], gone: set[int]) -> dict[str, Any]:
    """The object of a COCO file without some images; all else stays, ids too."""
    return {
        **truth,
        "images": [row for row in truth["images"] if row["id"] not in gone],
        "annotations": [row for row in truth["annotations"] if row["image_id"] not in gone],
    }


def new_report(
    report: Mapping[str, Any], lines: Lines, sha: str, files: Iterable[str]
) -> dict[str, Any]:
    """A build's report without the photograph, its counts those of what is left.

    What tells of the build itself (attempts, refusals) stays: it says nothing of a photograph.

    Args:
        lines: of the images that are left.
        files: of the images that are gone.
    """
    gone = set(files)
    name = next((row["name"] for row in report["photographs"] if _digest(row) == sha), None)
    rows = [
        _unused(row) if row.get("image") in gone else _renamed(row, name)
        for row in report["photographs"]
        if _digest(row) != sha
    ]
    return {**report, **_counts(lines, report["splits"]), "photographs": rows}


def _unused(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: row[key] for key in ("name", "sha256")}
    return {**kept, "used": False, "reason": "took a face from a withdrawn photograph"}


def _renamed(row: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """A reason may name the photograph, as in "exact copy of"."""
    if name and name in str(row.get("reason", "")):
        return {**row, "reason": row["reason"].replace(name, "a withdrawn photograph")}
    return dict(row)


def _counts(lines: Lines, splits: Iterable[str]) -> dict[str, Any]:
    every = [line for rows in lines.values() for line in rows]
    of_image = {line["image_id"]: line["photo"] for line in every}
    forged = {line["image_id"] for line in every if is_fake(line)}
    return {
        "images": len(of_image),
        "pristine_images": len(of_image) - len(forged),
        "faces": len(every),
        "forged": _count(str(line["method"]) for line in every if is_fake(line)),
        "splits": {split: _split(lines.get(split, ())) for split in splits},
        "licences": _count(licence_of(record) for record in _records(of_image.values())),
    }


def _records(records: Iterable[Record]) -> Iterable[Record]:
    return {record["sha256"]: record for record in records}.values()


def _split(rows: Sequence[Line]) -> dict[str, int]:
    fake = sum(map(is_fake, rows))
    images = len({line["image_id"] for line in rows})
    return {"images": images, "faces": len(rows), "real": len(rows) - fake, "fake": fake}


def _count(values: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
