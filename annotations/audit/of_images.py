"""What stands around an image and must not tell whether it holds a forgery."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from ..release.source_type import TERMS
from .background import COLOURS
from .evidence import Evidence, Image
from .features import Features, features, from_rows
from .jpeg import APPS, quality

CHARACTERS: Final = 40  # the most frequent ones


def file_name(evidence: Evidence) -> Features:
    """The number in the name, its length, its characters, the folder."""
    names = [_own_name(image) for image in evidence.images]
    numbers = [_number(name) for name in names]
    common = Counter(c for name in names for c in set(name) if not c.isdigit())
    columns: dict[str, list[float]] = {
        "number in the file name": numbers,
        "last digit of the number": [number % 10 for number in numbers],
        "parity of the number": [number % 2 for number in numbers],
        "length of the file name": [len(name) for name in names],
    }
    for character, _ in sorted(common.most_common(CHARACTERS)):
        columns[f"{character!r} in the file name"] = [name.count(character) for name in names]
    return features(columns)


def _own_name(image: Image) -> str:
    # The split's folder is no secret, and what lies below it may be.
    return image.entry.file_name.removeprefix(f"images/{image.split}/")


def _number(name: str) -> float:
    digits = "".join(c for c in PurePosixPath(name).stem if c in "0123456789")[-15:]
    return float(digits) if digits else float("nan")


def file_size(evidence: Evidence) -> Features:
    """Bytes, and bytes a pixel."""
    sizes = np.array([image.looked.size for image in evidence.images])
    pixels = np.array([image.entry.height * image.entry.width for image in evidence.images])
    return features({"file size in bytes": sizes, "bytes per pixel": sizes / pixels})


def image_size(evidence: Evidence) -> Features:
    """Height, width, aspect, pixels."""
    sizes = [(image.entry.height, image.entry.width) for image in evidence.images]
    names = ("image height", "image width", "aspect of the image", "pixels of the image")
    return from_rows(names, [(h, w, w / h, h * w) for h, w in sizes])


def jpeg_tables(evidence: Evidence) -> Features:
    """The quantisation tables, the quality they stand for, sampling, progressive or not."""
    rows = []
    for image in evidence.images:
        header = image.looked.header
        luma = header.tables[0] if len(header.tables) else np.full(64, np.nan)
        chroma = header.tables[-1] if len(header.tables) else np.full(64, np.nan)
        rows.append(
            (
                quality(header), len(header.tables), luma[0], luma.mean(), luma[-1],
                chroma[0], chroma.mean(), chroma[-1], header.sampling, header.progressive,
            )
        )  # fmt: skip
    names = (
        "estimated JPEG quality", "number of quantisation tables", "first luminance step",
        "mean luminance step", "last luminance step", "first chrominance step",
        "mean chrominance step", "last chrominance step", "chroma sampling", "progressive JPEG",
    )  # fmt: skip
    return from_rows(names, rows)


def metadata(evidence: Evidence) -> Features:
    """EXIF entries, the bytes in each kind of metadata segment, the source type stated."""
    names = ["EXIF entries", "metadata segments in use"]
    names += [f"bytes in APP{number}" for number in range(APPS)] + ["bytes in comments"]
    names += [f"states that it is {term}" for term in TERMS]
    rows = []
    for header in (image.looked.header for image in evidence.images):
        stated = [header.stated == term for term in TERMS]
        rows.append((header.exif, (header.lengths > 0).sum(), *header.lengths, *stated))
    return from_rows(names, rows)


def background_colour(evidence: Evidence) -> Features:
    """The colour histogram of the pixels away from every face."""
    levels = ("darkest", "dark", "middle", "bright", "brightest")[:COLOURS]
    names = [f"{level} {c} in the background" for c in ("red", "green", "blue") for level in levels]
    return from_rows(names, [image.looked.histogram for image in evidence.images])


def double_compression(evidence: Evidence) -> Features:
    """First digits of DCT coefficients and block edges, away from every face."""
    names = [f"first digit {digit} of DCT coefficients" for digit in range(1, 10)]
    names += [f"edges {place} pixels into a block" for place in range(1, 9)]
    return from_rows(names, [image.looked.compression for image in evidence.images])


def face_count(evidence: Evidence) -> Features:
    """How many faces the image has."""
    return features({"number of faces": [len(image.faces) for image in evidence.images]})


def place_in_file(evidence: Evidence) -> Features:
    """Where the image stands in its annotation file, and its id."""
    images = evidence.images
    return features(
        {
            "place in the annotation file": [image.position / image.listed for image in images],
            "parity of the place": [image.position % 2 for image in images],
            "image id": [image.entry.id for image in images],
            "parity of the image id": [image.entry.id % 2 for image in images],
        }
    )
