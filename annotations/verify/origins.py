"""Checks of provenance, and of what splits share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ...core.errors import DataError
from ...core.files import parse_json, read_bytes
from ..coco_faces import is_whole
from ..splits import near_duplicates
from .problem import Problem, problem
from .rows import Split

FOLDER: Final = "provenance"
# Bits of 64. Photographs are kept together up to 6; forging moves the hash a little, and
# what is left must be as good as the same picture.
ALIKE: Final = 2

Lines = Mapping[str, Sequence[Mapping[str, Any]]]  # split → provenance lines
Homes = Mapping[str, set[str]]  # what a split may hold → the splits that hold it


def read_provenance(root: Path, splits: Sequence[str]) -> tuple[Lines, list[Problem]]:
    """The provenance lines of each split, and every line that cannot be read.

    A dataset without the folder and without a recipe was not built here: none is asked for.
    """
    if not (root / FOLDER).is_dir() and not (root / "recipe.yaml").is_file():
        return {}, []
    lines: dict[str, Sequence[Mapping[str, Any]]] = {}
    problems = []
    for split in splits:
        name = f"{FOLDER}/{split}.jsonl"
        if not (root / name).is_file():
            problems.append(problem("no-provenance", name, "no such file"))
            continue
        lines[split], faults = _read_lines(root, name)
        problems += faults
    for path in sorted((root / FOLDER).glob("*.jsonl")):
        if path.stem not in splits:
            name = f"{FOLDER}/{path.name}"
            problems.append(problem("provenance-unknown", name, f"no split {path.stem}"))
    return lines, problems


def _read_lines(root: Path, name: str) -> tuple[list[Mapping[str, Any]], list[Problem]]:
    lines: list[Mapping[str, Any]] = []
    problems = []
    try:
        texts = read_bytes(root / name).splitlines()
    except DataError as error:
        return [], [problem("provenance-unreadable", name, error.got)]
    for number, text in enumerate(texts, 1):
        where = f"{name}, line {number}"
        try:
            row: Any = parse_json(text, where=where) if text.strip() else None
        except DataError as error:
            problems.append(problem("provenance-unreadable", where, error.got))
            continue
        if _is_line(row):
            lines.append(row)
        elif row is not None:
            problems.append(problem("provenance-unreadable", where, f"{row!r:.60}"))
    return lines, problems


def _is_line(row: Any) -> bool:  # noqa: ANN401 - any JSON, checked here
    if not isinstance(row, dict) or not is_whole(row.get("annotation_id")):
        return False
    donors = row.get("donors", [])
    return _is_photo(row.get("photo")) and isinstance(donors, list) and all(map(_is_photo, donors))


def _is_photo(record: Any) -> bool:  # noqa: ANN401 - any JSON, checked here
    names = ("sha256", "name", "group")
    return isinstance(record, dict) and all(isinstance(record.get(n, ""), str) for n in names)


def check_lines(split: Split, rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Each annotation has its line, each line its annotation, and they agree."""
    faces = {face.parsed.id: face for part in split.faces.values() for face in part}
    stated = set(split.annotation_ids)
    named: set[int] = set()
    for row in rows:
        identity = row["annotation_id"]
        where = f"{FOLDER}/{split.name}.jsonl, annotation {identity}"
        if identity in named:
            yield problem("provenance-duplicate", where, "another line")
        named.add(identity)
        if identity not in stated:
            yield problem("provenance-unknown", where, "no annotation")
        elif identity in faces:
            parsed, of_face = faces[identity].parsed, faces[identity].row
            got = (row.get("image_id"), row.get("method"))
            wanted = (of_face["image_id"], parsed.method)
            if got != wanted:
                yield problem("provenance-disagrees", where, got, wanted)
    for identity in sorted(stated - named):
        where = f"{FOLDER}/{split.name}.jsonl, annotation {identity}"
        yield problem("provenance-missing", where, "no line")


def check_shared(lines: Lines) -> Iterator[Problem]:
    """Photographs, donors and groups that stand in two splits."""
    of_photos, of_donors = _photos(lines), _donors(lines)
    photos, donors = _homes(of_photos, "sha256"), _homes(of_donors, "sha256")
    groups = _homes([*of_photos, *of_donors], "group")
    both = {name: homes | photos.get(name, set()) for name, homes in donors.items()}
    yield from _in_several("split-shares-photo", "photograph", photos)
    yield from _in_several("split-shares-donor", "photograph", both)
    yield from _in_several("split-shares-group", "group", groups)


def _photos(lines: Lines) -> list[tuple[str, Mapping[str, Any]]]:
    return [(split, row["photo"]) for split, rows in lines.items() for row in rows]


def _donors(lines: Lines) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (split, donor)
        for split, rows in lines.items()
        for row in rows
        for donor in row.get("donors", [])
    ]


def _homes(records: Iterable[tuple[str, Mapping[str, Any]]], key: str) -> Homes:
    homes: dict[str, set[str]] = defaultdict(set)
    for split, record in records:
        if record.get(key):
            homes[record[key]].add(split)
    return homes


def _in_several(code: str, kind: str, homes: Homes) -> Iterator[Problem]:
    for name, splits in homes.items():
        if len(splits) > 1:
            yield problem(code, f"{FOLDER}, {kind} {name[:24]}", " and ".join(sorted(splits)))


def check_near_duplicates(
    fingerprints: Sequence[tuple[str, str, str]],
) -> Iterator[Problem]:
    """Pictures that look alike in two splits; rows are split, file name, hash."""
    pairs = near_duplicates([row[2] for row in fingerprints], distance=ALIKE)
    for first, second in pairs:
        (split, name, _), (other, twin, _) = fingerprints[first], fingerprints[second]
        if split != other:
            yield problem("split-near-duplicate", name, f"looks like {twin}")
