"""Taking a photograph, and all that was made from it, out of a dataset or a release."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from ...core.errors import UsageError
from ...core.files import (
    read_bytes,
    read_json,
    read_json_lines,
    sha256,
    sha256_of_file,
    write_bytes,
    write_json,
)
from ...core.progress import Progress, silent
from ..card import write_card
from ..dataset import ANNOTATIONS, PERTURBATION
from ..manifest import FILE as MANIFEST
from ..manifest import Manifest, read_manifest, write_manifest
from ..statistics import write_statistics
from . import touched
from .alike import images_alike
from .contents import PROVENANCE, all_lines, require_dataset
from .credits import FILE as CREDITS
from .derive import HIDDEN, derive
from .journal import FILE as JOURNAL
from .journal import Journal, read_journal, write_journal
from .record import Record, read_record, write_record
from .tombstones import FILE as TOMBSTONES
from .tombstones import Tombstone, find, read_tombstones, write_tombstones

REPORT: Final = "report.json"
_TEXTS: Final = (".json", ".jsonl", ".csv", ".md", ".yaml", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What became of one request.

    Args:
        already: it was withdrawn before.
        alike: files of images that look like those that are gone, and stay.
        left: files that still name the photograph, and are none of the dataset's own.
    """

    stone: Tombstone
    already: bool = False
    alike: Sequence[str] = ()
    left: Sequence[str] = ()


def plan_withdrawal(root: Path, wanted: str, day: date) -> Journal | Tombstone:
    """What the withdrawal would remove; a tombstone where that has been done.

    Args:
        root: a built dataset, a release, or one that a track was written to.
        wanted: the photograph's name, its SHA-256 (12 digits suffice), its file, or the file
            of an image made from it.

    Raises:
        UsageError: the dataset knows no such photograph, or several.
    """
    splits = require_dataset(root)
    lines = all_lines(root, splits)
    report = _report(root)
    known = touched.photographs(lines, report)
    manifest = read_manifest(root / MANIFEST)
    sha = _which(wanted, known, manifest, lines)
    if sha is None:
        stone = find(read_tombstones(root), _digest_of_file(wanted) or wanted)
        if stone is not None:
            return stone
        _refuse(root, wanted)
    assert sha is not None
    gone = touched.images_of(lines, sha)
    ids = {identity for images in gone.values() for identity in images}
    return Journal(
        photograph=sha,
        name=known[sha],
        date=day.isoformat(),
        images={split: sorted(images) for split, images in gone.items()},
        files={str(row.id): row.file_name for row in manifest.images if row.id in ids},
        annotations=sum(line["image_id"] in ids for rows in lines.values() for line in rows),
        truth_before={split: _truth(root, split) for split in gone},
    )


def withdraw(root: Path, wanted: str, day: date, progress: Progress = silent) -> Withdrawal:
    """Remove a photograph and every image that shows it or took a face from it.

    Ids of what stays do not change. What was interrupted is finished first; asked again, the
    tombstone answers.

    Raises:
        UsageError: as ``plan_withdrawal``.
        DataError: a file cannot be read or written.
    """
    finish(root, progress)
    plan = plan_withdrawal(root, wanted, day)
    if isinstance(plan, Tombstone):
        return Withdrawal(plan, already=True)
    alike = images_alike(root, _own(root, plan), _ids(plan), progress)
    write_journal(root, plan)
    stone = _carry_out(root, plan, progress)
    return Withdrawal(stone, alike=alike, left=_left(root, plan))


def _own(root: Path, plan: Journal) -> dict[str, set[int]]:
    return touched.own_images(all_lines(root, list(plan.images)), plan.photograph)


def _ids(journal: Journal) -> set[int]:
    return {int(identity) for identity in journal.files}


def finish(root: Path, progress: Progress = silent) -> Tombstone | None:
    """Finish a withdrawal that was interrupted; None where none was."""
    journal = read_journal(root)
    return None if journal is None else _carry_out(root, journal, progress)


def _report(root: Path) -> dict[str, Any] | None:
    path = root / REPORT
    data = read_json(path) if path.is_file() else None
    return data if isinstance(data, dict) and "photographs" in data else None


def _which(
    wanted: str, known: Mapping[str, str], manifest: Manifest, lines: touched.Lines
) -> str | None:
    own = {line["image_id"]: line["photo"]["sha256"] for rows in lines.values() for line in rows}
    images = {row.file_name: own[row.id] for row in manifest.images if row.id in own}
    found = touched.which(wanted, known, images)
    digest = None if found else _digest_of_file(wanted)
    return digest if digest in known else found


def _digest_of_file(wanted: str) -> str | None:
    return sha256_of_file(Path(wanted)) if Path(wanted).is_file() else None


def _truth(root: Path, split: str) -> str:
    return sha256_of_file(root / ANNOTATIONS / f"{split}.json")


def _refuse(root: Path, wanted: str) -> None:
    for path in sorted((root / HIDDEN).glob(f"*/{CREDITS}")):
        names = {row[0] for row in csv.reader(path.read_text().splitlines())}
        if wanted in names:
            raise UsageError(
                f"the photograph is in the hidden split {path.parent.name}, and the release does "
                "not know which images show it",
                where=root,
                got=wanted,
                mend=f"Withdraw it where the labels are: `manyfaces release DATASET --withdraw "
                f"{wanted} --out {root}`",
            )
    raise UsageError(
        "the dataset knows no such photograph",
        where=root,
        got=wanted,
        expected="its name in provenance/, its SHA-256 (12 digits suffice), its file, or an "
        "image made from it, such as images/train/000001.jpg",
    )


def _carry_out(root: Path, journal: Journal, progress: Progress) -> Tombstone:
    """Every step may run twice; the tombstone stands before the numbers are counted anew."""
    for split, images in journal.images.items():
        _drop(root, split, set(images))
    for name in journal.files.values():
        (root / name).unlink(missing_ok=True)
    _drop_from_manifest(root, _ids(journal))
    _drop_from_records(root, journal)
    stone = _set_tombstone(root, journal)
    _count_anew(root, journal, progress)
    (root / JOURNAL).unlink()
    return stone


def _drop(root: Path, split: str, gone: set[int]) -> None:
    truth = root / ANNOTATIONS / f"{split}.json"
    write_json(truth, touched.without_images(read_json(truth), gone))
    _filter_lines(root / PROVENANCE / f"{split}.jsonl", "image_id", gone)


def _filter_lines(path: Path, key: str, gone: set[Any]) -> None:
    """Drop JSON lines; those that stay keep their bytes."""
    if not path.is_file():
        return
    rows = [row for row in read_bytes(path).splitlines(keepends=True) if row.strip()]
    kept = zip(rows, read_json_lines(path), strict=True)
    write_bytes(path, b"".join(text for text, row in kept if row.get(key) not in gone))


def _drop_from_manifest(root: Path, gone: set[int]) -> None:
    rows = read_manifest(root / MANIFEST).images
    write_manifest(root / MANIFEST, Manifest(tuple(row for row in rows if row.id not in gone)))


def _drop_from_records(root: Path, journal: Journal) -> None:
    """What a track noted of the pictures that it changed."""
    for path in (root / PERTURBATION).glob("*.jsonl"):
        _filter_lines(path, "file_name", set(journal.files.values()))


def _set_tombstone(root: Path, journal: Journal) -> Tombstone:
    stone = Tombstone(
        photograph=journal.photograph,
        name_sha256=sha256(journal.name.encode()),
        date=journal.date,
        images=journal.images,
        annotations=journal.annotations,
        truth_before=journal.truth_before,
        truth_after={split: _truth(root, split) for split in journal.images},
    )
    others = [one for one in read_tombstones(root) if one.photograph != journal.photograph]
    write_tombstones(root, [*others, stone])
    return stone


def _count_anew(root: Path, journal: Journal, progress: Progress) -> None:
    splits = require_dataset(root)
    record = read_record(root)
    if record is not None:
        record = _raised(record, root)
        write_record(root, record)
        derive(root, splits, record, progress)
        return
    # It shows pictures as they were before the forgery, and cannot be drawn without them.
    for sheet in root.glob("contact_sheet*.png"):
        sheet.unlink()
    shutil.rmtree(root / ".build", ignore_errors=True)
    report = _report(root)
    if report is not None:
        lines = all_lines(root, splits)
        report = touched.new_report(report, lines, journal.photograph, journal.files.values())
        write_json(root / REPORT, report, indent=True)
        if "identity" in report:
            write_card(root / "README.md", report, sheet=False)
    if (root / "statistics").is_dir():
        write_statistics(root, root / "statistics")


def _raised(record: Record, root: Path) -> Record:
    """Data has changed, so the version rises; once, however often this step runs."""
    stones = sha256_of_file(root / TOMBSTONES)
    if record.source.get(TOMBSTONES) == stones:
        return record
    about = record.terms.about
    raised = about.model_copy(update={"version": about.withdrawn_version()})
    terms = replace(record.terms, about=raised)
    return replace(record, terms=terms, source={**record.source, TOMBSTONES: stones})


def _left(root: Path, journal: Journal) -> list[str]:
    """Text files that still name the photograph, by hash or by name; tombstones may."""
    marks = [journal.photograph.encode()]
    if journal.name:
        marks += [f'"{journal.name}"'.encode(), f"\n{journal.name},".encode()]
    found = []
    for path in sorted(root.rglob("*")):
        text = path.suffix.lower() in _TEXTS and path.name != TOMBSTONES and path.is_file()
        if text and any(mark in path.read_bytes() for mark in marks):
            found.append(path.relative_to(root).as_posix())
    return found
