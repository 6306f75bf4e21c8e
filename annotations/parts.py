"""Which datasets fit together as parts of one, before a picture is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..core.errors import UsageError
from ..core.files import read_json, sha256_of_file
from .dataset import PERTURBATION, annotation_files, splits
from .release.record import FILE as RELEASE

RECORD: Final = "combined.json"

Part = Mapping[str, Any]  # name, SHA-256 of each split's annotations, its own parts


def require_parts(roots: Sequence[Path]) -> list[Part]:
    """Make sure that the datasets are parts of one; their records for ``combined.json``.

    Raises:
        UsageError: one is a perturbed or released copy, two are the same dataset or one
            holds the other, or two of their splits differ in upper and lower case alone.
        DataError: a file cannot be read.
    """
    for root in roots:
        _refuse_copy(root)
    _require_one_spelling(roots)
    parts = [_part(root) for root in roots]
    _require_once(roots, parts)
    return parts


def _refuse_copy(root: Path) -> None:
    for name, kind in ((RELEASE, "a release"), (PERTURBATION, "a perturbed copy")):
        if (root / name).exists():
            raise UsageError(
                f"{kind} is no part to combine",
                where=root,
                got=name,
                expected="a built dataset",
                mend="Combine the dataset that it was made from, and make the copy of the whole",
            )


def _require_one_spelling(roots: Sequence[Path]) -> None:
    """Files of splits whose names differ in case alone are the same file on some systems."""
    seen: dict[str, tuple[str, Path]] = {}
    for root in roots:
        for split in splits(root):
            name, first = seen.setdefault(split.lower(), (split, root))
            if name != split:
                raise UsageError(
                    "the datasets spell a split in two ways",
                    got=f"{name!r} in {first}, {split!r} in {root}",
                    expected="one spelling",
                    mend="Build one of them with the other's names under `splits` of its recipe",
                )


def _part(root: Path) -> Part:
    files = annotation_files(root).items()
    part: dict[str, Any] = {
        "name": root.name,
        "sha256": {name: sha256_of_file(path) for name, path in files},
    }
    if (root / RECORD).is_file():
        part["datasets"] = read_json(root / RECORD)["datasets"]
    return part


def _require_once(roots: Sequence[Path], parts: Sequence[Part]) -> None:
    """Annotations tell datasets apart: two builds may well share pristine pictures."""
    first: dict[str, int] = {}
    for place, part in enumerate(parts):
        for inner in _flat(part):
            known = first.setdefault(_fingerprint(inner), place)
            if known != place:
                raise UsageError(
                    "a dataset would be put in twice",
                    where=roots[place],
                    got=f"the annotations of {inner['name']}, as in {roots[known]}",
                    expected="each dataset once",
                )


def _flat(part: Part) -> Iterator[Part]:
    yield part
    for inner in part.get("datasets", ()):
        yield from _flat(inner)


def _fingerprint(part: Part) -> str:
    return repr(sorted(part["sha256"].items()))
