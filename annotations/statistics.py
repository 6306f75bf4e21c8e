"""What a dataset holds, in numbers: one row a face, one row an image, and counts over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from ..core.files import write_bytes, write_json
from .categories import NAMES
from .coco import AnnotatedImage
from .dataset import open_split, splits

QUARTILES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
# As people name them; other splits follow in their own order.
_ORDER: Final = ("train", "val", "test", "test-dev", "test-challenge")


class Tables(NamedTuple):
    """The records of a dataset.

    ``faces`` has the columns split, image_id, label, method, side (√area in pixels) and
    share (area over the image's area); ``images`` has split, image_id, faces and fake
    (how many).
    """

    faces: pd.DataFrame
    images: pd.DataFrame


class FaceRow(NamedTuple):
    """A row of ``Tables.faces``."""

    split: str
    image_id: int
    label: str
    method: str | None
    side: float
    share: float


class ImageRow(NamedTuple):
    """A row of ``Tables.images``."""

    split: str
    image_id: int
    faces: int
    fake: int


def read_tables(root: Path) -> Tables:
    """Read all splits of a dataset."""
    records = Records()
    for split in splits(root):
        for image in open_split(root, split).images:
            records.add(split, image)
    return records.tables()


class Records:
    """Gathers the records of images that are given one by one."""

    def __init__(self) -> None:
        self._faces: dict[str, list[FaceRow]] = {}
        self._images: dict[str, list[ImageRow]] = {}

    def add(self, split: str, image: AnnotatedImage) -> None:
        """Take in one image of a split."""
        found = image.instances
        row = ImageRow(split, image.id, len(found), int(found.labels.sum()))
        self._images.setdefault(split, []).append(row)
        self._faces.setdefault(split, []).extend(_face_rows(split, image))

    def tables(self) -> Tables:
        """The records so far, split after split."""
        order = sorted(self._images, key=_place)
        return Tables(
            pd.DataFrame(
                [row for split in order for row in self._faces[split]], columns=FaceRow._fields
            ),
            pd.DataFrame(
                [row for split in order for row in self._images[split]], columns=ImageRow._fields
            ),
        )


def _place(split: str) -> tuple[int, str]:
    name = split.lower()
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _face_rows(split: str, image: AnnotatedImage) -> list[FaceRow]:
    faces = image.instances
    pixels = image.size[0] * image.size[1]
    return [
        FaceRow(split, image.id, NAMES[label], method, float(np.sqrt(area)), float(area) / pixels)
        for label, method, area in zip(
            faces.labels, faces.extra["method"], faces.areas, strict=True
        )
    ]


def summarise(tables: Tables) -> dict[str, Any]:
    """Counts and quartiles, as JSON; quartiles of nothing are null."""
    faces, images = tables
    return {
        "images": len(images),
        "images_with_a_fake_face": int((images["fake"] > 0).sum()),
        "faces": len(faces),
        "by_split": {str(split): _totals(part) for split, part in _groups(images)},
        "by_label": {name: int((faces["label"] == name).sum()) for name in NAMES},
        "by_method": _counts(faces["method"].dropna()),
        "faces_per_image": _counts(images["faces"]),
        "fake_per_image": _counts(images["fake"]),
        "face_side_quartiles": _quartiles(faces["side"], 1),
        "face_share_quartiles": _quartiles(faces["share"], 5),
    }


def _groups(images: pd.DataFrame) -> Any:  # noqa: ANN401 - pandas' own iterator
    return images.groupby("split", sort=False)


def _totals(part: pd.DataFrame) -> dict[str, int]:
    return {
        "images": len(part),
        "faces": int(part["faces"].sum()),
        "fake": int(part["fake"].sum()),
    }


def _counts(column: pd.Series[Any]) -> dict[str, int]:
    counts = column.value_counts().sort_index()
    return {str(value): int(count) for value, count in counts.items()}


def _quartiles(column: pd.Series[Any], digits: int) -> list[float] | None:
    if column.empty:
        return None
    return [round(float(value), digits) for value in column.quantile(list(QUARTILES))]


def write_statistics(root: Path, out: Path) -> dict[str, Any]:
    """Write ``statistics.json`` and ``overview.png`` of a dataset into ``out``."""
    return write_tables(read_tables(root), out)


def write_tables(tables: Tables, out: Path) -> dict[str, Any]:
    """Write ``statistics.json`` and ``overview.png`` of records that are at hand."""
    from .plots import overview_png

    summary = summarise(tables)
    write_json(out / "statistics.json", summary, indent=True)
    write_bytes(out / "overview.png", overview_png(tables))
    return summary
