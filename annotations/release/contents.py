"""A built dataset, or a release, split by split, as it lies on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ...core.errors import UsageError
from ...core.files import read_json_lines, sha256_of_file
from ..dataset import ANNOTATIONS, annotation_files
from ..manifest import FILE as MANIFEST
from .lines import Line
from .tombstones import FILE as TOMBSTONES

PROVENANCE: Final = "provenance"
RECIPE: Final = "recipe.yaml"


def require_dataset(root: Path) -> list[str]:
    """The splits of a dataset that can be released, or withdrawn from.

    Raises:
        UsageError: it is none, is not finished, or does not know its photographs.
    """
    if not root.is_dir():
        raise UsageError("there is no such folder", where=root)
    if (root / ".build").is_dir() and not (root / "report.json").is_file():
        raise UsageError(
            "this build is not finished", where=root, mend="Run `manyfaces build` again first"
        )
    splits = sorted(annotation_files(root), key=_place)
    needed = [MANIFEST, *(f"{PROVENANCE}/{split}.jsonl" for split in splits)]
    missing = [name for name in needed if not (root / name).is_file()]
    if missing or not (root / ANNOTATIONS).is_dir():
        raise UsageError(
            "this dataset does not say where its pictures come from",
            where=root,
            got=f"no {' and no '.join(missing or [ANNOTATIONS])}",
            expected="what `manyfaces build` writes",
        )
    return splits


def _place(split: str) -> tuple[int, str]:
    """As people name them: training before testing."""
    order = ("train", "val", "test")
    return order.index(split) if split in order else len(order), split


def read_lines(root: Path, split: str) -> list[Line]:
    """The provenance of one split; none where the file is missing."""
    path = root / PROVENANCE / f"{split}.jsonl"
    return read_json_lines(path) if path.is_file() else []


def all_lines(root: Path, splits: Sequence[str]) -> Mapping[str, list[Line]]:
    """The provenance of some splits."""
    return {split: read_lines(root, split) for split in splits}


def hashes(root: Path, splits: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of every file that a release is made from; pictures through the manifest."""
    names = [MANIFEST, RECIPE, TOMBSTONES]
    names += [f"{ANNOTATIONS}/{split}.json" for split in splits]
    names += [f"{PROVENANCE}/{split}.jsonl" for split in splits]
    return {name: sha256_of_file(root / name) for name in names if (root / name).is_file()}
