"""What participants start from: pictures and manifests without labels, an example, a page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from ...annotations import masks
from ...annotations.manifest import FILE as MANIFEST
from ...annotations.manifest import Manifest, ManifestEntry
from ...annotations.predictions import box_mask
from ...core.archive import write_zip
from ...core.errors import UsageError
from ...core.files import claim_folder, read_bytes, write_bytes, write_json, write_text
from ...core.progress import Progress, silent
from ...core.seeds import stream
from .folder import ChallengeFolder
from .kit_page import kit_page

MARKER: Final = "challenge.yaml"
PAGE: Final = "README.md"
LEAST: Final = 8  # pixels: the smallest side of an example's box


def write_kit(folder: ChallengeFolder, out: Path, progress: Progress = silent) -> None:
    """Write the participants' kit; an interrupted one is continued.

    ``images/<track>/…`` under the manifest's names, ``manifests/<track>.json``,
    ``example/<track>.json``, ``challenge.yaml`` without the data's place, ``README.md``. The
    manifest lies with the pictures too, where ``manyfaces predict`` takes their ids from it.

    Raises:
        UsageError: ``out`` holds something else, or the pictures are gone from their place.
    """
    claim_folder(out, marker=MARKER, purpose="an earlier kit")
    write_text(out / MARKER, yaml.safe_dump(folder.rules.public_record(), sort_keys=False))
    for track in folder.rules.track_names:
        manifest = folder.manifest(track)
        for place in (Path("manifests") / f"{track}.json", Path("images") / track / MANIFEST):
            write_bytes(out / place, read_bytes(folder.manifest_file(track)))
        write_json(out / "example" / f"{track}.json", example(manifest))
        _copy_pictures(folder.data(track), manifest, out / "images" / track, progress)
    write_text(out / PAGE, kit_page(folder))


def kit_names(folder: ChallengeFolder) -> list[str]:
    """The names of all files of a kit; a picture that was withdrawn is not among them."""
    names = [MARKER, PAGE]
    for track in folder.rules.track_names:
        names += [f"manifests/{track}.json", f"example/{track}.json", f"images/{track}/{MANIFEST}"]
        names += [f"images/{track}/{row.file_name}" for row in folder.manifest(track).images]
    return names


def pack_kit(folder: ChallengeFolder, kit: Path, out: Path) -> None:
    """Pack a kit into one zip, the same bytes each time.

    Raises:
        DataError: a file cannot be read, or the zip not be written.
    """
    part = out.with_name(f".{out.name}.part")
    write_zip(part, {name: kit / name for name in kit_names(folder)})
    part.replace(out)


def _copy_pictures(data: Path, manifest: Manifest, out: Path, progress: Progress) -> None:
    rows = manifest.images
    for row in progress(rows, total=len(rows), what=f"copying {out.name}"):
        target = out / row.file_name
        if not target.is_file():
            _copy(data, row, target)


def _copy(data: Path, row: ManifestEntry, target: Path) -> None:
    source = data / row.file_name
    if not source.is_file():
        raise UsageError(
            "a picture is not where the challenge was made from",
            where=source,
            mend="Bring the dataset back to its place",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    part.replace(target)


def example(manifest: Manifest) -> list[dict[str, Any]]:
    """A submission that passes the check: a random box and its mask on each picture.

    It knows nothing of the truth.
    """
    return [_example_row(row) for row in manifest.images]


def _example_row(row: ManifestEntry) -> dict[str, Any]:
    rng = stream("example submission", row.id)
    size = (row.height, row.width)
    wide, high = (max(min(LEAST, side), side // 4) for side in (row.width, row.height))
    left = int(rng.integers(row.width - wide + 1))
    top = int(rng.integers(row.height - high + 1))
    box = [left, top, wide, high]
    return {
        "image_id": row.id,
        "category_id": int(rng.integers(2)),
        "bbox": box,
        "score": round(float(rng.random()), 3),
        "segmentation": masks.to_coco(box_mask(box, size)),
    }
