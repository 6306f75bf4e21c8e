"""Overlaps of detections with true faces, over many images at once.

Work goes block by block of images, so that what is decoded at a time stays small; blocks
run on several threads, since numpy lets go of the interpreter in its loops.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ...annotations.columns import Columns
from ...annotations.erosion import erode
from ...annotations.intervals import Intervals, decode_counts, intersections, may_meet
from ...core.progress import Progress, silent
from ...core.ragged import within
from ..protocol import DEFAULT, Protocol
from .pairs import Floats, Ints
from .pixels import forged_regions

BLOCK: Final = 3000  # masks decoded at a time


@dataclass(frozen=True, eq=False, slots=True)
class Overlaps:
    """Pairs of one image that overlap at all, E of them, and the areas of all faces.

    Args:
        truth, detection: (E,) rows of the truth's and the detections' columns.
        box, mask, boundary: (E,) IoU in [0, 1] of boxes, of masks, and of masks and their
            boundary bands, whichever is less (Cheng et al., CVPR 2021).
        truth_area, detection_area: pixels of all masks.
        forged: (I, 1 + 2 C) pixels of each image's forged region: in the truth, then for
            each of the C pixel thresholds in the answer and in both.
    """

    truth: Ints
    detection: Ints
    box: Floats
    mask: Floats
    boundary: Floats
    truth_area: Ints
    detection_area: Ints
    forged: Ints

    def iou(self, task: str) -> Floats:
        """The (E,) overlaps of one task."""
        return {"box": self.box, "mask": self.mask, "boundary": self.boundary}[task]


def overlaps(
    truth: Columns,
    found: Columns,
    protocol: Protocol = DEFAULT,
    *,
    plain: bool = False,
    progress: Progress = silent,
) -> Overlaps:
    """All overlaps of detections with true faces, and of the forged regions.

    Args:
        truth: the true faces.
        found: the detections in the same images.
        protocol: the rules.
        plain: boxes and masks alone; boundaries and forged regions stay 0.
        progress: reports each block of images.

    Raises:
        DataError: a mask cannot be decoded.
    """
    blocks, rules = _blocks(truth, found), None if plain else protocol
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        jobs = pool.map(lambda block: _overlaps(truth, found, block, rules), blocks)
        parts = list(progress(jobs, total=len(blocks), what="Comparing faces"))
    return Overlaps(
        *(np.concatenate(column) for column in zip(*parts, strict=True)),
    )


def _blocks(truth: Columns, found: Columns) -> list[tuple[int, int]]:
    """Ranges of images of about ``BLOCK`` masks each."""
    until = truth.starts[1:] + found.starts[1:]
    masks = len(truth) + len(found)
    cuts = np.searchsorted(until, np.arange(BLOCK, masks, BLOCK))
    edges = np.unique([0, *cuts.tolist(), len(truth.ids)]).tolist()
    return list(pairwise(edges)) or [(0, 0)]


def _overlaps(
    truth: Columns, found: Columns, block: tuple[int, int], protocol: Protocol | None
) -> tuple[Ints | Floats, ...]:
    own, other = truth.of_images(*block), found.of_images(*block)
    masks = decode_counts(own.counts, own.sizes[own.image])
    others = decode_counts(other.counts, other.sizes[other.image])
    rows, columns = _same_image(own, other)
    boxes = box_iou(own.boxes[rows], other.boxes[columns])
    close = np.flatnonzero((boxes > 0) | may_meet(masks, others, rows, columns))
    rows, columns, boxes = rows[close], columns[close], boxes[close]
    shared = intersections(masks, others, rows, columns)
    kept = (boxes > 0) | (shared > 0)
    rows, columns, boxes, shared = rows[kept], columns[kept], boxes[kept], shared[kept]
    areas = masks.area[rows], others.area[columns]
    iou = _ratio(shared, *areas)
    bands, forged = np.zeros(len(rows)), np.zeros((len(own.ids), 0), np.int64)
    if protocol is not None:
        inner = erode(masks, band(own, protocol.band)), erode(others, band(other, protocol.band))
        bands = _band_iou((masks, others), inner, rows, columns, shared)
        forged = forged_regions(own, other, masks, others, protocol)
    starts = np.searchsorted(truth.image, block[0]), np.searchsorted(found.image, block[0])
    return (
        rows + starts[0], columns + starts[1], boxes, iou, np.minimum(iou, bands),
        masks.area, others.area, forged,
    )  # fmt: skip


def _same_image(truth: Columns, found: Columns) -> tuple[Ints, Ints]:
    """All pairs of a true face and a detection of one image, by detection."""
    starts = truth.starts
    many = np.diff(starts)[found.image]
    detection = np.repeat(np.arange(len(found)), many)
    return starts[found.image][detection] + within(many), detection


def box_iou(first: Floats, second: Floats) -> Floats:
    """(P,) IoU of x, y, width, height boxes pair by pair, to the digit as pycocotools."""
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, 2:] + first[:, :2], second[:, 2:] + second[:, :2])
    sides = high - low
    shared = np.where((sides > 0).all(axis=1), sides[:, 0] * sides[:, 1], 0.0)
    return _ratio(shared, first[:, 2] * first[:, 3], second[:, 2] * second[:, 3])


def _ratio(shared: Ints | Floats, area: Ints | Floats, other: Ints | Floats) -> Floats:
    # In pycocotools' order of operations: detection's area, then the true face's.
    union = other + area - shared
    return np.divide(shared, union, out=np.zeros(len(shared)), where=shared > 0)


def _band_iou(
    whole: tuple[Intervals, Intervals],
    inner: tuple[Intervals, Intervals],
    rows: Ints,
    columns: Ints,
    shared: Ints,
) -> Floats:
    """IoU of the bands inside the edges: what erosion takes away.

    |(A - a) ∩ (B - b)| = |A ∩ B| - |A ∩ b| - |a ∩ B| + |a ∩ b|, where a and b are eroded.
    """
    common = (
        shared
        - intersections(whole[0], inner[1], rows, columns)
        - intersections(inner[0], whole[1], rows, columns)
        + intersections(*inner, rows, columns)
    )
    bands = [mask.area - eroded.area for mask, eroded in zip(whole, inner, strict=True)]
    return _ratio(common, bands[0][rows], bands[1][columns])


def band(faces: Columns, share: float) -> Ints:
    """(N,) width in pixels of each face's boundary band."""
    diagonal = np.hypot(*faces.sizes.T.astype(np.float64))
    widths: Ints = np.maximum(1, np.round(share * diagonal)).astype(np.int64)
    return widths[faces.image]
