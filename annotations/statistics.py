"""What a dataset holds, in numbers: one row a face, and counts over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.files import write_bytes, write_json
from .categories import NAMES
from .coco import AnnotatedImage
from .dataset import open_split, splits


def face_table(root: Path) -> pd.DataFrame:
    """One row a face: split, image_id, label, method, side (√area in pixels), share."""
    rows = [
        row
        for split in splits(root)
        for image in open_split(root, split).images
        for row in _face_rows(split, image)
    ]
    columns = ["split", "image_id", "label", "method", "side", "share"]
    return pd.DataFrame(rows, columns=columns)


def _face_rows(split: str, image: AnnotatedImage) -> list[tuple[Any, ...]]:
    faces = image.instances
    pixels = image.size[0] * image.size[1]
    methods = faces.extra["method"]
    return [
        (split, image.id, NAMES[label], method, float(np.sqrt(area)), float(area) / pixels)
        for label, method, area in zip(faces.labels, methods, faces.areas, strict=True)
    ]


def image_table(root: Path) -> pd.DataFrame:
    """One row an image: split, image_id, faces, fake."""
    rows = [
        (split, image.id, len(image.instances), int(image.instances.labels.sum()))
        for split in splits(root)
        for image in open_split(root, split).images
    ]
    return pd.DataFrame(rows, columns=["split", "image_id", "faces", "fake"])


def summarise(faces: pd.DataFrame, images: pd.DataFrame) -> dict[str, Any]:
    """Counts and quartiles, as JSON."""
    sides = faces["side"].quantile([0, 0.25, 0.5, 0.75, 1.0]) if len(faces) else pd.Series()
    return {
        "images": len(images),
        "faces": len(faces),
        "by_split": {
            split: {
                "images": len(part),
                "faces": int(part["faces"].sum()),
                "fake": int(part["fake"].sum()),
            }
            for split, part in images.groupby("split", sort=False)
        },
        "by_label": faces["label"].value_counts().sort_index().to_dict(),
        "by_method": faces["method"].dropna().value_counts().sort_index().to_dict(),
        "faces_per_image": images["faces"].value_counts().sort_index().to_dict(),
        "fake_per_image": images["fake"].value_counts().sort_index().to_dict(),
        "face_side_quartiles": [round(float(side), 1) for side in sides],
    }


def write_statistics(root: Path, out: Path) -> dict[str, Any]:
    """Write ``statistics.json`` and ``overview.png`` of a dataset into ``out``."""
    from .plots import overview_png

    faces, images = face_table(root), image_table(root)
    summary: dict[str, Any] = summarise(faces, images)
    plain = {
        name: {str(key): item for key, item in value.items()} if isinstance(value, dict) else value
        for name, value in summary.items()
    }
    write_json(out / "statistics.json", plain, indent=True)
    write_bytes(out / "overview.png", overview_png(faces, images))
    return plain
