"""All checks over one predictions file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.errors import SubmissionError, UsageError
from ...core.memory import collector_paused
from ..categories import NAMES
from ..manifest import Manifest
from ..problems import Problem
from ..result_rows import DEFAULT, Limits, Results, load_results
from .boxes import check_boxes, check_fit
from .entries import Entries, Images
from .fields import (
    check_categories,
    check_coverage,
    check_duplicates,
    check_fields,
    check_images,
    check_scores,
)
from .findings import Findings
from .rules import CROWD, RULES
from .segmentations import check_segmentations

FLOOR: Final = 100_000  # entries that any submission may have


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong with it.

    Args:
        entries: in the file; 0 where it cannot be read.
        images: of the split.
        split: the one asked for, or the one that holds all images named; None for all.
        problems: the first of each kind; any of them fails the submission.
        warnings: the first of each kind.
        counts: code → all faults of that kind.
    """

    entries: int
    images: int
    split: str | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    counts: Mapping[str, int]

    def total(self, *, warning: bool) -> int:
        """All problems, or all warnings, the ones not kept included."""
        return sum(n for code, n in self.counts.items() if RULES[code].warning is warning)

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {
            "problems": [problem.to_json() for problem in self.problems],
            "warnings": [problem.to_json() for problem in self.warnings],
            "counts": {
                "entries": self.entries,
                "images": self.images,
                "problems": self.total(warning=False),
                "warnings": self.total(warning=True),
                "codes": dict(self.counts),
            },
            "split": self.split,
        }


def check_submission(
    path: Path, manifest: Manifest, split: str | None = None, limits: Limits = DEFAULT
) -> Report:
    """Check a predictions file against the images that it should be of.

    Nothing in the file raises: each fault is a ``Problem``. Without a split it is taken for
    the one that holds all images named, or for all splits.

    Raises:
        UsageError: the manifest has no such split.
    """
    splits = list(dict.fromkeys(row.split for row in manifest.images))
    if split is not None and split not in splits:
        raise UsageError(
            "the manifest has no such split", got=split, expected=f"one of {', '.join(splits)}"
        )
    images = Images.of(manifest, split)
    if limits.entries is None:
        most = max(FLOOR, CROWD * len(NAMES) * len(images.here))
        limits = Limits(limits.size, limits.values, most)
    findings = Findings()
    try:
        results = load_results(path, limits)
    except SubmissionError as error:
        findings.add_unreadable(error, path.name)
        return _report(0, images, split, findings)
    if split is None:
        split = _guess(results.rows, images)
        images = Images.of(manifest, split)
    # Numbers that overflow are told by name; a warning about them would tell nobody.
    with np.errstate(all="ignore"), collector_paused():
        _check(results, images, findings)
    return _report(len(results.rows), images, split, findings)


def _check(results: Results, images: Images, findings: Findings) -> None:
    entries = Entries.of(results.rows, findings)
    check_images(entries, images, findings)
    check_categories(entries, findings)
    check_scores(entries, findings)
    check_fields(entries, findings)
    boxes = check_boxes(entries, findings)
    check_fit(entries, boxes, check_segmentations(entries, findings), findings)
    check_duplicates(entries, findings)
    check_coverage(entries, images, findings)
    told = {"score-not-finite", "box-not-finite", "polygon-bad-number"} & findings.counts.keys()
    if results.not_a_number is not None and not told:
        findings.add("number-not-finite", results.not_a_number, "a number that JSON does not have")


def _guess(rows: Sequence[Any], images: Images) -> str | None:
    """The split that holds all images named, if there is only one."""
    named = (row.get("image_id") for row in rows if type(row) is dict)
    ids = (value if type(value) is int else images.meant(value) for value in named)
    splits = {images.here[key].split for key in ids if key is not None and key in images.here}
    return splits.pop() if len(splits) == 1 else None


def _report(entries: int, images: Images, split: str | None, findings: Findings) -> Report:
    return Report(
        entries,
        len(images.here),
        split,
        findings.of(warning=False),
        findings.of(warning=True),
        {code: findings.counts[code] for code in RULES if findings.counts[code]},
    )
