"""``manyfaces predict``: the faces of a dataset's split, or of pictures and videos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..benchmark.device_names import HELP as DEVICES
from .console import count, out, print_json
from .faces import FacesOption, load_with_faces

if TYPE_CHECKING:
    from collections.abc import Sized

    from ..annotations.predictions import Sizes
    from ..benchmark.detectors import LoadedDetector
    from ..benchmark.kept_answers import KeptAnswers
    from ..core.errors import ManyfacesError
    from .predict_pictures import Seen

ONE_FOLDER = "Put the pictures into one folder, and name the folder"


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
        float,
        typer.Option(min=0, max=1, help="Faces below it are not drawn, nor followed in videos."),
    ] = 0.3,
    every: Annotated[
        int, typer.Option(min=1, help="Of a video, look at each N-th frame only.")
    ] = 1,
    device: Annotated[str, typer.Option(help=DEVICES)] = "auto",
    faces: FacesOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print a summary as JSON: images; faces, all detections; at_min_score, those "
            "of them that --min-score leaves; skipped; videos.",
        ),
    ] = False,
) -> None:
    """Predict faces as COCO results, or draw them into a picture or a video.

    Pictures that are no dataset have the ids of a manifest.json in their folder, else they
    are numbered by name, from 1; a file beside the predictions, named .images.json, says
    which number is which. Faces of a video are followed from frame to frame, and what is
    said of each is averaged over its frames. An interrupted run over many pictures goes on
    where it was. Pictures that cannot be read are named and left out; where a dataset or a
    manifest lists them, or where none can be read, the exit code is 1.
    """
    from .predict_pictures import picture_places, predict_pictures
    from .predict_video import predict_videos, video_places

    detector, data = _detector_and_data(what)
    found = _files(data, split)
    clips = video_places(target, annotated, found.videos, alone=found.one_video)
    places = {} if found.one_video else picture_places(target, annotated, found.pictures)
    loaded = load_with_faces(detector, found.sizes, device, faces)
    kept = _kept(target, loaded, found)
    seen = predict_pictures(
        loaded.detector, found.pictures, places, min_score, kept=kept, skip=found.many
    )
    if not found.one_video:
        _write(seen, found, target)
    index = None if found.one_video else target
    rows = predict_videos(loaded.detector, clips, index, every, min_score) if clips else []
    _require_some(seen.faces or rows, found, data)
    whole = not (found.listed and seen.skipped)
    if kept is not None and whole:
        kept.remove()
    if as_json:
        print_json(_summary(seen, found, rows))
    else:
        seen.tell()
        out.print(str(target), markup=False)
    if not whole:
        raise _lacking(seen, found, target)


def _detector_and_data(words: list[str]) -> tuple[str, Path]:
    """The two arguments, of which the first may be left out."""
    from ..benchmark.baselines.shipped import DEFAULT
    from ..benchmark.predicting import is_seen
    from ..core.errors import UsageError

    if len(words) > 2:
        raise UsageError(
            "predict takes one detector and one dataset, folder or file",
            got=" ".join(words),
            expected="[DETECTOR] DATA",
            mend=ONE_FOLDER,
        )
    if len(words) == 2 and is_seen(Path(words[0])):
        raise UsageError(
            "the first of the two is no detector",
            got=f"{words[0]}, a picture or a video",
            expected="[DETECTOR] DATA",
            mend=ONE_FOLDER,
        )
    return (words[0] if len(words) == 2 else DEFAULT), Path(words[-1])


@dataclass(frozen=True, slots=True)
class _Files:
    """What is predicted: pictures and videos by number; sizes where they are a dataset.

    Args:
        listed: a dataset or a manifest says which pictures there are, so that none may lack.
        one_video: a video was named itself; a folder with one is a folder.
    """

    pictures: dict[int, Path]
    videos: dict[int, Path]
    sizes: Sizes | None = None
    listed: bool = False
    one_video: bool = False

    def __len__(self) -> int:
        return len(self.pictures) + len(self.videos)

    @property
    def many(self) -> bool:
        """Whether one that cannot be read is passed over for the others."""
        return self.listed or len(self) > 1


def _files(data: Path, split: str) -> _Files:
    from ..annotations.dataset import open_split, require_images
    from ..benchmark.predicting import files_to_predict, is_dataset, is_listed, split_files

    if not is_dataset(data):
        pictures, videos = files_to_predict(data)
        alone = data.is_file() and bool(videos)
        return _Files(pictures, videos, listed=is_listed(data), one_video=alone)
    images = require_images(open_split(data, split), data).images
    sizes = {image.id: image.size for image in images}
    return _Files(split_files(data, images), {}, sizes, listed=True)


def _kept(target: Path, loaded: LoadedDetector, files: _Files) -> KeptAnswers | None:
    """Where answers are kept against interruptions: beside the predictions of many pictures."""
    from ..benchmark.kept_answers import KeptAnswers

    many = target.suffix == ".json" and len(files.pictures) > 1
    return KeptAnswers(target, loaded.identity) if many else None


def _write(seen: Seen, files: _Files, target: Path) -> None:
    """The predictions file, and which number is which picture where no dataset says so."""
    from ..annotations.predictions import write_predictions
    from ..benchmark.predicting import write_names

    nothing = bool(files.pictures) and not seen.faces
    if target.suffix == ".json" and not nothing:
        write_predictions(target, seen.faces)
        if files.sizes is None:
            write_names(target, {key: files.pictures[key] for key in seen.faces})


def _summary(seen: Seen, files: _Files, videos: list[dict[str, Any]]) -> dict[str, Any]:
    pictures = {} if files.one_video else seen.summary()
    return {**pictures, "videos": videos} if files.videos else pictures


def _require_some(found: Sized, files: _Files, data: Path) -> None:
    """Refuse to call it a success where nothing could be read.

    Raises:
        DataError: there is no answer, neither of a picture nor of a video.
    """
    from ..core.errors import DataError

    if not found:
        raise DataError("no picture or video can be read", where=data, got=f"{len(files)} skipped")


def _lacking(seen: Seen, files: _Files, target: Path) -> ManyfacesError:
    """Of predictions that lack pictures which the data lists: a score would count against them."""
    from ..core.errors import DataError

    return DataError(
        "the predictions lack pictures that the data lists, and count as no faces there",
        where=target,
        got=count(len(seen.faces), "picture"),
        expected=f"all {len(files.pictures)}",
        mend="Mend the pictures that were skipped and run the command again: the others are "
        "not predicted anew",
    )
