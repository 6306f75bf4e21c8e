"""The last step of a build: from finished images and parts to the dataset's folder."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..annotations import masks
from ..annotations.card import write_card
from ..annotations.categories import FAKE, NAMES
from ..annotations.coco import (
    KEYPOINTS,
    AnnotatedImage,
    AnnotationSet,
    ImageEntry,
    objects,
    write_coco,
)
from ..annotations.instances import Instances
from ..annotations.manifest import Manifest, ManifestEntry, write_manifest
from ..annotations.masks import Rle
from ..annotations.statistics import write_statistics
from ..core.files import write_bytes, write_json, write_json_lines
from ..core.images import Rgb, encode_png, read_image
from ..core.progress import Progress
from .analysis_cache import rle_from_json
from .contact_sheet import Sample, Sheet, draw_page, legend, overview, pages
from .plan import Plan, PlannedImage
from .provenance import provenance_line
from .recipe import Recipe, write_recipe
from .report import Part
from .workspace import REPORT, Workspace

CONTACT_SHEET: Final = "contact_sheet"

# Image, its part, and the id of its first annotation.
Row = tuple[PlannedImage, Part, int]


def assemble(
    workspace: Workspace,
    recipe: Recipe,
    plan: Plan,
    parts: Sequence[Part],
    report: Mapping[str, Any],
    sheet: Sheet,
    progress: Progress,
) -> None:
    """Put the dataset together in the workspace's staging folder, from scratch.

    Args:
        parts: of the plan's images, in its order.
    """
    root = workspace.staging
    shutil.rmtree(root, ignore_errors=True)
    rows = number(plan, parts)
    for image, _, _ in progress(rows, total=len(rows), what="putting together"):
        _place(workspace.image(image.photo.sha256), root / "images" / image.file_name)
    for split in recipe.splits:
        of_split = [row for row in rows if row[0].split == split]
        write_coco(root / "annotations" / f"{split}.json", annotation_set(of_split))
        write_json_lines(root / "provenance" / f"{split}.jsonl", provenance(of_split))
    write_manifest(root / "manifest.json", manifest(rows))
    write_recipe(root / "recipe.yaml", recipe)
    write_card(root / "README.md", report)
    write_statistics(root, root / "statistics")
    write_sheets(workspace, recipe, rows, sheet, progress)
    write_json(root / REPORT, report, indent=True)


def number(plan: Plan, parts: Sequence[Part]) -> list[Row]:
    """Each image with its part and its first annotation id; ids start at 1.

    Faces are put in order from left to right. As they were found, the largest came first,
    and the largest are those that can be forged.
    """
    first = 1
    rows: list[Row] = []
    for image, part in zip(plan.images, parts, strict=True):
        faces = [{**face, "face": index} for index, face in enumerate(part["faces"])]
        faces.sort(key=lambda face: float(masks.box(rle_from_json(face["region"]))[0]))
        rows.append((image, {**part, "faces": faces}, first))
        first += len(part["faces"])
    return rows


def _place(finished: Path, target: Path) -> None:
    """Link the finished image into place, or copy it where links are not possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(finished, target)
    except OSError:
        write_bytes(target, finished.read_bytes())


def annotation_set(rows: Sequence[Row]) -> AnnotationSet:
    """The annotations of some images."""
    images = []
    for image, part, first in rows:
        height, width = part["size"]
        entry = ImageEntry(image.image_id, f"images/{image.file_name}", height, width)
        images.append(AnnotatedImage(entry, instances_of(part, first)))
    return AnnotationSet(tuple(images))


def instances_of(part: Part, first: int) -> Instances:
    """The faces of one image, annotation ids counted from ``first``."""
    faces = part["faces"]
    regions = tuple(rle_from_json(face["region"]) for face in faces)
    made = [face["made"] for face in faces]
    return Instances(
        size=(part["size"][0], part["size"][1]),
        boxes=np.array([masks.box(rle) for rle in regions]).reshape(-1, 4),
        labels=np.array([NAMES.index(row["label"]) for row in made], dtype=np.int64),
        masks=regions,
        extra={
            "annotation_id": np.arange(first, first + len(faces), dtype=np.int64),
            "keypoints": np.array([face["keypoints"] for face in faces]).reshape(-1, KEYPOINTS),
            "method": objects([row["method"] for row in made]),
            "manipulation": objects([_optional_rle(face["manipulation"]) for face in faces]),
            "boundary": objects([_optional_rle(face["boundary"]) for face in faces]),
        },
    )


def _optional_rle(data: Mapping[str, Any] | None) -> Rle | None:
    return None if data is None else rle_from_json(data)


def provenance(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """The provenance lines of some images, one for each face."""
    for image, part, first in rows:
        for place, row in enumerate(part["faces"]):
            yield provenance_line(image, first + place, row["face"], row["made"])


def manifest(rows: Sequence[Row]) -> Manifest:
    """The list of image files: no labels, so that a hidden split's can be published."""
    return Manifest(
        tuple(
            ManifestEntry(
                id=image.image_id,
                file_name=f"images/{image.file_name}",
                height=part["size"][0],
                width=part["size"][1],
                sha256=part["sha256"],
                split=image.split,
            )
            for image, part, _ in rows
        )
    )


def write_sheets(
    workspace: Workspace, recipe: Recipe, rows: Sequence[Row], sheet: Sheet, progress: Progress
) -> None:
    """Draw the contact sheet, ``contact_sheet-2.png`` and so on where it needs more pages."""
    everything = samples(rows)
    shown = everything
    if sheet == "overview":
        shown = overview(everything, recipe.sheet_faces, recipe.seed)
    title = legend(Counter(sample.method for sample in everything))

    def pictures(photo: str) -> tuple[Rgb, Rgb]:
        return workspace.load_picture(photo), read_image(workspace.image(photo))

    portions = pages(shown, recipe.sheet_faces) or [[]]
    for page, portion in enumerate(
        progress(portions, total=len(portions), what="contact sheet"), 1
    ):
        name = CONTACT_SHEET + (f"-{page}" if page > 1 else "")
        drawn = draw_page(portion, pictures, title)
        write_bytes(workspace.staging / f"{name}.png", encode_png(drawn))


def samples(rows: Sequence[Row]) -> list[Sample]:
    """Every forged face, by method and then by image."""
    found = []
    for image, part, _ in rows:
        for face in part["faces"]:
            if face["made"]["label"] != NAMES[FAKE]:
                continue
            region = rle_from_json(face["region"])
            method = face["made"]["method"]
            found.append(
                Sample(
                    photo=image.photo.sha256,
                    method=method,
                    caption=f"{method}   {image.file_name}   face {face['face']}",
                    box=masks.box(region),
                    region=region,
                    manipulation=rle_from_json(face["manipulation"]),
                )
            )
    return sorted(found, key=lambda sample: sample.method)
