"""One image's faces, true or predicted, as a struct of arrays.

Boxes are xyxy in absolute pixels, half-open. A batch is a plain list of ``Instances``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from . import masks as mask_tools
from .categories import NAMES
from .masks import BoolMask, Rle

Index = int | slice | Sequence[int] | NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True)
class Instances:
    """The faces of one image.

    Args:
        size: (height, width) of the image in pixels.
        boxes: (N, 4) float64, xyxy, absolute pixels, half-open.
        labels: (N,) int64, 0 real and 1 fake.
        masks: N compressed RLEs of the image's size.
        scores: (N,) float64 in [0, 1], or None for truth.
        extra: per-row arrays, N rows each, indexed with the rest.

    Raises:
        DataError: a field's shape, type or range is not as above.
    """

    size: tuple[int, int]
    boxes: NDArray[np.float64]
    labels: NDArray[np.int64]
    masks: tuple[Rle, ...]
    scores: NDArray[np.float64] | None = None
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "size", _checked_size(self.size))
        put(self, "boxes", _rows("boxes", self.boxes, np.float64, (4,)))
        put(self, "labels", _rows("labels", self.labels, np.int64, ()))
        put(self, "masks", tuple(self.masks))
        if self.scores is not None:
            put(self, "scores", _rows("scores", self.scores, np.float64, ()))
        extra = {name: _frozen(np.asarray(value)) for name, value in self.extra.items()}
        put(self, "extra", MappingProxyType(extra))
        _check(self)

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy does not pickle; workers send instances back.
        parts = (self.size, self.boxes, self.labels, self.masks, self.scores, dict(self.extra))
        return (Instances, parts)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Index) -> Instances:
        rows = np.arange(len(self))[index]
        rows = np.atleast_1d(rows)
        return Instances(
            self.size,
            self.boxes[rows],
            self.labels[rows],
            tuple(self.masks[row] for row in rows),
            None if self.scores is None else self.scores[rows],
            {name: value[rows] for name, value in self.extra.items()},
        )

    @classmethod
    def empty(cls, size: tuple[int, int], *, scored: bool = False) -> Instances:
        """No faces in an image of ``size``; ``scored`` for a prediction."""
        scores = np.zeros(0) if scored else None
        return cls(size, np.zeros((0, 4)), np.zeros(0, np.int64), (), scores)

    @classmethod
    def from_masks(
        cls,
        size: tuple[int, int],
        masks: Sequence[BoolMask],
        labels: Sequence[int],
        extra: Mapping[str, NDArray[Any]] | None = None,
    ) -> Instances:
        """Truth from boolean (H, W) masks, with the masks' tight boxes."""
        rles = tuple(mask_tools.encode(mask) for mask in masks)
        boxes = np.array([mask_tools.box(rle) for rle in rles]).reshape(-1, 4)
        return cls(size, boxes, np.array(labels, np.int64), rles, None, extra or {})

    @classmethod
    def concat(cls, parts: Sequence[Instances]) -> Instances:
        """Join the rows of instances of one image.

        Raises:
            DataError: no parts, or sizes, scores or extra columns that differ.
        """
        if not parts:
            raise DataError("nothing to join", where="Instances.concat")
        first = parts[0]
        for part in parts[1:]:
            _same("size", part.size, first.size)
            _same("scored", part.scores is None, first.scores is None)
            _same("extra columns", sorted(part.extra), sorted(first.extra))
        scores = [part.scores for part in parts if part.scores is not None]
        return cls(
            first.size,
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.labels for part in parts]),
            tuple(mask for part in parts for mask in part.masks),
            np.concatenate(scores) if scores else None,
            {name: np.concatenate([part.extra[name] for part in parts]) for name in first.extra},
        )

    @property
    def areas(self) -> NDArray[np.int64]:
        """(N,) mask areas in pixels."""
        return np.array([mask_tools.area(rle) for rle in self.masks], dtype=np.int64)


def _fail(field_name: str, got: object, expected: object) -> DataError:
    return DataError("instances are inconsistent", where=field_name, got=got, expected=expected)


def _same(name: str, got: object, expected: object) -> None:
    if got != expected:
        raise _fail(name, got, expected)


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    if len(size) != 2 or min(size) < 1:
        raise _fail("size", size, "(height, width), both positive")
    return int(size[0]), int(size[1])


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def _rows(name: str, value: Any, kind: type[Any], tail: tuple[int, ...]) -> NDArray[Any]:  # noqa: ANN401 - anything array-like, checked here
    array = np.asarray(value)
    if array.ndim != 1 + len(tail) or array.shape[1:] != tail:
        raise _fail(name, f"shape {array.shape}", f"shape {('N', *tail)}")
    if kind is np.int64 and array.size and not np.issubdtype(array.dtype, np.integer):
        raise _fail(name, array.dtype, "integers")
    return _frozen(array.astype(kind, copy=False))


def _check(instances: Instances) -> None:
    count = len(instances)
    columns: dict[str, Any] = {"boxes": instances.boxes, "masks": instances.masks}
    if instances.scores is not None:
        columns["scores"] = instances.scores
    for name, column in {**columns, **instances.extra}.items():
        if len(column) != count:
            raise _fail(name, f"{len(column)} rows", f"{count}, as many as labels")
    if not np.isin(instances.labels, range(len(NAMES))).all():
        raise _fail("labels", sorted(set(instances.labels.tolist())), "0 (real) or 1 (fake)")
    _check_boxes(instances.boxes)
    _check_scores(instances.scores)
    for row, rle in enumerate(instances.masks):
        if tuple(rle["size"]) != instances.size:
            raise _fail(f"masks[{row}]", f"size {rle['size']}", list(instances.size))


def _check_boxes(boxes: NDArray[np.float64]) -> None:
    if not np.isfinite(boxes).all():
        raise _fail("boxes", "NaN or infinity", "finite pixels")
    if (boxes[:, 2:] < boxes[:, :2]).any():
        row = int(np.argmax((boxes[:, 2:] < boxes[:, :2]).any(axis=1)))
        raise _fail(f"boxes[{row}]", boxes[row].tolist(), "x1 ≤ x2 and y1 ≤ y2")


def _check_scores(scores: NDArray[np.float64] | None) -> None:
    if scores is not None and not ((scores >= 0) & (scores <= 1)).all():
        raise _fail("scores", "a value outside [0, 1] or NaN", "confidences in [0, 1]")
