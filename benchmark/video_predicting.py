"""From a video file to its annotated copy and the record of its faces, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from ..annotations.predictions import prediction_rows
from ..core.files import atomic, to_json
from ..core.progress import Progress, silent
from .annotated import annotate_followed
from .detector import Detector
from .video import MIN_SCORE, FollowedFace, Follower, Frame, follow
from .video_files import Video, VideoLimits, VideoSink, open_video, write_video


@dataclass(frozen=True, slots=True)
class VideoFaces:
    """What was found in a video.

    Args:
        frames: how many could be read.
        complete: whether these are as many as the file states.
        faces: each followed face.
    """

    frames: int
    complete: bool
    faces: tuple[FollowedFace, ...]


def predict_video(
    detector: Detector,
    source: Path,
    record: Path,
    drawn: Path | None = None,
    *,
    every: int = 1,
    min_score: float = MIN_SCORE,
    limits: VideoLimits | None = None,
    progress: Progress = silent,
) -> VideoFaces:
    """Detect and follow the faces of a video, one frame in memory at a time.

    Args:
        record: the JSON file that is written: ``frames``, ``faces`` and ``video``.
        drawn: the annotated copy, without sound; None for none.
        every: the detector sees each ``every``-th frame; the copy has them all.
        min_score: fainter detections are left out.

    Raises:
        DataError: the video cannot be read or is beyond ``limits``; a file cannot be written.
    """
    follower = Follower()
    with open_video(source, limits) as video, _outputs(video, record, drawn) as (out, sink):
        pictures = progress(video, total=video.facts.frames or 0, what=f"frames of {source.name}")
        frames = follow(pictures, detector, follower, every=every, min_score=min_score)
        _write_frames(out, _drawing(frames, sink), video)
        found = VideoFaces(video.seen, video.complete, tuple(follower.faces()))
        _write_end(out, found, video, every)
    return found


@contextmanager
def _outputs(
    video: Video, record: Path, drawn: Path | None
) -> Iterator[tuple[IO[bytes], VideoSink | None]]:
    """Record and copy; neither is there if reading fails."""
    with ExitStack() as stack:
        out = stack.enter_context(atomic(record))
        sink = None
        if drawn is not None:
            copy = write_video(drawn, video.facts.size, video.facts.fps)
            sink = stack.enter_context(copy)
        yield out, sink


def _drawing(frames: Iterable[Frame], sink: VideoSink | None) -> Iterator[Frame]:
    for frame in frames:
        if sink is not None:
            sink.add(annotate_followed(frame.picture, frame.faces))
        yield frame


def _write_frames(out: IO[bytes], frames: Iterable[Frame], video: Video) -> None:
    out.write(b'{"frames":[\n')
    between = b""
    for frame in frames:
        if frame.looked:
            out.write(between + to_json(_frame_row(frame, video.facts.fps)).rstrip())
            between = b",\n"


def _frame_row(frame: Frame, fps: float) -> dict[str, Any]:
    faces = [
        {
            "id": int(frame.faces.extra["id"][row]),
            **{key: value for key, value in face.items() if key != "image_id"},
            "forged": float(frame.faces.extra["forged"][row]),
        }
        for row, face in enumerate(prediction_rows(frame.number, frame.faces))
    ]
    return {"frame": frame.number, "seconds": round(frame.number / fps, 3), "faces": faces}


def _write_end(out: IO[bytes], found: VideoFaces, video: Video, every: int) -> None:
    height, width = video.facts.size
    about = {
        "file": video.path.name,
        "width": width,
        "height": height,
        "fps": video.facts.fps,
        "frames": found.frames,
        "complete": found.complete,
        "every": every,
    }
    out.write(b'],\n"faces":' + to_json([asdict(face) for face in found.faces]).rstrip())
    out.write(b',\n"video":' + to_json(about).rstrip() + b"}\n")
