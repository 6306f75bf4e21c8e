"""Scoring files: a predictions file against an annotation file."""

from __future__ import annotations

from pathlib import Path

from ...annotations.coco import AnnotationSet, read_annotations
from ...annotations.dataset import require_images
from ...annotations.predictions import read_predictions
from ...core.files import sha256_of_file
from ...core.progress import Progress, silent
from ..protocol import DEFAULT, Protocol
from ..results import Result
from .score import score_result


def sizes(annotations: AnnotationSet) -> dict[int, tuple[int, int]]:
    """Image id → (height, width)."""
    return {image.id: image.size for image in annotations.images}


def score_files(
    predictions: Path,
    truth: Path,
    protocol: Protocol = DEFAULT,
    *,
    track: str = "clean",
    progress: Progress = silent,
) -> Result:
    """Score a COCO results file against an annotation file, ours or OpenForensics'.

    Raises:
        DataError: the truth cannot be read, or holds no images.
        SubmissionError: the predictions cannot be read.
    """
    annotations = require_images(read_annotations(truth), truth)
    predicted = read_predictions(predictions, sizes(annotations))
    # By id, as pycocotools goes: equal scores are then ranked in the same order.
    images = sorted(annotations.images, key=lambda image: image.id)
    return score_result(
        [image.instances for image in images],
        [predicted[image.id] for image in images],
        protocol,
        hashes={
            "truth": sha256_of_file(truth),
            "predictions": sha256_of_file(predictions),
        },
        track=track,
        progress=progress,
    )
