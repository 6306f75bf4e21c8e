"""All checks over one dataset's folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import DataError, ManyfacesError
from ...core.files import read_json
from ...core.progress import Progress, silent
from ..coco import AnnotatedImage, from_coco
from ..dataset import annotation_files
from ..manifest import FILE, Manifest, read_manifest
from .faces import check_faces
from .origins import check_lines, check_near_duplicates, check_shared, read_provenance
from .pictures import check_manifest, check_unlisted, look
from .problem import Problem, problem

Images = Mapping[str, Sequence[AnnotatedImage]]


def verify_dataset(root: Path, progress: Progress = silent) -> list[Problem]:
    """Every problem of a dataset, in the order of its files; none for a sound one."""
    try:
        files = annotation_files(root)
    except ManyfacesError as error:
        return [problem("no-annotations", str(root), error.what)]
    problems: list[Problem] = []
    images: dict[str, Sequence[AnnotatedImage]] = {}
    areas: dict[str, dict[int, Any]] = {}
    for split, path in files.items():
        try:
            data = read_json(path)
            images[split] = from_coco(data, where=path.name).images
            areas[split] = {row["id"]: row.get("area") for row in data["annotations"]}
        except (ManyfacesError, KeyError, TypeError, AttributeError, ValueError) as error:
            problems.append(problem("unreadable-annotations", path.name, error))
    manifest, faults = _manifest(root)
    problems += faults
    problems += _check_ids(images)
    for split, part in images.items():
        for image in part:
            problems += check_faces(image, areas[split], f"annotations/{split}.json")
    if manifest is not None:
        problems += check_manifest(images, manifest)
    problems += _check_pictures(root, images, manifest, progress)
    lines, faults = read_provenance(root, images)
    return [*problems, *faults, *check_lines(images, lines), *check_shared(lines)]


def _manifest(root: Path) -> tuple[Manifest | None, list[Problem]]:
    if not (root / FILE).is_file():
        return None, [problem("no-manifest", FILE, "no such file")]
    try:
        return read_manifest(root / FILE), []
    except DataError as error:
        return None, [problem("unreadable-manifest", FILE, error.got or error.what)]


def _check_ids(images: Images) -> Iterator[Problem]:
    pictures = [image for part in images.values() for image in part]
    faces = [int(one) for image in pictures for one in image.instances.extra["annotation_id"]]
    for kind, ids in (("image", [image.id for image in pictures]), ("annotation", faces)):
        for identity, count in Counter(ids).items():
            where = f"annotations, {kind} {identity}"
            if count > 1:
                yield problem(f"{kind}-id-duplicate", where, f"{count} rows")
            if identity < 1:
                yield problem(f"{kind}-id-low", where, identity)


def _check_pictures(
    root: Path, images: Images, manifest: Manifest | None, progress: Progress
) -> list[Problem]:
    listed = {row.id: row for row in manifest.images} if manifest else {}
    rows = [(split, image) for split, part in images.items() for image in part]
    problems: list[Problem] = []
    fingerprints = []
    for split, image in progress(rows, total=len(rows), what="checking pictures"):
        looked = look(root, image, listed.get(image.id))
        problems += looked.problems
        if looked.fingerprint is not None:
            fingerprints.append((split, image.entry.file_name, looked.fingerprint))
    problems += check_unlisted(root, [image for _, image in rows])
    return [*problems, *check_near_duplicates(fingerprints)]
