"""Checks of provenance, and of what splits share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import DataError
from ...core.files import read_json_lines
from ..coco import AnnotatedImage
from ..splits import near_duplicates
from .problem import Problem, problem

Lines = Mapping[str, Sequence[Mapping[str, Any]]]  # split → provenance lines


def read_provenance(root: Path, splits: Iterable[str]) -> tuple[Lines, list[Problem]]:
    """The provenance of each split that has any, and what cannot be read of it."""
    lines: dict[str, list[Any]] = {}
    problems = []
    for split in splits:
        path = root / "provenance" / f"{split}.jsonl"
        if not path.is_file():
            continue
        try:
            rows = read_json_lines(path)
        except DataError as error:
            problems.append(problem("provenance-unreadable", str(error.where), error.got))
            continue
        whole = [row for row in rows if _is_line(row)]
        if len(whole) < len(rows):
            name = path.relative_to(root).as_posix()
            problems.append(
                problem("provenance-unreadable", name, f"{len(rows) - len(whole)} other lines")
            )
        lines[split] = whole
    return lines, problems


def _is_line(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("photo"), dict) and "annotation_id" in row


def check_lines(images: Mapping[str, Sequence[AnnotatedImage]], lines: Lines) -> Iterator[Problem]:
    """Each annotation has its line, each line its annotation."""
    for split, rows in lines.items():
        known = {
            int(identity)
            for image in images[split]
            for identity in image.instances.extra["annotation_id"]
        }
        named = {row["annotation_id"] for row in rows}
        where = f"provenance/{split}.jsonl"
        for identity in sorted(known - named):
            yield problem("provenance-missing", f"{where}, annotation {identity}", "no line")
        for identity in sorted(named - known, key=str):
            yield problem("provenance-unknown", f"{where}, annotation {identity}", "no annotation")


def check_shared(lines: Lines) -> Iterator[Problem]:
    """Photographs, donors and groups that stand in two splits."""
    photos = _splits_of(lines, lambda row: row["photo"].get("sha256"))
    groups = _splits_of(lines, lambda row: row["photo"].get("group"))
    yield from _in_several("split-shares-photo", photos)
    yield from _in_several("split-shares-group", groups)
    for split, rows in lines.items():
        for row in rows:
            donor = row.get("donor")
            source = str(donor.get("sha256")) if isinstance(donor, dict) else ""
            homes = photos.get(source, {split})
            if split not in homes:
                where = f"provenance/{split}.jsonl, annotation {row['annotation_id']}"
                yield problem("split-shares-donor", where, f"donor in {', '.join(sorted(homes))}")


def _splits_of(lines: Lines, key: Any) -> dict[str, set[str]]:  # noqa: ANN401 - row to its key
    homes: dict[str, set[str]] = defaultdict(set)
    for split, rows in lines.items():
        for row in rows:
            if key(row):
                homes[key(row)].add(split)
    return homes


def _in_several(code: str, homes: Mapping[str, set[str]]) -> Iterator[Problem]:
    for name, splits in homes.items():
        if len(splits) > 1:
            yield problem(code, f"provenance of {name[:24]}", " and ".join(sorted(splits)))


def check_near_duplicates(
    fingerprints: Sequence[tuple[str, str, str]],
) -> Iterator[Problem]:
    """Pictures that look alike in two splits; rows are split, file name, hash."""
    pairs = near_duplicates([row[2] for row in fingerprints], distance=2)
    for first, second in pairs:
        (split, name, _), (other, twin, _) = fingerprints[first], fingerprints[second]
        if split != other:
            yield problem("split-near-duplicate", name, f"looks like {twin}")
