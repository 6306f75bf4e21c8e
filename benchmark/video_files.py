"""Video files in and out, by OpenCV: upright RGB frames, one at a time.

What a file is, its first bytes say, not its name: FFmpeg also takes playlists, which name
other files and addresses.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ..core.errors import DataError, UsageError
from ..core.images import Rgb

SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".3gp"})
# What an annotated video may be written as, and its codec.
CODECS: Final = {".mp4": "mp4v", ".webm": "VP80"}
USUAL_FPS: Final = 25.0  # where a file states no frame rate
_MOVIE: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
_HEAD: Final = 12  # bytes that tell what a file is
_MOST_FPS: Final = 1000.0
_MOST_FRAMES: Final = 10**8


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a video may have; None for any.

    Args:
        pixels: of one frame.
        frames: in all.
        seconds: at its frame rate.
    """

    pixels: int | None = None
    frames: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video's head states.

    Args:
        size: (height, width) of an upright frame, in pixels.
        fps: frames a second.
        frames: how many; None where that is not stated.
    """

    size: tuple[int, int]
    fps: float
    frames: int | None


def is_video(head: bytes) -> bool:
    """Whether a file that begins so is a video of a kind that is read."""
    avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    return avi or head[:4] == _MATROSKA or head[4:8] in _MOVIE


class Video:
    """An open video; iterate over its frames once. ``open_video`` makes it."""

    def __init__(self, path: Path, capture: cv2.VideoCapture, limits: VideoLimits) -> None:
        self.path, self.limits, self._capture = path, limits, capture
        self.seen = 0
        self.facts = _facts(capture)
        self._hold_to_limits(self.facts.size, self.facts.frames or 0)

    def __iter__(self) -> Iterator[Rgb]:
        """The frames (H, W, 3) RGB uint8, upright.

        Raises:
            DataError: there is none, their size changes, or a limit is passed.
        """
        while (picture := self._next()) is not None:
            size = (picture.shape[0], picture.shape[1])
            self._hold_to_limits(size, self.seen + 1)
            if size != self.facts.size:
                raise DataError(
                    "the frames of the video change their size",
                    where=f"{self.path}, frame {self.seen}",
                    got=size,
                    expected=self.facts.size,
                )
            self.seen += 1
            yield picture
        if not self.seen:
            raise DataError("the video has no frame that can be read", where=self.path)

    @property
    def complete(self) -> bool:
        """Whether as many frames came as the head states; some formats only estimate it."""
        stated = self.facts.frames or 0
        return self.seen >= stated - max(2, 0.02 * stated)

    def _next(self) -> Rgb | None:
        try:
            done, frame = self._capture.read()
        except cv2.error as error:
            raise _unreadable(self.path, str(error.err)) from error
        return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8) if done else None

    def _hold_to_limits(self, size: tuple[int, int], frames: int) -> None:
        limits = self.limits
        facts = (
            ("pixels a frame", size[0] * size[1], limits.pixels),
            ("frames", frames, limits.frames),
            ("seconds", round(frames / self.facts.fps, 1), limits.seconds),
        )
        for what, got, most in facts:
            if most is not None and got > most:
                raise DataError(
                    "the video is too large",
                    where=self.path.name,
                    got=f"{got:,} {what}",
                    expected=f"at most {most:,}",
                )


@contextmanager
def open_video(path: Path, limits: VideoLimits | None = None) -> Iterator[Video]:
    """Open a video; a phone's rotation is undone.

    Raises:
        DataError: the file is missing, empty, not a video, damaged, or beyond a limit.
    """
    _check_head(path)
    with _quiet():
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        try:
            if not capture.isOpened():
                raise _unreadable(path, "no video stream that can be decoded")
            capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
            yield Video(path, capture, limits or VideoLimits())
        finally:
            capture.release()


def _check_head(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise DataError("a file cannot be read", where=path, got=error.strerror) from error
    if not head:
        raise DataError("the video file is empty", where=path, got="0 bytes")
    if not is_video(head):
        raise DataError(
            "the file is not a video of a kind that is read",
            where=path,
            expected="MP4, MOV, 3GP, Matroska, WebM or AVI",
        )


def _unreadable(path: Path, got: str) -> DataError:
    return DataError(
        "the video cannot be opened",
        where=path,
        got=got,
        mend="It may be cut off, as after a recording or a download that was interrupted",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """OpenCV and FFmpeg print nothing: what they have to say, an error says."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(0)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def _facts(capture: cv2.VideoCapture) -> VideoFacts:
    width, height = (
        int(capture.get(what)) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    fps = capture.get(cv2.CAP_PROP_FPS)
    frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    usable = math.isfinite(frames) and 0 < frames < _MOST_FRAMES
    return VideoFacts(
        (height, width),
        fps if math.isfinite(fps) and 0 < fps <= _MOST_FPS else USUAL_FPS,
        int(frames) if usable else None,
    )


class VideoSink:
    """Takes the frames of a video that is being written; ``write_video`` makes it."""

    def __init__(self, path: Path, writer: cv2.VideoWriter) -> None:
        self.path, self._writer = path, writer

    def add(self, picture: Rgb) -> None:
        """Write the next frame, (H, W, 3) RGB uint8 of the video's size."""
        self._writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


@contextmanager
def write_video(path: Path, size: tuple[int, int], fps: float) -> Iterator[VideoSink]:
    """Write a video without sound; the file is there when the block ends without error.

    Args:
        size: (height, width); an odd last row or column is left out of the file.

    Raises:
        UsageError: the name's ending is of no kind that is written.
        DataError: OpenCV lacks the codec, or the folder cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in CODECS:
        raise UsageError(
            "a video cannot be written as this", got=path, expected=" or ".join(sorted(CODECS))
        )
    with _folder_beside(path) as folder, _quiet():
        part = folder / f"part{suffix}"
        with _writer(path, part, size, fps) as writer:
            yield VideoSink(path, writer)
        part.replace(path)


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder on the disk where the file will be, for its unfinished part."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=path.parent, prefix=".video.")
    except OSError as error:
        raise DataError("a file cannot be written", where=path, got=error.strerror) from error
    with folder as name:
        yield Path(name)


@contextmanager
def _writer(path: Path, part: Path, size: tuple[int, int], fps: float) -> Iterator[cv2.VideoWriter]:
    codec = CODECS[part.suffix]
    code = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(str(part), cv2.CAP_FFMPEG, code, fps, (size[1], size[0]))
    try:
        if not writer.isOpened():
            raise DataError(
                f"this OpenCV cannot write {codec}",
                where=path,
                mend="Install a build with FFmpeg: pip install --force-reinstall "
                "opencv-python-headless; or ask for the faces alone, as --out FILE.json",
            )
        yield writer
    finally:
        writer.release()
