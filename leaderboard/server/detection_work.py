"""One file through a detector, in a process of its own: what strangers send is opened here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ...annotations.predictions import prediction_rows
from ...benchmark.annotated import annotate
from ...benchmark.detector import Detector
from ...benchmark.detectors import load_detector
from ...benchmark.video import MIN_SCORE
from ...benchmark.video_files import VideoLimits, is_video, open_video
from ...benchmark.video_predicting import predict_video
from ...core.errors import DataError
from ...core.files import parse_json, read_bytes, write_bytes, write_json
from ...core.images import Rgb, decode_image, encode_png, pixels_of
from .detection_rules import DetectionRules

RECORD: Final = "record.json"
# Kind → the annotated copy's file and type; browsers play VP8.
COPIES: Final = {
    "picture": ("annotated.png", "image/png"),
    "video": ("annotated.webm", "video/webm"),
}
_HEAD: Final = 16
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Args:
        kind: picture or video; None where there is no result.
        refused: why the file is refused, for its sender.
        fault: what failed that is no fault of the file's, for the log.
    """

    kind: str | None = None
    refused: str | None = None
    fault: str | None = None


def detect(reference: str, source: Path, rules: DetectionRules) -> Outcome:
    """Detect faces and write record and copy beside the file, which is deleted in any case."""
    try:
        detector = _loaded(reference)
    except Exception as error:
        source.unlink(missing_ok=True)
        return Outcome(fault=f"loading raised {type(error).__name__}")
    try:
        return Outcome(kind=_detect(detector, source, rules))
    except DataError as error:
        # Where the file lies on the server is no one's business.
        told = DataError(error.what, got=error.got, expected=error.expected, mend=error.mend)
        return Outcome(refused=str(told))
    except MemoryError:
        return Outcome(refused="The file needs more memory than it may have.")
    except Exception as error:
        return Outcome(fault=f"detecting raised {type(error).__name__}")
    finally:
        source.unlink(missing_ok=True)


@lru_cache(maxsize=4)
def _loaded(reference: str) -> Detector:
    return load_detector(reference, device="cpu").detector


def _detect(detector: Detector, source: Path, rules: DetectionRules) -> str:
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if is_video(head):
        _video(detector, source, rules)
        return "video"
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        _picture(detector, source, rules)
        return "picture"
    # Pillow opens far more, some of it by other programs.
    raise DataError(
        "the file is neither a picture nor a video of a kind that is taken",
        expected="JPEG, PNG, WebP, GIF or BMP; MP4, MOV, 3GP, Matroska, WebM or AVI",
    )


def _picture(detector: Detector, source: Path, rules: DetectionRules) -> None:
    picture = _decoded(source, rules.pixels)
    (found,) = detector.predict([picture], [1])
    rows = [
        {key: value for key, value in row.items() if key != "image_id"}
        for row in prediction_rows(1, found)
    ]
    height, width = found.size
    write_json(source.parent / RECORD, {"faces": rows, "width": width, "height": height})
    copy = encode_png(annotate(picture, found, MIN_SCORE))
    write_bytes(source.parent / COPIES["picture"][0], copy)


def _decoded(source: Path, most: int) -> Rgb:
    data = read_bytes(source)
    if (pixels := pixels_of(data)) > most:
        raise DataError(
            "the picture is too large", got=f"{pixels:,} pixels", expected=f"at most {most:,}"
        )
    return decode_image(data, where=None)


def _video(detector: Detector, source: Path, rules: DetectionRules) -> None:
    limits = VideoLimits(rules.pixels, rules.frames, rules.length)
    with open_video(source, limits) as video:
        frames = video.facts.frames or rules.frames
    every = math.ceil(frames / rules.looks)
    copy = source.parent / COPIES["video"][0]
    predict_video(detector, source, source.parent / RECORD, copy, every=every, limits=limits)


def read_record(folder: Path) -> dict[str, Any]:
    """What was written of a file's faces."""
    record: dict[str, Any] = parse_json(read_bytes(folder / RECORD), where=RECORD)
    return record
