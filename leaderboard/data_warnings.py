"""Where data cannot give honest ranks: a class that lacks, or very few photographs.

These are warnings: a board of such data is made all the same, for trials and small studies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..annotations.bulk import read_truth_columns
from ..annotations.categories import NAMES
from ..annotations.columns import Columns
from ..benchmark.results import Result
from ..core.errors import ManyfacesError
from .challenge.folder import ChallengeFolder

# Intervals are drawn over photographs. Of 100, the 95 % interval of a share near one half is 20
# points wide (2 × 1.96 × √(0.25 / 100)), more than the entries of most boards differ by; and
# below 250 nobody has measured that the intervals hold (docs/metrics.md).
FEW = 100


def challenge_warnings(folder: ChallengeFolder) -> Iterator[str]:
    """What to know of each track's splits before anyone is ranked on them."""
    for track in folder.rules.track_names:
        for split in folder.rules.splits.names:
            place = f"track {track}, split {split}"
            try:
                truth = read_truth_columns(folder.truth(track, split))
            except ManyfacesError as error:
                yield f"{place}: nothing can be scored on it. {error}"
                continue
            yield from (f"{place}: {text}" for text in truth_warnings(truth))


def truth_warnings(truth: Columns) -> Iterator[str]:
    """What a split's truth lacks."""
    photograph = truth.photograph
    whole = len(np.unique(photograph))
    if whole < FEW:
        yield _few(whole, "photographs")
    for label, name in enumerate(NAMES):
        count = len(np.unique(photograph[truth.image[truth.label == label]]))
        if count == 0:
            yield _none(name)
        elif count < FEW <= whole:
            yield _few(count, f"photographs with {name} faces")


def result_warnings(result: Result) -> Iterator[str]:
    """What the data of a result lacked, as far as its numbers tell."""
    images = result.about.get("images")
    if isinstance(images, int) and images < FEW:
        yield _few(images, "pictures")
    for name in NAMES:
        # Average precision rests on the true faces of its class.
        rows = [
            row for row in result.scores
            if (row.task, row.metric, row.class_, row.stratum) == ("box", "AP", name, "all")
        ]  # fmt: skip
        for row in rows:
            if row.n == 0:
                yield f"track {row.track}: {_none(name)}"


def _few(count: int, what: str) -> str:
    return (
        f"{count} {what}, fewer than {FEW}: intervals over photographs are wide and unsure, and "
        "most entries will share a rank"
    )


def _none(name: str) -> str:
    return (
        f"no {name} faces: label_AUC and AP of that class are undefined, and label_accuracy "
        "does not show who tells real from fake"
    )
