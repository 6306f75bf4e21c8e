"""The faces of many images in flat arrays, one row a face: what scoring works on.

``Instances`` hold one image and are checked one by one; a scorer of a hundred thousand
faces wants its columns whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import boxes as box_tools
from .coco import objects
from .instances import Instances

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """N faces of I images, rows ordered by image.

    Args:
        ids: (I,) image ids.
        sizes: (I, 2) height and width.
        image: (N,) position of each face's image, ascending.
        label: (N,) 0 real, 1 fake.
        boxes: (N, 4) x, y, width, height in pixels, as COCO files state them.
        counts: N compressed run lengths.
        area: (N,) square pixels as the truth states them, NaN where it does not.
        scores: (N,) confidences, or None for truth.
        method: (N,) what a face was forged with, or None; None where nothing is said.
        source: (I,) what each image was made from: copies of one photograph share it. None
            where each image is a photograph of its own.
    """

    ids: Ints
    sizes: Ints
    image: Ints
    label: Ints
    boxes: Floats
    counts: tuple[bytes, ...]
    area: Floats
    scores: Floats | None = None
    method: NDArray[np.object_] | None = None
    source: tuple[str, ...] | None = None

    @property
    def photograph(self) -> Ints:
        """(I,) the number of the photograph that each image was made from."""
        own = self.ids if self.source is None else np.array(self.source)
        return np.unique(own, return_inverse=True)[1]

    def __len__(self) -> int:
        return len(self.label)

    @property
    def starts(self) -> Ints:
        """(I + 1,) where each image's faces start."""
        return np.searchsorted(self.image, np.arange(len(self.ids) + 1))

    def of_images(self, first: int, last: int) -> Columns:
        """The faces of the images from ``first`` to before ``last``."""
        low, high = np.searchsorted(self.image, [first, last])
        rows = slice(int(low), int(high))
        return replace(
            self,
            ids=self.ids[first:last],
            sizes=self.sizes[first:last],
            image=self.image[rows] - first,
            label=self.label[rows],
            boxes=self.boxes[rows],
            counts=self.counts[rows],
            area=self.area[rows],
            scores=None if self.scores is None else self.scores[rows],
            method=None if self.method is None else self.method[rows],
            source=None if self.source is None else self.source[first:last],
        )


def columns_of(
    parts: Sequence[Instances],
    ids: Sequence[int] | None = None,
    source: tuple[str, ...] | None = None,
) -> Columns:
    """The faces of images, in the order given; ids are positions where none are given."""
    counts = [len(part) for part in parts]
    return Columns(
        ids=np.arange(len(parts)) if ids is None else np.asarray(ids, dtype=np.int64),
        sizes=np.array([part.size for part in parts], dtype=np.int64).reshape(-1, 2),
        image=np.repeat(np.arange(len(parts)), counts),
        label=_joined([part.labels for part in parts], np.int64),
        boxes=box_tools.to_xywh(np.concatenate([np.zeros((0, 4)), *[p.boxes for p in parts]])),
        counts=tuple(mask["counts"] for part in parts for mask in part.masks),
        area=_joined([_stated_area(part) for part in parts], np.float64),
        scores=_scores(parts),
        method=objects([name for part in parts for name in _methods(part)]),
        source=source,
    )


def sources_of(rows: Sequence[Mapping[str, object]]) -> tuple[str, ...] | None:
    """What each image's row says that it was made from, if all say so."""
    named = [row.get("source") for row in rows]
    return tuple(map(str, named)) if all(isinstance(name, str) for name in named) else None


def _joined(columns: Sequence[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *columns])


def _scores(parts: Sequence[Instances]) -> Floats | None:
    scores = [part.scores for part in parts if part.scores is not None]
    return np.concatenate([np.zeros(0), *scores]) if len(scores) == len(parts) else None


def _stated_area(part: Instances) -> Floats:
    unknown = np.full(len(part), np.nan)
    return np.asarray(part.extra.get("area", unknown), dtype=np.float64)


def _methods(part: Instances) -> Sequence[str | None]:
    methods = part.extra.get("method")
    return [None] * len(part) if methods is None else methods.tolist()
