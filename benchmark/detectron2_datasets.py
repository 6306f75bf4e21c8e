"""A dataset's splits as registered datasets, for people who train with Detectron2 directly."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ..annotations.categories import NAMES
from ..annotations.coco import AnnotatedImage, parse_categories
from ..annotations.dataset import annotation_files, image_path, open_split
from ..core.errors import UsageError
from ..core.files import read_json
from .frameworks import require_detectron2


def register(root: Path, name: str | None = None) -> list[str]:
    """Register every split of a dataset; returns the names, such as ``openforensics_train``.

    ``INPUT.MASK_FORMAT`` must be ``bitmask``: masks are run-length encoded.

    Args:
        root: the dataset folder, ours or a released OpenForensics one.
        name: what stands before the splits' names; the folder's where none is given.

    Raises:
        UsageError: the folder is no dataset, or one of the names is taken.
        MissingDependencyError: Detectron2 is not installed.
    """
    require_detectron2()
    from detectron2.data import DatasetCatalog, MetadataCatalog

    files = annotation_files(root)
    names = {split: f"{name or root.resolve().name}_{split}" for split in files}
    if taken := [full for full in names.values() if full in DatasetCatalog.list()]:
        raise UsageError("a dataset of that name is registered already", got=taken[0])
    for split, full in names.items():
        DatasetCatalog.register(full, partial(records, root, split))
        MetadataCatalog.get(full).set(
            thing_classes=list(NAMES),
            thing_dataset_id_to_contiguous_id=_labels(files[split]),
            json_file=str(files[split]),
            image_root=str(root),
            evaluator_type="coco",
        )
    return list(names.values())


def _labels(path: Path) -> dict[int, int]:
    """The file's category ids → 0 real, 1 fake."""
    return parse_categories(read_json(path)["categories"], path)


def records(root: Path, split: str) -> list[dict[str, Any]]:
    """One split in Detectron2's standard form, one record a picture."""
    return [_record(root, image) for image in open_split(root, split).images]


def _record(root: Path, image: AnnotatedImage) -> dict[str, Any]:
    from detectron2.structures import BoxMode

    faces = image.instances
    rows = zip(faces.boxes.tolist(), faces.labels.tolist(), faces.masks, strict=True)
    return {
        "file_name": str(image_path(root, image.entry)),
        "image_id": image.id,
        "height": image.size[0],
        "width": image.size[1],
        "annotations": [
            {
                "bbox": box,
                "bbox_mode": BoxMode.XYXY_ABS,
                "category_id": label,
                "segmentation": mask,
                "iscrowd": 0,
            }
            for box, label, mask in rows
        ],
    }
