"""A file on its way in: checked without the truth, named by its content, kept."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ...annotations.check import Report, check_submission
from ...annotations.manifest import Manifest
from ...annotations.problems import Problem
from ...annotations.result_rows import Limits, load_rows
from ...core.errors import DataError
from ...core.files import sha256_of_file
from ..challenge.folder import ChallengeFolder
from .left_out import UNKNOWN, without_withdrawn
from .likeness import sketch

SHOWN: Final = 200  # characters of what a file said that come back in an answer
KEPT: Final = 50  # problems of a file


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """A track's file after the check.

    Args:
        problems: any of them refuses it.
        sketch: see ``likeness``; empty where there are problems.
    """

    track: str
    sha256: str
    size: int
    entries: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    sketch: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the participant is told."""
        return {
            "track": self.track,
            "sha256": self.sha256,
            "entries": self.entries,
            "problems": [problem.to_json() for problem in self.problems],
            "warnings": [problem.to_json() for problem in self.warnings],
            "counts": dict(self.counts),
        }


def plain(text: str, most: int = SHOWN) -> str:
    """Text of a stranger's file without what a database or a terminal stumbles over."""
    kept = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "�" for letter in kept)[:most]


def check_part(
    manifest: Manifest, track: str, path: Path, most: int, withdrawn: Collection[int] = ()
) -> CheckedPart:
    """Check one track's file against its manifest; nothing in the file raises.

    Args:
        manifest: of the track.
        track: its name.
        path: the file.
        most: bytes, packed and unpacked.
        withdrawn: ids of the track's pictures that are gone from its manifest.
    """
    limits = Limits(size=most)
    report = check_submission(path, manifest, limits=limits)
    if withdrawn and UNKNOWN in report.counts:
        report = without_withdrawn(report, load_rows(path, limits), withdrawn)
    problems = [_plain(problem) for problem in report.problems[:KEPT]]
    problems += _whole(report, manifest, track)
    size = path.stat().st_size
    if problems:
        return CheckedPart(
            track, _digest(path), size, report.entries, tuple(problems),
            tuple(map(_plain, report.warnings[:KEPT])), report.counts,
        )  # fmt: skip
    return CheckedPart(
        track, _digest(path), size, report.entries, (),
        tuple(map(_plain, report.warnings[:KEPT])), report.counts, sketch(load_rows(path, limits)),
    )  # fmt: skip


def _digest(path: Path) -> str:
    return sha256_of_file(path)


def _plain(problem: Problem) -> Problem:
    where = plain(problem.where.rpartition("/")[2])
    return Problem(problem.code, where, plain(problem.got), plain(problem.expected), problem.mend)


def _whole(report: Report, manifest: Manifest, track: str) -> Sequence[Problem]:
    """An empty file, or one for one split alone: nothing found there, without a word."""
    if not report.entries and not report.problems:
        mend = "Look why the detector found nothing; an empty file would use your quota"
        return (Problem("entries-none", f"track {track}", "no entries", "some entries", mend),)
    splits = list(dict.fromkeys(row.split for row in manifest.images))
    if report.split is None or len(splits) == 1 or report.problems:
        return ()
    others = ", ".join(name for name in splits if name != report.split)
    return (
        Problem(
            "split-missing",
            f"track {track}",
            f"entries for split {plain(report.split)} alone",
            f"entries for {others} as well",
            "Predict the pictures of every split in the manifest, and hand them in as one file",
        ),
    )


def keep(folder: ChallengeFolder, path: Path, digest: str) -> Path:
    """Move a checked file to its place, named by its content; it may be there already.

    Raises:
        DataError: the file is not the one that was checked, or the disk is full.
    """
    target = folder.predictions / digest
    try:
        if target.exists():
            path.unlink()
        else:
            path.chmod(0o400)
            path.replace(target)
    except OSError as error:
        raise DataError(
            "a file cannot be kept", where=folder.predictions, got=error.strerror
        ) from error
    return target


def forget(path: Path) -> None:
    """Remove a file that was refused."""
    with contextlib.suppress(OSError):
        path.unlink()
