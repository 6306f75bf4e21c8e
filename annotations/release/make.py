"""A release from a built dataset: pictures marked or plain, splits open or hidden."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from ...core.errors import DataError, UsageError
from ...core.files import read_bytes, sha256, write_bytes, write_json_lines, write_text
from ...core.progress import Progress, silent
from ..dataset import ANNOTATIONS
from ..manifest import FILE as MANIFEST
from ..manifest import Manifest, ManifestEntry, read_manifest, write_manifest
from . import card, croissant, datasheet
from .contents import PROVENANCE, RECIPE, hashes, read_lines, require_dataset
from .credits import FILE as CREDITS
from .credits import credit_line, credits_of, hidden_csv, rights_line
from .derive import HIDDEN, SUMS, derive
from .lines import Line, by_image
from .marks import mark, packet
from .parquet import FOLDER as PARQUET
from .record import FILE as RECORD
from .record import Record, Terms, read_record, write_record
from .source_type import source_type
from .tombstones import FILE as TOMBSTONES
from .tombstones import read_tombstones

STAGING: Final = ".release"
UNGUESSABLE: Final = 10**17  # seeds below can be tried one by one
# Everything that a release may hold, the record last: with it the release is there.
PARTS: Final = (
    "images", ANNOTATIONS, PROVENANCE, PARQUET, HIDDEN, MANIFEST, RECIPE, TOMBSTONES, CREDITS,
    card.FILE, datasheet.FILE, croissant.FILE, SUMS, RECORD,
)  # fmt: skip


def release_dataset(root: Path, out: Path, terms: Terms, progress: Progress = silent) -> bool:
    """Make a release of a built dataset, or make it again; what is up to date is left alone.

    The release is a dataset in the same layout, its annotation files the same bytes, so that
    scores against either are comparable.

    Args:
        root: the dataset's folder.
        out: a new or empty folder, or an earlier release, which is replaced.

    Returns:
        Whether anything was written.

    Raises:
        UsageError: ``root`` cannot be released, ``out`` holds something else, a hidden split
            is unknown, or ``out`` has withdrawn what ``root`` still holds.
        DataError: a picture is not the one of the manifest, or a file cannot be written.
    """
    splits = require_dataset(root)
    _check_source(root)
    _check_places(root, out)
    _check_hidden(root, splits, terms.hidden)
    record = Record(terms, hashes(root, splits))
    found = read_record(out)
    if found is not None and found.same_work(record) and not (out / STAGING).exists():
        return False
    _check_tombstones(root, out)
    staging = out / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    _place(root, staging, splits, terms, progress)
    write_record(staging, record)
    derive(staging, [split for split in splits if split not in terms.hidden], record, progress)
    _publish(staging, out)
    return True


def guessable(root: Path, hidden: Sequence[str]) -> list[str]:
    """What would let others make the hidden labels themselves."""
    if not hidden or not (root / RECIPE).is_file():
        return []
    recipe = yaml.safe_load(read_bytes(root / RECIPE))
    seed = recipe.get("seed") if isinstance(recipe, dict) else None
    if not isinstance(seed, int) or seed >= UNGUESSABLE:
        return []
    return [
        f"the seed of the dataset, {seed}, can be guessed, and with the photographs it makes the "
        "hidden labels again: build with a seed of eighteen digits that you keep to yourself"
    ]


def _check_source(root: Path) -> None:
    if (root / RECORD).is_file():
        raise UsageError(
            "this is a release itself, its pictures may be marked",
            where=root,
            expected="the dataset that it was made from",
        )


def _check_places(root: Path, out: Path) -> None:
    inner, outer = out.resolve(), root.resolve()
    if inner == outer or inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UsageError("the release and the dataset lie in each other", where=out,
                         expected=f"a folder outside {root}")  # fmt: skip
    if out.exists() and not out.is_dir():
        raise UsageError("the output is a file", where=out, expected="a folder")
    ours = (out / RECORD).is_file() or (out / STAGING).is_dir()
    if not ours and out.is_dir() and any(out.iterdir()):
        raise UsageError(
            "the output folder holds something else",
            where=out,
            expected="an empty folder, a new one, or an earlier release",
            mend="Choose another folder, or empty this one yourself",
        )


def _check_hidden(root: Path, splits: Sequence[str], hidden: Sequence[str]) -> None:
    unknown = [split for split in hidden if split not in splits]
    if unknown:
        raise UsageError(
            f"there is no split {unknown[0]!r} to hide", where=root, expected=" or ".join(splits)
        )
    if not set(splits) - set(hidden):
        raise UsageError(
            "every split is hidden", where=root, expected="at least one with its labels",
            mend="A test set alone needs no release: publish its images and manifest.json",
        )  # fmt: skip


def _check_tombstones(root: Path, out: Path) -> None:
    kept = {stone.photograph for stone in read_tombstones(root)}
    only = [one.photograph for one in read_tombstones(out) if one.photograph not in kept]
    if only:
        raise UsageError(
            "the release has withdrawn a photograph that the dataset still holds",
            where=root,
            got=only[0],
            mend=f"Withdraw it from the dataset too: `manyfaces release {root} --withdraw "
            f"{only[0][:16]} --out {out}`",
        )


def _place(
    root: Path, staging: Path, splits: Sequence[str], terms: Terms, progress: Progress
) -> None:
    """Copy pictures, truth and provenance."""
    manifest = read_manifest(root / MANIFEST)
    rows: list[ManifestEntry] = []
    for split in splits:
        lines = read_lines(root, split)
        entries = [row for row in manifest.images if row.split == split]
        if split in terms.hidden:
            _place_hidden(root, staging / HIDDEN / split, entries, lines, progress)
            continue
        if entries:  # no bar for nothing
            rows += _place_pictures(root, staging, entries, by_image(lines), terms, progress)
        _copy(root, staging, f"{ANNOTATIONS}/{split}.json")
        _place_lines(root, staging, split, lines, terms)
    # The dataset's order, in which ids ascend.
    placed = {row.id: row for row in rows}
    kept = tuple(placed[row.id] for row in manifest.images if row.id in placed)
    write_manifest(staging / MANIFEST, Manifest(kept))
    for name in (TOMBSTONES, *(() if terms.hidden else (RECIPE,))):
        if (root / name).is_file():
            _copy(root, staging, name)


def _copy(root: Path, staging: Path, name: str) -> None:
    write_bytes(staging / name, read_bytes(root / name))


def _place_lines(
    root: Path, staging: Path, split: str, lines: Sequence[Line], terms: Terms
) -> None:
    """The provenance of an open split.

    The seed would make a hidden split again, labels and all, for whoever has the photographs;
    the recipe, which has it too, is left out as well.
    """
    name = f"{PROVENANCE}/{split}.jsonl"
    if not terms.hidden:
        _copy(root, staging, name)
        return
    write_json_lines(
        staging / name, ({**line, "seed": None} if "seed" in line else line for line in lines)
    )


def _place_pictures(
    root: Path,
    staging: Path,
    entries: Sequence[ManifestEntry],
    lines: Mapping[int, Sequence[Line]],
    terms: Terms,
    progress: Progress,
) -> list[ManifestEntry]:
    placed = []
    for row in progress(entries, total=len(entries), what="copying pictures"):
        data = _picture(root, row)
        if terms.purpose == "public":
            data = mark(data, _packet(lines.get(row.id, ()), terms), row.file_name)
        write_bytes(staging / row.file_name, data)
        placed.append(replace(row, sha256=sha256(data)))
    return placed


def _packet(lines: Sequence[Line], terms: Terms) -> bytes:
    about = terms.about
    term = source_type(lines, pristine=about.pristine, methods=about.methods)
    return packet(term, rights_line(lines), credit_line(lines))


def _place_hidden(
    root: Path,
    folder: Path,
    entries: Sequence[ManifestEntry],
    lines: Sequence[Line],
    progress: Progress,
) -> None:
    """Pictures as they are: a mark, or the photograph's name, would give the labels away."""
    for row in progress(entries, total=len(entries), what="copying hidden pictures"):
        write_bytes(folder / row.file_name, _picture(root, row))
    write_manifest(folder / MANIFEST, Manifest(tuple(entries)))
    split = entries[0].split if entries else ""
    write_text(folder / CREDITS, hidden_csv(credits_of({split: lines})))


def _picture(root: Path, row: ManifestEntry) -> bytes:
    if not row.file_name.startswith(f"images/{row.split}/") or ".." in row.file_name:
        raise DataError(
            "a picture lies where a release has no place for it",
            where=f"{root / MANIFEST}, image {row.id}",
            got=row.file_name,
            expected=f"images/{row.split}/…",
        )
    data = read_bytes(root / row.file_name)
    if sha256(data) != row.sha256:
        raise DataError(
            "a picture is not the one of the manifest",
            where=root / row.file_name,
            got=sha256(data)[:16],
            expected=row.sha256[:16],
            mend=f"See `manyfaces verify {root}`",
        )
    return data


def _publish(staging: Path, out: Path) -> None:
    """Put the staged release in the place of what is there; nothing old stays."""
    (out / RECORD).unlink(missing_ok=True)
    for name in PARTS:
        target = out / name
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        if (staging / name).exists():
            (staging / name).replace(target)
    shutil.rmtree(staging)
