"""What a picture file tells before it is decoded: tables, sampling, metadata."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from ..release.marks import read_mark
from .features import Floats

APPS: Final = 16  # APP0 … APP15
# The luminance table of the JPEG standard (annex K), that qualities scale; in rows.
_LUMINANCE: Final = np.array(
    [16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
     14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
     18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
     49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
    dtype=np.float64,
)  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Header:
    """The head of a picture file.

    Args:
        tables: (T, 64) quantisation tables, luminance first; none for another format.
        sampling: how often the luminance is sampled more finely than the colour.
        progressive: whether the scans refine one another.
        lengths: (17,) bytes of the segments APP0 … APP15 and of the comments.
        exif: the number of EXIF entries.
        stated: the digital source type that the file states, None for none.
    """

    tables: Floats
    sampling: int
    progressive: bool
    lengths: Floats
    exif: int
    stated: str | None = None


def read_header(data: bytes) -> Header:
    """Read the head of picture bytes that decode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as picture:
            exif = len(picture.getexif())
            if isinstance(picture, JpegImageFile):
                return _of_jpeg(picture, exif, read_mark(data))
    return Header(np.zeros((0, 64)), 0, False, np.zeros(APPS + 1), exif, read_mark(data))


def _of_jpeg(picture: JpegImageFile, exif: int, stated: str | None) -> Header:
    tables = [picture.quantization[key] for key in sorted(picture.quantization)]
    lengths = np.zeros(APPS + 1)
    for marker, segment in picture.applist:
        number = marker.removeprefix("APP")
        lengths[int(number) if number.isdigit() else APPS] += len(segment)
    # A layer is identity, horizontal and vertical sampling, table.
    sampling = max((layer[1] * layer[2] for layer in picture.layer), default=0)
    progressive = bool(picture.info.get("progressive", 0))
    return Header(np.array(tables, np.float64), sampling, progressive, lengths, exif, stated)


def quality(header: Header) -> float:
    """The IJG quality whose luminance table comes nearest in sum; NaN for no JPEG."""
    if not len(header.tables):
        return float("nan")
    scale = 100 * float(header.tables[0].sum() / _LUMINANCE.sum())
    return (200 - scale) / 2 if scale <= 100 else 5000 / scale
