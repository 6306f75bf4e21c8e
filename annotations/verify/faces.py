"""Checks of the rows of one annotation file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .. import masks
from ..boxes import to_xywh
from ..categories import FAKE
from ..coco import AnnotatedImage
from ..landmarks import LANDMARKS
from ..masks import BoolMask, Rle
from .problem import Problem, problem

Areas = Mapping[int, Any]  # annotation id → ``area`` as written


def check_faces(image: AnnotatedImage, areas: Areas, file: str) -> Iterator[Problem]:
    """Every fault of one image's faces."""
    taken = np.zeros(image.size, dtype=bool)
    faces = image.instances
    for row in range(len(faces)):
        identity = int(faces.extra["annotation_id"][row])
        where = f"{file}, annotation {identity}"
        mask = masks.decode(faces.masks[row])
        yield from _check_mask(image, row, mask, areas.get(identity), where)
        if (shared := int((mask & taken).sum())) > 0:
            yield problem("masks-overlap", where, f"{shared} pixels shared with another face")
        taken |= mask
        yield from _check_forgery(image, row, where)
        yield from _check_keypoints(image, row, where)


def _check_mask(
    image: AnnotatedImage, row: int, mask: BoolMask, area: object, where: str
) -> Iterator[Problem]:
    pixels = int(mask.sum())
    if area != pixels:
        yield problem("area-wrong", where, f"area {area}", f"area {pixels}")
    if not pixels:
        yield problem("mask-empty", where, "0 pixels")
        return
    box, (height, width) = image.instances.boxes[row], image.size
    x1, y1, x2, y2 = box
    shown = to_xywh(box[None])[0].tolist()
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        yield problem("box-outside", where, f"{shown} in {width} x {height}")
    tight = masks.box(image.instances.masks[row])
    if not np.allclose(box, tight, atol=0.5):
        yield problem("box-not-tight", where, shown, to_xywh(tight[None])[0].tolist())


def _check_forgery(image: AnnotatedImage, row: int, where: str) -> Iterator[Problem]:
    faces = image.instances
    manipulation: Rle | None = faces.extra["manipulation"][row]
    boundary: Rle | None = faces.extra["boundary"][row]
    if faces.labels[row] != FAKE:
        if manipulation is not None or boundary is not None:
            yield problem("manipulation-on-real", where, "a manipulation or boundary")
        return
    if manipulation is None or not masks.area(manipulation):
        yield problem("manipulation-missing", where, "none")
    if boundary is None:
        yield problem("boundary-missing", where, "none")
    if manipulation is not None and boundary is not None:
        outside = int((masks.decode(boundary) & ~masks.decode(manipulation)).sum())
        if outside:
            yield problem("boundary-outside", where, f"{outside} pixels outside")


def _check_keypoints(image: AnnotatedImage, row: int, where: str) -> Iterator[Problem]:
    points = image.instances.extra["keypoints"][row].reshape(LANDMARKS, 3)
    height, width = image.size
    seen = points[points[:, 2] > 0]
    inside = (
        (seen[:, 0] >= -0.5)
        & (seen[:, 1] >= -0.5)
        & (seen[:, 0] <= width - 0.5)
        & (seen[:, 1] <= height - 0.5)
    )
    if not inside.all() or not np.isin(points[:, 2], (0, 1, 2)).all():
        yield problem("keypoints-wrong", where, f"{int((~inside).sum())} landmarks outside")
