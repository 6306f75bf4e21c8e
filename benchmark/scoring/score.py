"""The scoring function: truth and predictions in, tidy records out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from ...annotations.categories import FAKE, NAMES
from ...annotations.instances import Instances
from ...core.errors import SubmissionError
from ...core.progress import Progress, silent
from ..protocol import DEFAULT, Protocol
from ..results import Result, Score, Task
from .detection import ANY, Values, detection_values
from .found_faces import class_values, found_faces, found_values, roc_auc
from .matching import match
from .pairs import Pairs, Shape, compare, join
from .strata import Stratum, strata

SHAPES: Final[tuple[Shape, ...]] = ("box", "mask")


def score(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    protocol: Protocol = DEFAULT,
    *,
    track: str = "clean",
    progress: Progress = silent,
) -> list[Score]:
    """Score the predictions of each image against its truth, in the same order.

    Returns:
        One record per metric, task, class and stratum; ``docs/metrics.md`` defines them.

    Raises:
        SubmissionError: the numbers of images or their sizes differ, or scores lack.
    """
    if len(truth) != len(predictions):
        raise SubmissionError(
            "truth and predictions are of different images",
            got=f"predictions for {len(predictions)} images",
            expected=len(truth),
        )
    # COCO takes an IoU of 1 - 1e-10 for 1.
    floor = min(protocol.iou_thresholds[0], 1 - 1e-10)
    both = zip(truth, predictions, strict=True)
    parts = [
        [compare(faces, found, shape, floor) for shape in SHAPES]
        for faces, found in progress(both, total=len(truth), what="Comparing faces")
    ]
    groups = strata(truth, protocol)
    rows: list[Score] = []
    for column, shape in enumerate(SHAPES):
        pairs = join([image[column] for image in parts])
        rows += score_pairs(pairs, shape, groups, protocol, track)
    return rows + _records(_image_values(truth, predictions), track, "image", ANY)


def score_result(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    protocol: Protocol = DEFAULT,
    *,
    hashes: Mapping[str, str],
    about: Mapping[str, Any] | None = None,
    track: str = "clean",
    progress: Progress = silent,
) -> Result:
    """``score``, with the protocol and the hashes of what was scored, as a result."""
    rows = score(truth, predictions, protocol, track=track, progress=progress)
    return Result(
        protocol=protocol.record(),
        hashes={**hashes, "protocol": protocol.sha256},
        scores=tuple(rows),
        about={"images": len(truth), **(about or {})},
    )


def score_pairs(
    pairs: Pairs, task: Shape, groups: Sequence[Stratum], protocol: Protocol, track: str
) -> list[Score]:
    """All records of one task, from the pairs of all images."""
    agnostic = match(pairs, protocol)
    rows: list[Score] = []
    for name, values in detection_values(pairs, agnostic, protocol).items():
        rows += _records(values, track, task, name)
    faces = found_faces(pairs, agnostic, protocol)
    for group in groups:
        rows += _records(found_values(faces, group, task), track, task, ANY, group.name)
    for label, name in enumerate(NAMES):
        rows += _records(class_values(faces, label), track, task, name)
    return rows


def _image_values(truth: Sequence[Instances], predictions: Sequence[Instances]) -> Values:
    """Does the picture hold a forgery: judged by its highest score of a fake, else 0."""
    forged = np.array([bool((faces.labels == FAKE).any()) for faces in truth], dtype=bool)
    highest = np.array([_highest_fake(found) for found in predictions])
    auc = roc_auc(highest[forged], highest[~forged])
    return {"image_AUC": (auc, 0 if auc is None else len(truth))}


def _highest_fake(found: Instances) -> float:
    scores = np.zeros(0) if found.scores is None else found.scores
    return float(scores[found.labels == FAKE].max(initial=0.0))


def _records(
    values: Values, track: str, task: Task, class_: str, stratum: str = "all"
) -> list[Score]:
    return [
        Score(
            track=track, task=task, metric=metric, class_=class_, stratum=stratum, value=value, n=n
        )
        for metric, (value, n) in values.items()
    ]
