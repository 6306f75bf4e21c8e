"""The forged region of each image: the pixels of its forged faces, true and answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...annotations.categories import FAKE
from ...annotations.columns import Columns
from ...annotations.intervals import Intervals, Small
from ...core.ragged import offsets, within
from ..protocol import Protocol
from .detection import Values
from .pairs import Bools, Floats, Ints


@dataclass(frozen=True, eq=False, slots=True)
class _Runs:
    """Intervals in order of image, column and top row.

    Args:
        image: (K,) position of the image.
        cell: (K,) number of the image's pixel column, over all images.
        top, bottom: (K,) rows, half-open.
        score: (K,) of the answer that the interval is of; infinite for the truth.
    """

    image: Ints
    cell: Ints
    top: Small
    bottom: Small
    score: Floats

    def areas(self, kept: Bools, images: int) -> Ints:
        """(I,) pixels of the union of some of the intervals in each image."""
        cell, top, bottom = self.cell[kept], self.top[kept], self.bottom[kept]
        if not len(cell):
            return np.zeros(images, np.int64)
        # How far down the column is covered already; columns are kept apart by an offset.
        offset = cell * (int(bottom.max()) + 1)
        reached = np.maximum.accumulate(bottom + offset)
        before = np.concatenate([[0], reached[:-1]]) - offset
        new = np.maximum(bottom - np.maximum(top, before), 0)
        return np.bincount(self.image[kept], new, images).astype(np.int64)


def forged_regions(
    truth: Columns, found: Columns, masks: Intervals, others: Intervals, protocol: Protocol
) -> Ints:
    """(I, 1 + 2 C) pixels of each image's forged region.

    The first column is the true region's, then follow those of the answer at each of the C
    thresholds, then those that the two share. A pixel is answered forged if a detection
    labelled fake, with at least the threshold as its score, covers it.
    """
    runs = _runs(truth, found, masks, others)
    true, images = np.isinf(runs.score), len(truth.ids)
    area = runs.areas(true, images)
    answered, shared = [], []
    for threshold in protocol.pixel_thresholds:
        kept = ~true & (runs.score >= threshold)
        answered.append(runs.areas(kept, images))
        shared.append(area + answered[-1] - runs.areas(kept | true, images))
    return np.column_stack([area, *answered, *shared])


def _runs(truth: Columns, found: Columns, masks: Intervals, others: Intervals) -> _Runs:
    starts = offsets(truth.sizes[:, 1])
    scores = found.scores if found.scores is not None else np.zeros(len(found))
    parts = [
        _of_fakes(truth, masks, starts, np.full(len(truth), np.inf)),
        _of_fakes(found, others, starts, scores),
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[2], columns[1]))
    return _Runs(*(column[order] for column in columns))


def _of_fakes(
    faces: Columns, masks: Intervals, starts: Ints, scores: Floats
) -> tuple[Ints, Ints, Small, Small, Floats]:
    """Image, column, top, bottom and score of the intervals of the faces labelled fake."""
    columns, many = masks.width, np.diff(masks.column)
    mask = np.repeat(np.arange(len(faces)), columns)
    place = within(columns) + masks.left[mask] + starts[faces.image[mask]]
    mask, cell = np.repeat(mask, many), np.repeat(place, many)
    fake = faces.label[mask] == FAKE
    mask = mask[fake]
    return faces.image[mask], cell[fake], masks.top[fake], masks.bottom[fake], scores[mask]


def pixel_values(forged: Ints, protocol: Protocol) -> Values:
    """IoU and F1 of the forged region at score 0.5 and at the best threshold.

    Over the set, pixels of all images are pooled. Per image, an image without forgery
    counts 1 if the answer is empty and 0 if not; the mean is over all images. The best
    threshold is one for the whole set: that of the highest pooled F1.
    """
    count = len(protocol.pixel_thresholds)
    area, answered, shared = forged[:, :1], forged[:, 1 : 1 + count], forged[:, 1 + count :]
    union = area + answered - shared
    pooled_iou = _share(shared.sum(axis=0), union.sum(axis=0))
    pooled_f1 = _share(2 * shared.sum(axis=0), (area + answered).sum(axis=0))
    image_iou = _share(shared, union).mean(axis=0) if len(forged) else np.zeros(count)
    image_f1 = _share(2 * shared, area + answered).mean(axis=0) if len(forged) else np.zeros(count)
    half, best = protocol.pixel_thresholds.index(0.5), int(np.argmax(pooled_f1))
    images, pixels = len(forged), int(area.sum())
    values: Values = {}
    for suffix, at in (("", half), ("_best", best)):
        values[f"pixel_IoU{suffix}"] = _known(pooled_iou[at], pixels)
        values[f"pixel_F1{suffix}"] = _known(pooled_f1[at], pixels)
        values[f"image_IoU{suffix}"] = _known(image_iou[at], images)
        values[f"image_F1{suffix}"] = _known(image_f1[at], images)
    values["pixel_threshold"] = _known(protocol.pixel_thresholds[best], pixels)
    return values


def _share(part: Ints, whole: Ints) -> Floats:
    """Part / whole, and 1 where there is nothing on either side."""
    return np.divide(part, whole, out=np.ones(np.shape(whole)), where=whole > 0)


def _known(value: float, n: int) -> tuple[float | None, int]:
    return (float(value), n) if n else (None, 0)
