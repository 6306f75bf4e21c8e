"""Predictions for pictures: of a dataset's split, of a folder, or of one file.

Folders may hold videos as well, which ``video_predicting`` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..annotations.coco import AnnotatedImage
from ..annotations.dataset import annotation_files, image_path
from ..annotations.instances import Instances
from ..annotations.manifest import FILE as MANIFEST
from ..annotations.manifest import read_manifest
from ..annotations.openforensics import resolve_image
from ..core.errors import DataError, ManyfacesError, UsageError
from ..core.files import read_json, write_json
from ..core.images import SUFFIXES, Rgb, read_image
from ..core.progress import Progress, silent
from .detector import Detector
from .kept_answers import KeptAnswers
from .video_files import SUFFIXES as VIDEOS


def is_dataset(path: Path) -> bool:
    """Whether a folder holds annotated splits."""
    try:
        return path.is_dir() and bool(annotation_files(path))
    except UsageError:
        return False


def files_to_predict(path: Path) -> tuple[dict[int, Path], dict[int, Path]]:
    """The pictures and the videos of a folder and its subfolders, or one file; by id.

    A folder with a ``manifest.json`` says itself which pictures it has, and their ids; the
    pictures of any other are numbered by name, from 1, as videos always are.

    Raises:
        UsageError: there is none of either.
        DataError: the manifest is damaged, or a picture of it is missing.
    """
    if path.is_file():
        video = path.suffix.lower() in VIDEOS
        return ({}, {1: path}) if video else ({1: path}, {})
    listed = _listed(path)
    pictures = _of_kind(path, SUFFIXES) if listed is None else listed
    videos = _of_kind(path, VIDEOS)
    if not pictures and not videos:
        raise UsageError(
            "there are no pictures or videos",
            where=path,
            got="a folder without any" if path.is_dir() else "nothing of that name",
            expected=f"files that end in {', '.join(sorted(SUFFIXES | VIDEOS))}",
        )
    return pictures, videos


def is_seen(path: Path) -> bool:
    """Whether this is a file with the name of a picture or a video."""
    return path.is_file() and path.suffix.lower() in SUFFIXES | VIDEOS


def is_listed(path: Path) -> bool:
    """Whether a folder's manifest says which pictures it has."""
    return path.is_dir() and _listed(path) is not None


def _listed(folder: Path) -> dict[int, Path] | None:
    """The pictures that a folder's manifest lists; None where it has no manifest."""
    path = folder / MANIFEST
    # Other programs write a file of this name as well: only one that lists images is ours.
    found = read_json(path) if path.is_file() else None
    if not isinstance(found, dict) or not isinstance(found.get("images"), list):
        return None
    return {row.id: resolve_image(folder, row.file_name) for row in read_manifest(path).images}


def _of_kind(folder: Path, suffixes: frozenset[str]) -> dict[int, Path]:
    found = (file for file in folder.rglob("*") if file.suffix.lower() in suffixes)
    return dict(enumerate(sorted(found), 1))


def split_files(root: Path, images: Sequence[AnnotatedImage]) -> dict[int, Path]:
    """The picture files of a split, by image id."""
    return {image.id: image_path(root, image.entry) for image in images}


def predict_files(
    detector: Detector,
    files: Mapping[int, Path],
    *,
    skipped: list[ManyfacesError] | None = None,
    kept: KeptAnswers | None = None,
    progress: Progress = silent,
) -> Iterator[tuple[int, Instances]]:
    """Predict one picture after the other, one in memory at a time.

    Args:
        skipped: takes the errors of pictures that cannot be read, which are then left
            out; without it the first one is raised.
        kept: has the answers of a run that was interrupted, and takes each new one.
    """
    for image_id, path in progress(list(files.items()), total=len(files), what="predicting"):
        found = None if kept is None else kept.get(image_id, path)
        if found is None:
            image = _picture(path, skipped)
            if image is None:
                continue
            found = detector.predict([image], [image_id])[0]
            if kept is not None:
                kept.add(image_id, path, found)
        yield image_id, found


def _picture(path: Path, skipped: list[ManyfacesError] | None) -> Rgb | None:
    try:
        return read_image(path)
    except DataError as error:
        if skipped is None:
            raise
        skipped.append(error)
        return None


def write_names(predictions: Path, files: Mapping[int, Path]) -> None:
    """Write which picture has which id, beside a predictions file."""
    rows = [{"id": image_id, "file_name": str(path)} for image_id, path in files.items()]
    write_json(predictions.with_suffix(".images.json"), rows, indent=True)
