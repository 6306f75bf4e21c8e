"""Scoring files: a predictions file against an annotation file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from ...annotations.bulk import read_found_columns, read_truth_columns, say_what_is_wrong
from ...core.errors import DataError
from ...core.files import sha256_of_file
from ...core.memory import collector_paused
from ...core.progress import Progress, silent
from ..protocol import DEFAULT, Protocol
from ..results import Result
from .comparison import Comparison, compare
from .detection import coco_values
from .pairs import Shape
from .score import WITH_INTERVALS, Sampling, as_result, score_comparison


def score_files(
    predictions: Path,
    truth: Path,
    protocol: Protocol = DEFAULT,
    *,
    track: str = "clean",
    sampling: Sampling = WITH_INTERVALS,
    progress: Progress = silent,
) -> Result:
    """Score a COCO results file against an annotation file, ours or OpenForensics'.

    Raises:
        DataError: the truth cannot be read, or holds no images.
        SubmissionError: the predictions cannot be read.
    """
    comparison = compare_files(predictions, truth, protocol, progress=progress)
    return result_of(comparison, predictions, truth, track=track, sampling=sampling)


def result_of(
    comparison: Comparison,
    predictions: Path,
    truth: Path,
    *,
    track: str = "clean",
    sampling: Sampling = WITH_INTERVALS,
) -> Result:
    """The result of a comparison of two files, with their hashes."""
    hashes = {"truth": sha256_of_file(truth), "predictions": sha256_of_file(predictions)}
    scored = score_comparison(comparison, track, sampling)
    about = {"draws": sampling.draws, "seed": sampling.seed}
    return as_result(scored, len(comparison.truth.ids), comparison.protocol, hashes, about)


def coco_numbers(predictions: Path, truth: Path) -> dict[Shape, dict[str, float | None]]:
    """COCO's twelve numbers for boxes and masks and nothing else, as soon as can be.

    Raises:
        DataError, SubmissionError: as ``score_files``.
    """
    comparison = compare_files(predictions, truth, plain=True)
    shapes: tuple[Shape, ...] = ("box", "mask")
    with ThreadPoolExecutor() as pool:
        return dict(zip(shapes, pool.map(partial(_twelve, comparison), shapes), strict=True))


def _twelve(comparison: Comparison, task: Shape) -> dict[str, float | None]:
    matches = comparison.class_matches(comparison.pairs(task, comparison.floor))
    values = coco_values(matches, comparison.protocol)
    return {name: value for name, (value, _) in values.items()}


def compare_files(
    predictions: Path,
    truth: Path,
    protocol: Protocol = DEFAULT,
    *,
    plain: bool = False,
    others: list[Any] | None = None,
    progress: Progress = silent,
) -> Comparison:
    """The overlaps of two files' faces.

    Args:
        others: takes the predictions for images that the truth does not have, which are then
            left out; without it they are refused.

    Raises:
        DataError, SubmissionError: as ``score_files``.
    """
    with collector_paused():
        faces = read_truth_columns(truth)
        found = read_found_columns(predictions, faces, others)
    try:
        return compare(faces, found, protocol, plain=plain, progress=progress)
    except DataError:
        # A mask among all cannot be decoded; the careful readers know which.
        say_what_is_wrong(predictions, truth, known_only=bool(others))
        raise
