"""One image as Hugging Face ``datasets`` reads it: a flat row with a struct of lists.

Every column has one type whatever the image holds: ``datasets`` infers types file by file, and
a column that is null throughout a split would make the splits differ. So the ``method`` of a
real face is the empty string, and its ``manipulation`` and ``boundary`` are masks without a
pixel, which is what they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from .. import masks
from ..categories import NAMES
from ..coco import KEYPOINTS, AnnotatedImage, annotation_rows
from .credits import credit_line, rights_line
from .lines import Line

METADATA: Final = "metadata.jsonl"
# Names that ``datasets`` gives to splits, by the first word of a split's own name.
_SPLITS: Final = {"val": "validation", "valid": "validation", "dev": "validation"}

_INT: Final = {"dtype": "int64", "_type": "Value"}
_FLOAT: Final = {"dtype": "float64", "_type": "Value"}
_TEXT: Final = {"dtype": "string", "_type": "Value"}
_RLE: Final = {"size": [_INT], "counts": _TEXT}

# The form that every version of ``datasets`` reads: a list of one is a list of these.
FEATURES: Final[Mapping[str, Any]] = {
    "image": {"_type": "Image"},
    "image_id": _INT,
    "width": _INT,
    "height": _INT,
    "licence": _TEXT,
    "credit": _TEXT,
    "objects": {
        "id": [_INT],
        "bbox": [[_FLOAT]],
        "categories": [{"names": list(NAMES), "_type": "ClassLabel"}],
        "area": [_INT],
        "segmentation": [_RLE],
        "keypoints": [[_FLOAT]],
        "method": [_TEXT],
        "manipulation": [_RLE],
        "boundary": [_RLE],
    },
}


def split_name(split: str) -> str:
    """The name of a split in ``datasets``: val is validation, hyphens are underscores."""
    return _SPLITS.get(split.lower(), split.replace("-", "_"))


def metadata_row(image: AnnotatedImage, lines: Sequence[Line]) -> dict[str, Any]:
    """A row of ``metadata.jsonl``, ``file_name`` from that file's folder."""
    return {"file_name": PurePosixPath(image.entry.file_name).name, **row(image, lines)}


def row(image: AnnotatedImage, lines: Sequence[Line]) -> dict[str, Any]:
    """The columns of ``FEATURES`` but for the picture itself."""
    height, width = image.size
    return {
        "image_id": image.id,
        "width": width,
        "height": height,
        "licence": rights_line(lines),
        "credit": credit_line(lines),
        "objects": _objects(image),
    }


def _objects(image: AnnotatedImage) -> dict[str, list[Any]]:
    faces = annotation_rows(image)
    nothing = masks.to_coco(masks.empty(image.size))
    return {
        "id": [face["id"] for face in faces],
        "bbox": [face["bbox"] for face in faces],
        "categories": [face["category_id"] for face in faces],
        "area": [face["area"] for face in faces],
        "segmentation": [face["segmentation"] for face in faces],
        "keypoints": [face.get("keypoints", [0.0] * KEYPOINTS) for face in faces],
        "method": [face["method"] or "" for face in faces],
        "manipulation": [face.get("manipulation", nothing) for face in faces],
        "boundary": [face.get("boundary", nothing) for face in faces],
    }
