"""Entries for pictures that were withdrawn: left out of the scores and said, never a fault.

A kit that was handed out before a withdrawal still has those pictures, and whoever predicted
them did nothing wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from ...annotations.check import Report
from ...annotations.problems import Fault, Problem

UNKNOWN: Final = "image-unknown"  # what the check says of ids that the manifest does not have
WITHDRAWN: Final = Fault(
    "image-withdrawn",
    "entries for the pictures of the manifest",
    "Nothing has to be done: these entries are left out of the scores",
)


def without_withdrawn(report: Report, rows: Sequence[Any], withdrawn: Collection[int]) -> Report:
    """A check's report in which entries for withdrawn pictures are one warning.

    Args:
        report: of the check against the manifest of now.
        rows: the file's entries.
        withdrawn: ids of the track's pictures that are gone. None is ever given again.
    """
    ids = [row.get("image_id") for row in rows if type(row) is dict]
    gone = Counter(one for one in ids if type(one) is int and one in withdrawn)
    if not gone:
        return report
    left = report.counts.get(UNKNOWN, 0) - gone.total()
    counts = {**report.counts, UNKNOWN: left, WITHDRAWN.name: gone.total()}
    return replace(
        report,
        entries=report.entries - gone.total(),
        problems=_others(report.problems, gone, left),
        warnings=(_warning(gone), *report.warnings),
        counts={code: count for code, count in counts.items() if count},
    )


def _warning(gone: Counter[int]) -> Problem:
    first = ", ".join(map(str, sorted(gone)[:5])) + (", …" if len(gone) > 5 else "")
    return WITHDRAWN.problem("all entries", f"{gone.total():,} for withdrawn images: {first}")


def _others(problems: Sequence[Problem], gone: Counter[int], left: int) -> tuple[Problem, ...]:
    """The problems but for those of withdrawn pictures.

    Only the first of each kind are in a report: where other unknown ids are beyond them, one
    of those that are in it stays, for the file is still to be refused.
    """
    names = set(map(str, gone))
    kept = [row for row in problems if row.code != UNKNOWN or row.got not in names]
    if left and UNKNOWN not in {row.code for row in kept}:
        first = next(row for row in problems if row.code == UNKNOWN)
        kept.append(replace(first, where="all entries", got=f"{left:,} for unknown images"))
    return tuple(kept)
