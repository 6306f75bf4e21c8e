"""Predictions for pictures: of a dataset's split, of a folder, or of one file.

Folders may hold videos as well, which ``video_predicting`` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..annotations.coco import AnnotatedImage
from ..annotations.dataset import annotation_files, image_path
from ..annotations.instances import Instances
from ..core.errors import DataError, ManyfacesError, UsageError
from ..core.files import write_json
from ..core.images import SUFFIXES, read_image
from ..core.progress import Progress, silent
from .detector import Detector
from .video_files import SUFFIXES as VIDEOS


def is_dataset(path: Path) -> bool:
    """Whether a folder holds annotated splits."""
    try:
        return path.is_dir() and bool(annotation_files(path))
    except UsageError:
        return False


def files_to_predict(path: Path) -> tuple[dict[int, Path], dict[int, Path]]:
    """The pictures and the videos of a folder and its subfolders, or one file; by id from 1.

    Raises:
        UsageError: there is none of either.
    """
    if path.is_file():
        video = path.suffix.lower() in VIDEOS
        return ({}, {1: path}) if video else ({1: path}, {})
    pictures, videos = (_of_kind(path, kind) for kind in (SUFFIXES, VIDEOS))
    if not pictures and not videos:
        raise UsageError(
            "there are no pictures or videos",
            where=path,
            got="a folder without any" if path.is_dir() else "nothing of that name",
            expected=f"files that end in {', '.join(sorted(SUFFIXES | VIDEOS))}",
        )
    return pictures, videos


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
    progress: Progress = silent,
) -> Iterator[tuple[int, Instances]]:
    """Predict one picture after the other, one in memory at a time.

    Args:
        skipped: takes the errors of pictures that cannot be read, which are then left
            out; without it the first one is raised.
    """
    for image_id, path in progress(list(files.items()), total=len(files), what="predicting"):
        try:
            image = read_image(path)
        except DataError as error:
            if skipped is None:
                raise
            skipped.append(error)
            continue
        yield image_id, detector.predict([image], [image_id])[0]


def write_names(predictions: Path, files: Mapping[int, Path]) -> None:
    """Write which picture has which id, beside a predictions file."""
    rows = [{"id": image_id, "file_name": str(path)} for image_id, path in files.items()]
    write_json(predictions.with_suffix(".images.json"), rows, indent=True)
