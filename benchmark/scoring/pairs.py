"""What scoring needs of the images: true faces, detections, and the IoU between them.

Computed once per image for boxes and once for masks; every metric reads from here and
none knows which of the two it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from ...annotations import boxes as box_tools
from ...annotations import masks as mask_tools
from ...annotations.instances import Instances
from ...core.errors import SubmissionError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Shape = Literal["box", "mask"]


@dataclass(frozen=True, eq=False, slots=True)
class Faces:
    """Faces of many images, one row each.

    Args:
        image: (N,) position of the face's image.
        label: (N,) 0 real, 1 fake.
        area: (N,) square pixels.
    """

    image: Ints
    label: Ints
    area: Floats

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, rows: NDArray[Any]) -> Faces:
        return Faces(self.image[rows], self.label[rows], self.area[rows])


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """True faces, detections, and those pairs of them that overlap enough to match.

    Args:
        images: number of images.
        truth: the G true faces.
        detections: the D detected faces.
        scores: (D,) confidences.
        pair_truth: (E,) rows of ``truth``.
        pair_detection: (E,) rows of ``detections``.
        pair_iou: (E,) IoU in (0, 1]; pairs below the lowest threshold are left out.
    """

    images: int
    truth: Faces
    detections: Faces
    scores: Floats
    pair_truth: Ints
    pair_detection: Ints
    pair_iou: Floats

    def of_label(self, label: int) -> Pairs:
        """Only the true faces and the detections of one label."""
        truth, detections = self.truth.label == label, self.detections.label == label
        kept = truth[self.pair_truth] & detections[self.pair_detection]
        return Pairs(
            self.images,
            self.truth[truth],
            self.detections[detections],
            self.scores[detections],
            (np.cumsum(truth) - 1)[self.pair_truth[kept]],
            (np.cumsum(detections) - 1)[self.pair_detection[kept]],
            self.pair_iou[kept],
        )


def compare(truth: Instances, prediction: Instances, shape: Shape, floor: float) -> Pairs:
    """The pairs of one image whose IoU is at least ``floor``.

    A true face's area is its column ``area`` where the truth has one (COCO's annotation
    area), else its mask's. A detection's area is that of its box or of its mask.

    Raises:
        SubmissionError: the prediction lacks scores or has another image size.
    """
    _check(truth, prediction)
    iou, area = _SHAPES[shape]
    overlaps = iou(prediction, truth)
    found, true = np.nonzero(overlaps >= floor)
    scores = prediction.scores if prediction.scores is not None else np.zeros(0)
    return Pairs(
        1,
        _faces(truth, truth_area(truth)),
        _faces(prediction, area(prediction)),
        scores,
        true,
        found,
        overlaps[found, true],
    )


def join(parts: Sequence[Pairs]) -> Pairs:
    """The parts' images one after the other."""
    if not parts:
        none, empty = np.zeros(0, np.int64), np.zeros(0)
        nobody = Faces(none, none, empty)
        return Pairs(0, nobody, nobody, empty, none, none, empty)
    image = _starts([part.images for part in parts])
    true = _starts([len(part.truth) for part in parts])
    found = _starts([len(part.detections) for part in parts])
    return Pairs(
        sum(part.images for part in parts),
        _join_faces([part.truth for part in parts], image),
        _join_faces([part.detections for part in parts], image),
        np.concatenate([part.scores for part in parts]),
        _join_rows([part.pair_truth for part in parts], true),
        _join_rows([part.pair_detection for part in parts], found),
        np.concatenate([part.pair_iou for part in parts]),
    )


def truth_area(truth: Instances) -> Floats:
    """(N,) areas by which true faces are small, medium or large."""
    if "area" in truth.extra:
        return np.asarray(truth.extra["area"], dtype=np.float64)
    return _mask_area(truth)


def _starts(counts: list[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)


def _join_rows(columns: Sequence[Ints], starts: Ints) -> Ints:
    return np.concatenate(columns) + np.repeat(starts, [len(column) for column in columns])


def _join_faces(parts: Sequence[Faces], starts: Ints) -> Faces:
    return Faces(
        _join_rows([part.image for part in parts], starts),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.area for part in parts]),
    )


def _faces(instances: Instances, area: Floats) -> Faces:
    return Faces(np.zeros(len(instances), np.int64), instances.labels, area)


def _check(truth: Instances, prediction: Instances) -> None:
    if prediction.scores is None:
        raise SubmissionError("predictions need scores", got="none", expected="one a face")
    if truth.size != prediction.size:
        raise SubmissionError(
            "a prediction is for an image of another size",
            got=f"(height, width) {prediction.size}",
            expected=truth.size,
        )


def _box_iou(first: Instances, second: Instances) -> Floats:
    return box_tools.iou(first.boxes, second.boxes)


def _mask_iou(first: Instances, second: Instances) -> Floats:
    return mask_tools.iou(first.masks, second.masks)


def _box_area(instances: Instances) -> Floats:
    sides = instances.boxes[:, 2:] - instances.boxes[:, :2]
    return np.asarray(sides[:, 0] * sides[:, 1])


def _mask_area(instances: Instances) -> Floats:
    # One call for many masks, since per mask the call costs more than the counting; but
    # pycocotools fails on more than 255 (it puts their number into a byte).
    starts = range(0, len(instances), 255)
    areas = [coco_mask.area(list(instances.masks[start : start + 255])) for start in starts]
    return np.concatenate([np.zeros(0), *areas])


_Overlap = Callable[[Instances, Instances], Floats]
_Area = Callable[[Instances], Floats]
_SHAPES: dict[Shape, tuple[_Overlap, _Area]] = {
    "box": (_box_iou, _box_area),
    "mask": (_mask_iou, _mask_area),
}
