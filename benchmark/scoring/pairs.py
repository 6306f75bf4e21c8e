"""What scoring needs of the images: true faces, detections, and the IoU between them.

The same for boxes, masks and boundaries; every metric reads from here and none knows which
of them it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Shape = Literal["box", "mask", "boundary"]


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
        pair_iou: (E,) IoU in (0, 1]; pairs below some floor are left out.
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

    def from_floor(self, floor: float) -> Pairs:
        """Only the pairs whose IoU is ``floor`` at least."""
        kept = self.pair_iou >= floor
        return replace(
            self,
            pair_truth=self.pair_truth[kept],
            pair_detection=self.pair_detection[kept],
            pair_iou=self.pair_iou[kept],
        )
