"""The scoring function: truth and predictions in, tidy records out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...annotations.categories import FAKE, NAMES
from ...annotations.columns import columns_of
from ...annotations.instances import Instances
from ...core.errors import SubmissionError
from ...core.progress import Progress, silent
from ..protocol import DEFAULT, Protocol
from ..results import Result, Score, Task
from .bootstrap import DRAWS, Draws, bootstrap, interval
from .comparison import SHAPES, Comparison, compare
from .detection import ALL, ANY, Values, detection_values
from .errors import error_values, explain
from .found_faces import class_values, found_values
from .images import image_values, judged_images
from .kept_draws import KEPT, Key, keep
from .pairs import Shape
from .pixels import pixel_values
from .strata import Stratum, strata


@dataclass(frozen=True, slots=True)
class Scored:
    """What a comparison is worth.

    Args:
        rows: the records.
        draws: the draws that are kept, packed, by name.
    """

    rows: Sequence[Score]
    draws: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How intervals are made; nothing here changes a value.

    Args:
        draws: of the bootstrap; 0 for no intervals.
        seed: of the draws.
        kept: the headline numbers whose draws a result keeps, to be compared with others.
    """

    draws: int = DRAWS
    seed: int = 0
    kept: tuple[Key, ...] = KEPT


WITH_INTERVALS: Final = Sampling()


def score(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    protocol: Protocol = DEFAULT,
    *,
    track: str = "clean",
    sampling: Sampling | None = None,
    progress: Progress = silent,
) -> list[Score]:
    """Score the predictions of each image against its truth, in the same order.

    Returns:
        One record per metric, task, class and stratum; ``docs/metrics.md`` defines them.

    Raises:
        SubmissionError: the numbers of images or their sizes differ, or scores lack.
    """
    comparison = _compare(truth, predictions, protocol, progress)
    return list(score_comparison(comparison, track, sampling).rows)


def _compare(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    protocol: Protocol,
    progress: Progress,
    source: tuple[str, ...] | None = None,
) -> Comparison:
    _check(truth, predictions)
    columns = columns_of(truth, source=source)
    return compare(columns, columns_of(predictions), protocol, progress=progress)


def _check(truth: Sequence[Instances], predictions: Sequence[Instances]) -> None:
    if len(truth) != len(predictions):
        raise SubmissionError(
            "truth and predictions are of different images",
            got=f"predictions for {len(predictions)} images",
            expected=len(truth),
        )
    for faces, found in zip(truth, predictions, strict=True):
        if found.scores is None:
            raise SubmissionError("predictions need scores", got="none", expected="one a face")
        if faces.size != found.size:
            raise SubmissionError(
                "a prediction is for an image of another size",
                got=f"(height, width) {found.size}",
                expected=faces.size,
            )


def score_result(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    protocol: Protocol = DEFAULT,
    *,
    hashes: Mapping[str, str],
    about: Mapping[str, Any] | None = None,
    track: str = "clean",
    source: tuple[str, ...] | None = None,
    sampling: Sampling = WITH_INTERVALS,
    progress: Progress = silent,
) -> Result:
    """``score``, with the protocol and the hashes of what was scored, as a result.

    Args:
        source: what each image was made from: those of one photograph are drawn together.
    """
    comparison = _compare(truth, predictions, protocol, progress, source)
    scored = score_comparison(comparison, track, sampling)
    return as_result(scored, len(truth), protocol, hashes, about)


def as_result(
    scored: Scored,
    images: int,
    protocol: Protocol,
    hashes: Mapping[str, str],
    about: Mapping[str, Any] | None = None,
) -> Result:
    """Scores as a result, with the protocol and the hashes of what was scored."""
    return Result(
        protocol=protocol.record(),
        hashes={**hashes, "protocol": protocol.sha256},
        scores=tuple(scored.rows),
        about={"images": images, **(about or {})},
        draws=dict(scored.draws),
    )


def score_comparison(
    comparison: Comparison, track: str = "clean", sampling: Sampling | None = None
) -> Scored:
    """All records of a comparison; with ``sampling``, the headline numbers with intervals."""
    rows = _values(comparison, track)
    if sampling is None or not sampling.draws:
        return Scored(rows, {})
    values = headline(rows)
    draws = bootstrap(comparison, values, draws=sampling.draws, seed=sampling.seed)
    kept = keep(track, draws, sampling.kept)
    return Scored([_with_interval(row, draws) for row in rows], kept)


def headline(rows: Sequence[Score]) -> dict[Key, float | None]:
    """The values of all faces, by task, metric and class."""
    return {(row.task, row.metric, row.class_): row.value for row in rows if row.stratum == "all"}


def _with_interval(row: Score, draws: Draws) -> Score:
    values = draws.get((row.task, row.metric, row.class_))
    if values is None or row.stratum != "all" or row.value is None:
        return row
    ends = interval(values, row.value)
    if ends is None:
        return row
    return row.model_copy(update={"low": min(ends[0], row.value), "high": max(ends[1], row.value)})


def _values(comparison: Comparison, track: str) -> list[Score]:
    groups = strata(comparison.truth, comparison.truth_area, comparison.protocol)
    rows: list[Score] = []
    for task in SHAPES:
        rows += _score_task(comparison, task, groups, track)
    pixels = pixel_values(comparison.overlaps.forged, comparison.protocol)
    rows += _records(pixels, track, "pixel", NAMES[FAKE])
    images = judged_images(comparison.truth, comparison.found)
    return rows + _records(image_values(images), track, "image", ANY)


def _score_task(
    comparison: Comparison, task: Shape, groups: Sequence[Stratum], track: str
) -> list[Score]:
    matches = comparison.matches[task]
    values = detection_values(matches.by_class, matches.agnostic, comparison.protocol)
    rows = [row for name, part in values.items() for row in _records(part, track, task, name)]
    for group in groups:
        found = found_values(matches.faces, group, task)
        rows += _records(found, track, task, ANY, group.name)
    for label, name in enumerate(NAMES):
        rows += _records(class_values(matches.faces, label), track, task, name)
    return rows + _errors(comparison, task, track)


def _errors(comparison: Comparison, task: Shape, track: str) -> list[Score]:
    """What kinds of error there are and what they cost; of boundaries nobody asks that."""
    if task == "boundary":
        return []
    pairs = comparison.pairs(task, comparison.protocol.near)
    values = error_values(pairs, explain(pairs, comparison.protocol), comparison.protocol)
    return _records(values, track, task, ALL)


def _records(
    values: Values, track: str, task: Task, class_: str, stratum: str = "all"
) -> list[Score]:
    return [
        Score(
            track=track, task=task, metric=metric, class_=class_, stratum=stratum, value=value, n=n
        )
        for metric, (value, n) in values.items()
    ]
