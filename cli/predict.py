"""``manyfaces predict``: the faces of a dataset's split, or of pictures and videos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import bar, err, out, print_json
from .faces import FacesOption, load_with_faces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..annotations.instances import Instances
    from ..annotations.predictions import Sizes
    from ..benchmark.detector import Detector
    from ..core.errors import ManyfacesError

DRAWN = frozenset({".jpg", ".jpeg", ".png"})  # what a drawn picture may be written as


def predict(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[DETECTOR] DATA",
            help="The detector: a run's folder, package.module:attribute, or, where it is left "
            "out, the weights of mask-rcnn-small that come with the package. The data: a "
            "dataset, a folder of pictures and videos, or one of them.",
        ),
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--out", help="The predictions file (.json); or the one picture or video, drawn into."
        ),
    ],
    split: Annotated[str, typer.Option(help="The dataset's split.")] = "test",
    annotated: Annotated[
        Path | None, typer.Option(help="A folder for pictures and videos with their faces drawn.")
    ] = None,
    min_score: Annotated[
        float, typer.Option(help="Faces below it are not drawn, nor followed in videos.")
    ] = 0.3,
    every: Annotated[
        int, typer.Option(min=1, help="Of a video, look at each N-th frame only.")
    ] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    faces: FacesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON.")] = False,
) -> None:
    """Predict faces as COCO results, or draw them into a picture or a video.

    Pictures that are no dataset have the ids of a manifest.json in their folder, else they
    are numbered by name, from 1; a file beside the predictions, named .images.json, says
    which number is which. Faces of a video are
    followed from frame to frame, and what is said of each is averaged over its frames.
    """
    from .predict_video import predict_videos, video_places

    detector, data = _detector_and_data(what)
    found = _files(data, split)
    clips = video_places(target, annotated, found.videos, alone=found.one_video)
    places = {} if found.one_video else _places(target, annotated, found.pictures)
    loaded = load_with_faces(detector, found.sizes, device, faces)
    summary: dict[str, Any] = {}
    if not found.one_video:
        summary = _predict_pictures(loaded.detector, found, target, places, min_score)
    if clips:
        index = None if found.one_video else target
        summary["videos"] = predict_videos(loaded.detector, clips, index, every, min_score)
    if as_json:
        print_json(summary)
        return
    if "images" in summary:
        counts = (_count(summary["faces"], "face"), _count(summary["images"], "picture"))
        err.print(f"{counts[0]} in {counts[1]}.", markup=False)
    out.print(str(target), markup=False)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _detector_and_data(words: list[str]) -> tuple[str, Path]:
    """The two arguments, of which the first may be left out."""
    from ..benchmark.baselines.shipped import DEFAULT
    from ..core.errors import UsageError

    if len(words) > 2:
        raise UsageError(
            "predict takes one detector and one dataset, folder or file",
            got=" ".join(words),
            expected="[DETECTOR] DATA",
            mend="Put the pictures into one folder, and name the folder",
        )
    return (words[0] if len(words) == 2 else DEFAULT), Path(words[-1])


@dataclass(frozen=True, slots=True)
class _Files:
    """What is predicted: pictures and videos by number; sizes where they are a dataset."""

    pictures: dict[int, Path]
    videos: dict[int, Path]
    sizes: Sizes | None = None

    @property
    def one_video(self) -> bool:
        return len(self.videos) == 1 and not self.pictures


def _predict_pictures(
    detector: Detector,
    files: _Files,
    target: Path,
    drawn: dict[int, Path],
    min_score: float,
) -> dict[str, Any]:
    from ..annotations.predictions import write_predictions
    from ..benchmark.predicting import predict_files, write_names

    some = len(files.pictures) + len(files.videos) > 1
    skipped: list[ManyfacesError] | None = [] if files.sizes is None and some else None
    found: dict[int, Instances] = {}
    for image_id, seen in predict_files(detector, files.pictures, skipped=skipped, progress=bar):
        found[image_id] = seen
        if drawn:
            _draw(files.pictures[image_id], seen, drawn[image_id], min_score)
    if target.suffix == ".json":
        write_predictions(target, found)
        if files.sizes is None:
            write_names(target, {key: files.pictures[key] for key in found})
    for error in skipped or []:
        err.print(f"skipped: {error}", markup=False)
    faces = sum(map(len, found.values()))
    return {"images": len(found), "faces": faces, "skipped": len(skipped or [])}


def _places(target: Path, folder: Path | None, files: Mapping[int, Path]) -> dict[int, Path]:
    """Where each picture is drawn to; empty where none is.

    Raises:
        UsageError: the target is neither a predictions file nor the one picture's copy.
    """
    from ..core.errors import UsageError

    if target.suffix.lower() in DRAWN and len(files) == 1 and folder is None:
        if target.resolve() in {path.resolve() for path in files.values()}:
            raise UsageError("--out is the picture itself", got=target, expected="another file")
        return dict.fromkeys(files, target)
    if target.suffix != ".json":
        raise UsageError(
            "--out is not a predictions file",
            got=target,
            expected="*.json; of one picture also *.jpg or *.png, of one video *.mp4 or *.webm; "
            "drawings of many: --annotated",
        )
    if folder is None:
        return {}
    # Pictures of different folders may have the same name.
    return {key: folder / f"{key:06d}-{path.stem}.jpg" for key, path in files.items()}


def _draw(picture: Path, found: Instances, target: Path, min_score: float) -> None:
    from ..benchmark.annotated import annotate
    from ..core.files import write_bytes
    from ..core.images import encode_jpeg, encode_png, read_image

    shown = annotate(read_image(picture), found, min_score)
    png = target.suffix.lower() == ".png"
    write_bytes(target, encode_png(shown) if png else encode_jpeg(shown, 92))


def _files(data: Path, split: str) -> _Files:
    from ..annotations.dataset import open_split
    from ..benchmark.predicting import files_to_predict, is_dataset, split_files

    if not is_dataset(data):
        return _Files(*files_to_predict(data))
    images = open_split(data, split).images
    return _Files(split_files(data, images), {}, {image.id: image.size for image in images})
