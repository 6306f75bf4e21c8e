"""Checks of the faces of one image: boxes, masks, forgeries, landmarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .. import masks
from ..boxes import from_xywh, to_xywh
from ..categories import FAKE
from ..coco_faces import ParsedFace
from ..landmarks import LANDMARKS
from .problem import Problem, problem
from .rows import Face, Row, Size


def check_faces(faces: Sequence[Face], size: Size, file: str) -> Iterator[Problem]:
    """Every fault of one image's faces; ``size`` is the image's (height, width)."""
    for face in faces:
        where = f"{file}, annotation {face.parsed.id}"
        yield from _check_mask(face, size, where)
        yield from _check_forgery(face.parsed, size, where)
        yield from _check_keypoints(face.parsed, face.row, size, where)
    yield from _check_overlaps([face.parsed for face in faces], size, file)


def _check_mask(face: Face, size: Size, where: str) -> Iterator[Problem]:
    mask, stated = face.parsed.mask, face.row.get("area")
    pixels = masks.area(mask)
    if stated != pixels:
        yield problem("area-wrong", where, f"area {stated!r:.40}", f"area {pixels}")
    if not pixels:
        yield problem("mask-empty", where, "0 pixels")
        return
    box, tight = from_xywh([face.parsed.box])[0], masks.box(mask)
    if min(box[:2]) < 0 or box[2] > size[1] or box[3] > size[0]:
        yield problem("box-outside", where, face.parsed.box, f"inside {size[1]} x {size[0]}")
    if not np.allclose(box, tight, atol=0.5):
        yield problem("box-not-tight", where, face.parsed.box, to_xywh(tight[None])[0].tolist())


def _check_overlaps(faces: Sequence[ParsedFace], size: Size, file: str) -> Iterator[Problem]:
    total = sum(masks.area(face.mask) for face in faces)
    if total == masks.area(masks.union([face.mask for face in faces], size)):
        return
    for index, face in enumerate(faces):
        for other in faces[:index]:
            shared = masks.area(masks.intersection([face.mask, other.mask], size))
            if shared:
                where = f"{file}, annotation {face.id}"
                yield problem("masks-overlap", where, f"{shared} pixels of annotation {other.id}")


def _check_forgery(face: ParsedFace, size: Size, where: str) -> Iterator[Problem]:
    changed, band = face.manipulation, face.boundary
    if face.label != FAKE:
        if changed is not None or band is not None:
            yield problem("manipulation-on-real", where, "a manipulation or boundary")
        return
    if changed is None or not masks.area(changed):
        yield problem("manipulation-missing", where, "none" if changed is None else "0 pixels")
    if band is None or not masks.area(band):
        yield problem("boundary-missing", where, "none" if band is None else "0 pixels")
    if changed is not None and band is not None:
        outside = masks.area(band) - masks.area(masks.intersection([band, changed], size))
        if outside:
            yield problem("boundary-outside", where, f"{outside} pixels outside")


def _check_keypoints(face: ParsedFace, row: Row, size: Size, where: str) -> Iterator[Problem]:
    points = np.array(face.keypoints).reshape(LANDMARKS, 3)
    seen = points[points[:, 2] > 0]
    # Pixel centres stand at integers, so the picture reaches from -0.5 to its side - 0.5.
    inside = ((seen[:, :2] >= -0.5) & (seen[:, :2] <= np.array(size[::-1]) - 0.5)).all(axis=1)
    if not inside.all():
        yield problem("keypoints-wrong", where, f"{int((~inside).sum())} landmarks outside")
    if not np.isin(points[:, 2], (0, 1, 2)).all():
        yield problem("keypoints-wrong", where, "another visibility", "0, 1 or 2")
    stated = row.get("num_keypoints", 0)
    if stated != len(seen):
        yield problem("num-keypoints-wrong", where, f"{stated!r:.40}", len(seen))
