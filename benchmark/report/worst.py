"""The images that a detector got most wrong, drawn beside the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...annotations import boxes as box_tools
from ...annotations.columns import Columns
from ...annotations.instances import Instances
from ...core.errors import DataError
from ...core.images import Rgb, encode_jpeg, fit_within
from ..scoring.comparison import Comparison
from ..scoring.olrp import optimal_lrp
from ..scoring.pairs import Ints
from .drawing import draw_faces

Loader = Callable[[int], Rgb]  # image id → its picture
MOST: Final = 8
SIDE: Final = 560  # pixels, longer side of a drawn picture
QUALITY: Final = 82
SCORE: Final = 0.5  # from which answers are shown where no best threshold exists


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What went wrong in one image, at one score threshold.

    Args:
        image: its position among the images scored.
        id: its id.
        missed: true faces that no detection covers.
        false_alarms: detections that cover no true face.
        wrong_labels: faces found that are taken for the other label.
    """

    image: int
    id: int
    missed: int
    false_alarms: int
    wrong_labels: int

    @property
    def total(self) -> int:
        """What the worst images have most of: all mistakes, each counted once."""
        return self.missed + self.false_alarms + self.wrong_labels


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """An image with its mistakes; truth and prediction are JPEG files."""

    mistakes: Mistakes
    truth: bytes
    prediction: bytes
    size: tuple[int, int]


def best_threshold(comparison: Comparison) -> float:
    """The score from which answers count: where oLRP of boxes, labels ignored, is least.

    ``SCORE`` where nothing is found.
    """
    best = optimal_lrp(comparison.matches["box"].agnostic, comparison.protocol)
    return SCORE if best is None or best.threshold is None else best.threshold


def worst_images(
    comparison: Comparison, threshold: float, limit: int | None = MOST
) -> list[Mistakes]:
    """Images with most mistakes: missed faces + false alarms + wrong labels.

    A face is covered where a detection's box has IoU ``tau`` with it, labels ignored. A
    second answer for a covered face is no false alarm. Among equals the first comes first;
    images without a mistake are left out.
    """
    missed, false, wrong = _mistakes(comparison, threshold)
    total = missed + false + wrong
    order = np.argsort(-total, kind="stable")[:limit]
    return [
        Mistakes(
            int(image), int(comparison.truth.ids[image]),
            int(missed[image]), int(false[image]), int(wrong[image]),
        )
        for image in order
        if total[image]
    ]  # fmt: skip


def _mistakes(comparison: Comparison, threshold: float) -> tuple[Ints, Ints, Ints]:
    """(I,) missed faces, false alarms and wrong labels of each image."""
    task = comparison.matches["box"]
    pairs, matches = task.pairs, task.agnostic
    shown = matches.scores >= threshold
    covers = np.isin(matches.row, pairs.pair_detection[pairs.pair_iou >= comparison.protocol.tau])
    found = np.zeros(len(pairs.truth), dtype=bool)
    partner = matches.partner[0][shown]
    found[partner[partner >= 0]] = True

    def by_image(images: Ints) -> Ints:
        return np.bincount(images, minlength=pairs.images)

    return (
        by_image(pairs.truth.image[~found]),
        by_image(pairs.detections.image[matches.row[shown & ~covers]]),
        by_image(pairs.truth.image[found & (task.faces.right < 0.5)]),
    )


def draw_worst(comparison: Comparison, images: Loader) -> list[DrawnImage]:
    """The worst images with truth and prediction drawn over them.

    Raises:
        DataError: a picture is missing, or not of the size that was scored.
    """
    threshold = best_threshold(comparison)
    return [
        _drawn(comparison, row, images, threshold) for row in worst_images(comparison, threshold)
    ]


def _drawn(comparison: Comparison, row: Mistakes, images: Loader, threshold: float) -> DrawnImage:
    truth = instances_of_image(comparison.truth, row.image)
    answer = instances_of_image(comparison.found, row.image)
    if answer.scores is not None:
        answer = answer[np.flatnonzero(answer.scores >= threshold)]
    picture = images(row.id)
    if picture.shape[:2] != truth.size:
        raise DataError(
            "a picture is not of the size that was scored",
            where=f"image {row.id}",
            got=f"(height, width) {picture.shape[:2]}",
            expected=truth.size,
        )
    drawn = [fit_within(draw_faces(picture, faces), SIDE) for faces in (truth, answer)]
    height, width = drawn[0].shape[:2]
    first, second = (encode_jpeg(one, QUALITY) for one in drawn)
    return DrawnImage(row, first, second, (height, width))


def instances_of_image(faces: Columns, image: int) -> Instances:
    """One image's faces of the columns of many."""
    own = faces.of_images(image, image + 1)
    height, width = own.sizes[0].tolist()
    return Instances(
        (height, width),
        box_tools.from_xywh(own.boxes.tolist()),
        own.label,
        tuple({"size": [height, width], "counts": counts} for counts in own.counts),
        own.scores,
    )
