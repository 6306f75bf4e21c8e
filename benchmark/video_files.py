"""Video files in and out, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from ..core.errors import DataError
from ..core.images import Rgb

SUFFIXES: Final = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"})
_CODEC: Final = {".avi": "MJPG", ".webm": "VP80"}
_RATE: Final = 25.0  # frames a second where a file does not say


class FrameWriter(Protocol):
    """Takes the frames of one video, each (H, W, 3) RGB uint8 of the first one's size."""

    def __call__(self, frame: Rgb) -> None:
        """Write the next frame."""
        ...


def is_video(path: Path) -> bool:
    """Whether a file is a video by its name."""
    return path.suffix.lower() in SUFFIXES


class Video:
    """A video file.

    Args:
        path: of the file.

    Raises:
        DataError: it is missing, or no video that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        reader = cv2.VideoCapture(str(path))
        opened = reader.isOpened() and reader.grab()
        self.rate = float(reader.get(cv2.CAP_PROP_FPS)) or _RATE
        # As its head says, which need not be true.
        self.frames = max(1, int(reader.get(cv2.CAP_PROP_FRAME_COUNT)))
        reader.release()
        if not opened:
            raise DataError(
                "the video cannot be read",
                where=path,
                got="no such file" if not path.is_file() else "no frame that can be decoded",
                expected=f"a video: {', '.join(sorted(SUFFIXES))}",
            )

    def __iter__(self) -> Iterator[Rgb]:
        """The frames from the first on, upright, until one cannot be decoded."""
        reader = cv2.VideoCapture(str(self.path))
        try:
            while True:
                more, frame = reader.read()
                if not more:
                    return
                yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        finally:
            reader.release()


@contextmanager
def video_writer(path: Path, rate: float) -> Iterator[FrameWriter]:
    """Write a video whole or not at all; its size is that of the first frame.

    Raises:
        DataError: this machine cannot encode it.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer: cv2.VideoWriter | None = None

    def write(frame: Rgb) -> None:
        nonlocal writer
        if writer is None:
            writer = _open(part, rate, frame)
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    try:
        yield write
        if writer is not None:
            writer.release()
            part.replace(path)
    finally:
        if writer is not None:
            writer.release()
        part.unlink(missing_ok=True)


def _open(path: Path, rate: float, frame: Rgb) -> cv2.VideoWriter:
    code = cv2.VideoWriter.fourcc(*_CODEC.get(path.suffix.lower(), "mp4v"))
    writer = cv2.VideoWriter(str(path), code, rate, (frame.shape[1], frame.shape[0]))
    if not writer.isOpened():
        raise DataError(
            "the video cannot be written",
            where=path,
            expected="a folder that can be written to, and .mp4 or .avi as the ending",
        )
    return writer
