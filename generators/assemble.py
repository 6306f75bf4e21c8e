"""The last step of a build: from finished images and parts to the dataset's folder."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..annotations import masks
from ..annotations.card import write_card
from ..annotations.categories import NAMES
from ..annotations.coco import (
    KEYPOINTS,
    AnnotatedImage,
    ImageEntry,
    objects,
    write_coco_rows,
)
from ..annotations.instances import Instances
from ..annotations.manifest import Manifest, ManifestEntry, write_manifest
from ..annotations.masks import Rle
from ..annotations.statistics import Records, write_tables
from ..core.files import atomic, link_or_copy, read_json, to_json, write_bytes, write_json
from ..core.images import Rgb, encode_png, read_image
from ..core.progress import Progress
from .analysis_cache import rle_from_json
from .brief import Brief, Part
from .contact_sheet import Sample, Sheet, draw_page, legend, overview, pages
from .plan import Plan, PlannedImage
from .provenance import provenance_line
from .recipe import Recipe, write_recipe
from .workspace import REPORT, Workspace

CONTACT_SHEET: Final = "contact_sheet"


@dataclass(frozen=True, slots=True)
class Row:
    """An image with what it holds in brief, and the id of its first annotation."""

    image: PlannedImage
    brief: Brief
    first: int


def assemble(
    workspace: Workspace,
    recipe: Recipe,
    plan: Plan,
    briefs: Sequence[Brief],
    report: Mapping[str, Any],
    sheet: Sheet,
    progress: Progress,
) -> None:
    """Put the dataset together in the workspace's staging folder, from scratch.

    One image's faces are in memory at a time.

    Args:
        briefs: of the plan's images, in its order.
    """
    root = workspace.staging
    shutil.rmtree(root, ignore_errors=True)
    rows = number(plan, briefs)
    for row in progress(rows, total=len(rows), what="putting together"):
        link_or_copy(workspace.image(row.image.photo.sha256), root / "images" / row.image.file_name)
    records = Records()
    for split in recipe.splits:
        of_split = [row for row in rows if row.image.split == split]
        shown = progress(of_split, total=len(of_split), what=f"annotations of {split}")
        write_split(workspace, split, of_split, shown, records)
    write_manifest(root / "manifest.json", manifest(rows))
    write_recipe(root / "recipe.yaml", recipe)
    write_card(root / "README.md", report)
    write_tables(records.tables(), root / "statistics")
    write_sheets(workspace, recipe, rows, sheet, progress)
    write_json(root / REPORT, report, indent=True)


def number(plan: Plan, briefs: Sequence[Brief]) -> list[Row]:
    """Each image with its first annotation id; ids start at 1."""
    first = 1
    rows = []
    for image, brief in zip(plan.images, briefs, strict=True):
        rows.append(Row(image, brief, first))
        first += len(brief.methods)
    return rows


def load_part(workspace: Workspace, photo: str) -> Part:
    """What ``forge_photo`` kept of one image, its faces in order from left to right.

    As they were found, the largest came first, and the largest are those that can be
    forged.
    """
    part = read_json(workspace.part(photo))
    faces = [{**face, "face": index} for index, face in enumerate(part["faces"])]
    faces.sort(key=lambda face: float(masks.box(rle_from_json(face["region"]))[0]))
    return {**part, "faces": faces}


def write_split(
    workspace: Workspace, split: str, rows: Sequence[Row], shown: Iterable[Row], records: Records
) -> None:
    """Write one split's annotations and provenance, image by image.

    Args:
        rows: its images.
        shown: the same, drawn as they are taken.
        records: gathers the split's statistics.
    """
    root = workspace.staging
    with atomic(root / "provenance" / f"{split}.jsonl") as lines:

        def annotated() -> Iterator[AnnotatedImage]:
            for row in shown:
                part = load_part(workspace, row.image.photo.sha256)
                lines.writelines(map(to_json, provenance(row, part)))
                image = AnnotatedImage(entry_of(row), instances_of(part, row.first))
                records.add(split, image)
                yield image

        write_coco_rows(root / "annotations" / f"{split}.json", map(entry_of, rows), annotated())


def entry_of(row: Row) -> ImageEntry:
    """An image's row of the annotation file."""
    height, width = row.brief.size
    return ImageEntry(row.image.image_id, f"images/{row.image.file_name}", height, width)


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


def provenance(row: Row, part: Part) -> Iterator[dict[str, Any]]:
    """The provenance lines of one image, one for each face."""
    for place, face in enumerate(part["faces"]):
        yield provenance_line(row.image, row.first + place, face["face"], face["made"])


def manifest(rows: Sequence[Row]) -> Manifest:
    """The list of image files: no labels, so that a hidden split's can be published."""
    return Manifest(
        tuple(
            ManifestEntry(
                id=row.image.image_id,
                file_name=f"images/{row.image.file_name}",
                height=row.brief.size[0],
                width=row.brief.size[1],
                sha256=row.brief.sha256,
                split=row.image.split,
            )
            for row in rows
        )
    )


def write_sheets(
    workspace: Workspace, recipe: Recipe, rows: Sequence[Row], sheet: Sheet, progress: Progress
) -> None:
    """Draw the contact sheet, ``contact_sheet-2.png`` and so on where it needs more pages."""
    everything = forged_faces(rows)
    shown = everything
    if sheet == "overview":
        shown = overview(everything, recipe.sheet_faces, recipe.seed)
    title = legend(Counter(face.method for face in everything))

    def pictures(photo: str) -> tuple[Rgb, Rgb]:
        return workspace.load_picture(photo), read_image(workspace.image(photo))

    portions = pages(shown, recipe.sheet_faces) or [[]]
    for page, portion in enumerate(
        progress(portions, total=len(portions), what="contact sheet"), 1
    ):
        name = CONTACT_SHEET + (f"-{page}" if page > 1 else "")
        drawn = draw_page([sample_of(workspace, face) for face in portion], pictures, title)
        write_bytes(workspace.staging / f"{name}.png", encode_png(drawn))


@dataclass(frozen=True, slots=True)
class ForgedFace:
    """A forged face by name; millions of them are chosen from for one sheet."""

    image: PlannedImage
    face: int
    method: str

    @property
    def caption(self) -> str:
        """What stands above it on the sheet."""
        return f"{self.method}   {self.image.file_name}   face {self.face}"


def forged_faces(rows: Sequence[Row]) -> list[ForgedFace]:
    """Every forged face, by method and then by image."""
    found = [
        ForgedFace(row.image, index, method)
        for row in rows
        for index, method in enumerate(row.brief.methods)
        if method is not None
    ]
    return sorted(found, key=lambda face: face.method)


def sample_of(workspace: Workspace, chosen: ForgedFace) -> Sample:
    """A forged face with its masks."""
    photo = chosen.image.photo.sha256
    face = read_json(workspace.part(photo))["faces"][chosen.face]
    region = rle_from_json(face["region"])
    return Sample(
        photo=photo,
        method=chosen.method,
        caption=chosen.caption,
        box=masks.box(region),
        region=region,
        manipulation=rle_from_json(face["manipulation"]),
    )
