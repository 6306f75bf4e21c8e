"""The slow way to ``Pairs``, image by image through pycocotools: what the fast way must equal."""

import numpy as np
from manyfaces.annotations import boxes as box_tools
from manyfaces.annotations import masks as mask_tools
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.scoring.pairs import Faces, Pairs


def compare(truth, prediction, task, floor):
    """The pairs of one image whose IoU is at least ``floor``."""
    boxes = task == "box"
    if boxes:
        overlaps = box_tools.iou(prediction.boxes, truth.boxes)
        sides = prediction.boxes[:, 2:] - prediction.boxes[:, :2]
        area = sides[:, 0] * sides[:, 1]
    else:
        overlaps = mask_tools.iou(prediction.masks, truth.masks)
        area = prediction.areas.astype(float)
    if task == "boundary":
        overlaps = np.minimum(overlaps, band_iou(prediction, truth))
    found, true = np.nonzero((overlaps >= floor) & (overlaps > 0))
    return Pairs(
        1,
        faces(truth, np.asarray(truth.extra.get("area", truth.areas), dtype=float)),
        faces(prediction, area),
        prediction.scores,
        true,
        found,
        overlaps[found, true],
    )


def faces(instances, area):
    return Faces(np.zeros(len(instances), np.int64), instances.labels, area)


def band_iou(first, second):
    bands = []
    for part in (first, second):
        masks = [mask_tools.decode(rle) for rle in part.masks]
        width = max(1, round(0.02 * float(np.hypot(*part.size))))
        bands.append([mask_tools.encode(mask_tools.boundary(mask, width)) for mask in masks])
    return mask_tools.iou(*bands)


def join(parts):
    """The parts' images one after the other."""

    def shifted(columns, counts):
        starts = np.cumsum([0, *counts])[:-1]
        moved = [column + start for column, start in zip(columns, starts, strict=True)]
        return np.concatenate([np.zeros(0, np.int64), *moved])

    def joined(name):
        rows = [getattr(part, name) for part in parts]
        return Faces(
            shifted([row.image for row in rows], [part.images for part in parts]),
            np.concatenate([np.zeros(0, np.int64), *[row.label for row in rows]]),
            np.concatenate([np.zeros(0), *[row.area for row in rows]]),
        )

    return Pairs(
        sum(part.images for part in parts),
        joined("truth"),
        joined("detections"),
        np.concatenate([np.zeros(0), *[part.scores for part in parts]]),
        shifted([part.pair_truth for part in parts], [len(part.truth) for part in parts]),
        shifted([part.pair_detection for part in parts], [len(part.detections) for part in parts]),
        np.concatenate([np.zeros(0), *[part.pair_iou for part in parts]]),
    )


def empty(size):
    return Instances.empty(size, scored=True)
