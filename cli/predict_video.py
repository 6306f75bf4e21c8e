"""The videos of ``manyfaces predict``: where their files go, and what is said of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import bar, count, err

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..benchmark.detector import Detector
    from ..benchmark.video_predicting import VideoFaces


@dataclass(frozen=True, slots=True)
class Clip:
    """A video, the record of its faces, and its annotated copy if one is asked for."""

    source: Path
    record: Path
    drawn: Path | None


def video_places(
    target: Path, annotated: Path | None, videos: Mapping[int, Path], *, alone: bool
) -> list[Clip]:
    """Where each video's files go.

    Args:
        alone: there is one video and nothing else: it is what ``target`` is for.

    Raises:
        UsageError: the target is no file of a kind that is written, or the video itself.
    """
    if alone:
        (source,) = videos.values()
        return [_alone(source, target, annotated)]
    folder = annotated or target.with_suffix(".videos")
    clips = []
    for number, source in videos.items():
        # Videos of different folders may have the same name.
        record = folder / f"{number:06d}-{source.stem}.json"
        clips.append(Clip(source, record, annotated and record.with_suffix(".mp4")))
    return clips


def _alone(source: Path, target: Path, annotated: Path | None) -> Clip:
    from ..benchmark.video_files import CODECS
    from ..core.errors import UsageError

    suffix = target.suffix.lower()
    if target.resolve() == source.resolve():
        raise UsageError("--out is the video itself", got=target, expected="another file")
    if suffix == ".json":
        return Clip(source, target, annotated and annotated / f"{source.stem}.mp4")
    if suffix not in CODECS or annotated is not None:
        raise UsageError(
            "--out is not what a video is predicted to",
            got=target,
            expected=f"*{' or *'.join(CODECS)}, or *.json with or without --annotated",
        )
    return Clip(source, target.with_suffix(".json"), target)


def predict_videos(
    detector: Detector,
    clips: Sequence[Clip],
    predictions: Path | None,
    every: int,
    min_score: float,
) -> list[dict[str, Any]]:
    """Predict one video after the other, and say what was found.

    Args:
        predictions: of many files, the predictions file; which video has which record
            stands beside it in ``.videos.json``, and videos that cannot be read are left out.

    Returns:
        For each: its file, its record, its copy, and what was found.
    """
    from ..benchmark.video_predicting import predict_video
    from ..core.errors import DataError
    from ..core.files import write_json

    rows = []
    for clip in clips:
        try:
            found = predict_video(
                detector, clip.source, clip.record, clip.drawn, every=every, min_score=min_score,
                progress=bar,
            )  # fmt: skip
        except DataError as error:
            if predictions is None:
                raise
            err.print(f"skipped: {error}", markup=False)
            continue
        _tell(clip, found)
        rows.append(_row(clip, found))
    if predictions is not None:
        write_json(predictions.with_suffix(".videos.json"), rows, indent=True)
    return rows


def _row(clip: Clip, found: VideoFaces) -> dict[str, Any]:
    places = {"file_name": clip.source, "record": clip.record, "annotated": clip.drawn}
    return {
        **{name: None if path is None else str(path) for name, path in places.items()},
        **asdict(found),
    }


def _tell(clip: Clip, found: VideoFaces) -> None:
    counts = count(len(found.faces), "face"), count(found.frames, "frame")
    err.print(f"{counts[0]} in {counts[1]} of {clip.source}", markup=False)
    for face in found.faces:
        err.print(
            f"  face {face.id}: {100 * face.forged:.0f}% forged, the mean of "
            f"{count(face.frames, 'frame')} ({face.first_frame} to {face.last_frame})",
            markup=False,
        )
    if not found.complete:
        err.print("  The video ends before the frames that it states.", markup=False)
