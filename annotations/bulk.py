"""Whole files straight into columns, for scoring.

A plain file, as ours and as most detectors write them, is read a column at a time. For
anything else (polygons, boxes without masks, and every kind of fault) the readers that go
face by face take over: they know all forms, and say what is wrong where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from ..core.files import read_json
from . import masks
from .categories import NAMES
from .coco import MAX_PIXELS, AnnotationSet, from_coco, objects, parse_categories
from .coco_faces import is_whole
from .columns import Columns, Floats, Ints, columns_of, sources_of
from .dataset import require_images
from .predictions import parse_predictions, read_rows

_Rows = Sequence[Mapping[str, Any]]


class _NotPlainError(Exception):
    """This file is for the careful reader."""


def read_truth_columns(path: Path) -> Columns:
    """The true faces of an annotation file, its images by rising id.

    Raises:
        DataError: the file cannot be read, or holds no images.
    """
    data = read_json(path)
    try:
        return _plain_truth(data, path)
    except (_NotPlainError, KeyError, TypeError, AttributeError, OverflowError):
        return careful_truth(data, path)


def careful_truth(data: Any, path: Path) -> Columns:  # noqa: ANN401 - any JSON
    """As ``read_truth_columns``, face by face."""
    found = from_coco(data, where=path) if isinstance(data, dict) else AnnotationSet(())
    images = sorted(require_images(found, path).images, key=lambda image: image.id)
    faces, ids = [image.instances for image in images], [image.id for image in images]
    return columns_of(faces, ids, sources_of([image.entry.extra for image in images]))


def read_found_columns(path: Path, truth: Columns, others: list[Any] | None = None) -> Columns:
    """The detections of a predictions file for the images of a truth.

    Args:
        others: takes the detections for images that the truth does not have, which are then
            left out; without it they are a fault, and so they are where no others are.

    Raises:
        SubmissionError: the file cannot be read; the first fault is named.
    """
    rows = read_rows(path)
    kept = rows if others is None else _of_images(rows, truth, others)
    try:
        return _plain_found(kept, truth)
    except (_NotPlainError, KeyError, TypeError, AttributeError, OverflowError):
        # All rows, so that a fault is told with its place in the file.
        return careful_found(rows, truth, path, known_only=len(kept) < len(rows))


def careful_found(
    rows: Sequence[Any], truth: Columns, path: Path, *, known_only: bool = False
) -> Columns:
    """As ``read_found_columns``, face by face."""
    sizes = dict(zip(truth.ids.tolist(), map(tuple, truth.sizes.tolist()), strict=True))
    found = parse_predictions(rows, sizes, where=path, known_only=known_only)
    return columns_of([found[image] for image in sizes], list(sizes))


def _of_images(rows: list[Any], truth: Columns, others: list[Any]) -> list[Any]:
    """The rows for the images of a truth, and those that name no image: they are faulty."""
    known = set(truth.ids.tolist())
    kept: list[Any] = []
    for row in rows:
        key = row.get("image_id") if isinstance(row, dict) else None
        (others if is_whole(key) and key not in known else kept).append(row)
    # Nothing for these images at all is a mistake: another dataset's truth, or wrong ids.
    return kept or rows


def say_what_is_wrong(predictions: Path, truth: Path, *, known_only: bool = False) -> None:
    """Read both files face by face.

    Args:
        known_only: whether predictions for other images are passed over.

    Raises:
        DataError, SubmissionError: the first fault, with its place.
    """
    faces = careful_truth(read_json(truth), truth)
    careful_found(read_rows(predictions), faces, predictions, known_only=known_only)


def _plain_truth(data: Mapping[str, Any], where: object) -> Columns:
    entries = sorted(data["images"], key=itemgetter("id"))
    ids, sizes = _entries(entries)
    rows = data["annotations"]
    known = parse_categories(data["categories"], where)
    label = np.array([known[key] for key in _whole(row["category_id"] for row in rows)], np.int64)
    area = _numbers(row["area"] for row in rows)
    method = [row.get("method") for row in rows]
    _require(all(name is None or type(name) is str for name in method))
    _whole(row["id"] for row in rows)
    image, order = _places(rows, ids)
    return Columns(
        ids, sizes, image, label[order], _boxes(rows)[order], _counts(rows, sizes, image, order),
        area[order], None, objects(method)[order], sources_of(entries),
    )  # fmt: skip


def _entries(entries: _Rows) -> tuple[Ints, Ints]:
    """The ids and sizes of images, by rising id."""
    ids = np.array(_whole(row["id"] for row in entries), dtype=np.int64)
    sides = [_whole(row[name] for row in entries) for name in ("height", "width")]
    sizes = np.array(sides, dtype=np.int64).T
    _require(len(ids) > 0 and bool((np.diff(ids) > 0).all()))
    _require(bool((sizes >= 1).all() and (sizes.prod(axis=1) <= MAX_PIXELS).all()))
    _require({type(row["file_name"]) for row in entries} <= {str})
    return ids, sizes


def _plain_found(rows: _Rows, truth: Columns) -> Columns:
    label = np.array(_whole(row["category_id"] for row in rows), dtype=np.int64)
    scores = _numbers(row["score"] for row in rows)
    _require(bool(((label >= 0) & (label < len(NAMES))).all()))
    _require(bool(((scores >= 0) & (scores <= 1)).all()))
    image, order = _places(rows, truth.ids)
    counts = _counts(rows, truth.sizes, image, order)
    return Columns(
        truth.ids, truth.sizes, image, label[order], _boxes(rows)[order], counts,
        np.full(len(rows), np.nan), scores[order],
    )  # fmt: skip


def _require(holds: bool) -> None:
    if not holds:
        raise _NotPlainError


def _whole(values: Iterable[Any]) -> list[int]:
    listed = list(values)
    _require(set(map(type, listed)) <= {int})  # bool, an int to Python, is no id
    return listed


def _numbers(values: Iterable[Any]) -> Floats:
    listed = list(values)
    _require(set(map(type, listed)) <= {int, float})
    found = np.array(listed, dtype=np.float64)
    _require(bool(np.isfinite(found).all()))
    return found


def _places(rows: _Rows, ids: Ints) -> tuple[Ints, Ints]:
    """Each row's image as a position among ascending ids, sorted, and the order of rows."""
    wanted = np.array(_whole(row["image_id"] for row in rows), dtype=np.int64)
    place = np.searchsorted(ids, wanted)
    _require(bool((place < len(ids)).all() and (ids[place] == wanted).all()))
    order = np.argsort(place, kind="stable")
    return place[order], order


def _boxes(rows: _Rows) -> Floats:
    listed = [row["bbox"] for row in rows]
    _require(set(map(type, listed)) <= {list} and set(map(len, listed)) <= {4})
    boxes = _numbers(chain.from_iterable(listed)).reshape(-1, 4)
    _require(bool((boxes[:, 2:] >= 0).all() and (np.abs(boxes) <= masks.MAX_COORDINATE).all()))
    return boxes


def _counts(rows: _Rows, sizes: Ints, image: Ints, order: Ints) -> tuple[bytes, ...]:
    listed = [row["segmentation"] for row in rows]
    _require(set(map(type, listed)) <= {dict})
    stated = np.array([part["size"] for part in listed], dtype=np.int64).reshape(-1, 2)
    _require(bool((stated[order] == sizes[image]).all()))
    counts = [part["counts"] for part in listed]
    _require(set(map(type, counts)) <= {str})
    texts = [text.encode("ascii", errors="replace") for text in counts]
    return tuple(texts[row] for row in order.tolist())
