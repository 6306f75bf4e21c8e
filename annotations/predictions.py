"""Predictions as COCO results: a list of image_id, category_id, bbox, score, segmentation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError, SubmissionError
from ..core.files import write_json
from . import boxes as box_tools
from . import masks
from .categories import NAMES
from .coco_faces import is_box, is_number, is_whole
from .instances import Instances
from .masks import Rle
from .result_rows import load_rows

Sizes = Mapping[int, tuple[int, int]]
Parsed = tuple[int, list[float], float, Rle]  # label, bbox, score, mask


def read_predictions(path: Path, sizes: Sizes) -> dict[int, Instances]:
    """Read a predictions file: one scored ``Instances`` for every image of ``sizes``.

    A row without ``bbox`` gets its mask's box; one without ``segmentation`` its filled box
    as the mask, so that a detector of boxes has mask scores as well, low ones.

    Raises:
        SubmissionError: the file is not a results list; the first bad row is named.
    """
    return parse_predictions(read_rows(path), sizes, where=path)


def read_rows(path: Path) -> list[Any]:
    """The rows of a predictions file (JSON, gzipped JSON or Parquet), whatever they are.

    Raises:
        SubmissionError: the file cannot be read, or is not a list.
    """
    return load_rows(path)


def parse_predictions(
    rows: Sequence[Any], sizes: Sizes, *, where: object, known_only: bool = False
) -> dict[int, Instances]:
    """Parse a COCO results list, as ``read_predictions``.

    Args:
        known_only: whether rows for images that ``sizes`` does not have are passed over.
    """
    found: dict[int, list[Parsed]] = {image: [] for image in sizes}
    _refuse_strangers(rows, sizes, where, known_only=known_only)
    for number, row in enumerate(rows):
        if (size := sizes.get(row["image_id"])) is not None:
            found[row["image_id"]].append(_parse(row, size, f"{where}, row {number}"))
    return {image: _instances(sizes[image], parsed) for image, parsed in found.items()}


def _refuse_strangers(
    rows: Sequence[Any], sizes: Sizes, where: object, *, known_only: bool
) -> None:
    strangers = []
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or "image_id" not in row:
            raise SubmissionError(
                "a prediction has no image_id", where=f"{where}, row {number}", got=f"{row!r:.60}"
            )
        key = row["image_id"]
        if not is_whole(key) or not (known_only or key in sizes):
            strangers.append(row["image_id"])
    if strangers:
        shown = ", ".join(map(repr, list(dict.fromkeys(map(str, strangers)))[:5]))
        raise SubmissionError(
            f"{len(strangers)} predictions are for images that the data does not have",
            where=where,
            got=f"image_id {shown}",
            expected=f"ids of its {len(sizes)} images",
            mend="Check that the predictions were made on this split; of a file for several, "
            "`manyfaces score --only-known` leaves out what is for the others",
        )


def _parse(row: Mapping[str, Any], size: tuple[int, int], where: str) -> Parsed:
    label: Any = row.get("category_id")
    score: Any = row.get("score")
    if not is_whole(label) or not 0 <= label < len(NAMES):
        raise SubmissionError(
            "category_id is wrong",
            where=where,
            got=f"{label!r:.60}",
            expected="0 (real) or 1 (fake)",
        )
    if not is_number(score) or not 0 <= score <= 1:
        raise SubmissionError(
            "score is wrong", where=where, got=f"{score!r:.60}", expected="a number in [0, 1]"
        )
    box = row.get("bbox")
    if box is None and row.get("segmentation") is None:
        raise SubmissionError("a prediction has neither bbox nor segmentation", where=where)
    if box is not None and not is_box(box):
        raise SubmissionError(
            "bbox is wrong", where=where, got=f"{box!r:.60}", expected="[x, y, width, height]"
        )
    mask = _mask(row, box, size, where)
    if box is None:
        box = box_tools.to_xywh(masks.box(mask)[None])[0].tolist()
    return label, box, float(score), mask


def _mask(row: Mapping[str, Any], box: Any, size: tuple[int, int], where: str) -> Rle:  # noqa: ANN401 - checked by the caller
    if row.get("segmentation") is None:
        return box_mask(box, size)
    try:
        return masks.from_coco(row["segmentation"], size)
    except DataError as error:
        raise SubmissionError(
            f"segmentation is wrong: {error.what}",
            where=where,
            got=error.got,
            expected=error.expected,
        ) from error


def box_mask(box: Sequence[float], size: tuple[int, int]) -> Rle:
    """The pixels whose centres lie in an x, y, width, height box (its sides at pixel edges)."""
    x, y, width, height = box
    top, bottom = _pixels(y, y + height, size[0])
    left, right = _pixels(x, x + width, size[1])
    return masks.rectangle(top, bottom, left, right, size)


def _pixels(first: float, last: float, count: int) -> tuple[int, int]:
    """The half-open range of pixels that an interval covers at their centres."""
    low, high = (min(max(0, math.ceil(edge - 0.5)), count) for edge in (first, last))
    return low, high


def _instances(size: tuple[int, int], parsed: Sequence[Parsed]) -> Instances:
    return Instances(
        size=size,
        boxes=box_tools.from_xywh([box for _, box, _, _ in parsed]),
        labels=np.array([label for label, _, _, _ in parsed], dtype=np.int64),
        masks=tuple(mask for _, _, _, mask in parsed),
        scores=np.array([score for _, _, score, _ in parsed], dtype=np.float64),
    )


def prediction_rows(image_id: int, instances: Instances) -> list[dict[str, Any]]:
    """The COCO results of one image.

    Raises:
        ValueError: the instances have no scores.
    """
    if instances.scores is None:
        raise ValueError("predictions need scores")
    boxes = box_tools.to_xywh(instances.boxes).tolist()
    return [
        {
            "image_id": image_id,
            "category_id": int(instances.labels[row]),
            "bbox": boxes[row],
            "score": float(instances.scores[row]),
            "segmentation": masks.to_coco(instances.masks[row]),
        }
        for row in range(len(instances))
    ]


def write_predictions(path: Path, predictions: Mapping[int, Instances]) -> None:
    """Write a predictions file atomically."""
    rows = [row for image, faces in predictions.items() for row in prediction_rows(image, faces)]
    write_json(path, rows)
