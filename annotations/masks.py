"""Masks as compressed COCO run-length encodings (RLE), lossless in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from ..core.errors import DataError

BoolMask = NDArray[np.bool_]  # (H, W)

MAX_CHARACTERS: Final = 7  # of one number in compressed counts: 35 bits, and pixels are 32
MAX_COORDINATE: Final = 1e6  # pixels


class Rle(TypedDict):
    """A compressed COCO RLE: ``size`` is [height, width], ``counts`` ASCII bytes."""

    size: list[int]
    counts: bytes


def encode(mask: BoolMask) -> Rle:
    """Encode one (H, W) boolean mask; several parts and holes are kept."""
    rle = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"]}


def decode(rle: Rle) -> BoolMask:
    """Decode to an (H, W) boolean mask."""
    return np.ascontiguousarray(coco_mask.decode(rle)).astype(bool)


def area(rle: Rle) -> int:
    """The number of pixels set."""
    return int(coco_mask.area(rle))


def box(rle: Rle) -> NDArray[np.float64]:
    """The tight box (4,) xyxy, absolute pixels, half-open; zeros for an empty mask."""
    x, y, width, height = (float(value) for value in coco_mask.toBbox(rle))
    return np.array([x, y, x + width, y + height])


def union(rles: Sequence[Rle], size: tuple[int, int]) -> Rle:
    """The union of masks of one size; empty for no masks."""
    return _merge(rles, size) if rles else empty(size)


def _merge(rles: Sequence[Rle], size: tuple[int, int]) -> Rle:
    merged = coco_mask.merge(list(rles))
    return {"size": list(size), "counts": merged["counts"]}


def intersection(rles: Sequence[Rle], size: tuple[int, int]) -> Rle:
    """The pixels that all of at least one mask of one size have set."""
    merged = coco_mask.merge(list(rles), intersect=True)
    return {"size": list(size), "counts": merged["counts"]}


def empty(size: tuple[int, int]) -> Rle:
    """A mask of ``size`` (height, width) with no pixel set."""
    return encode(np.zeros(size, dtype=bool))


def rectangle(top: int, bottom: int, left: int, right: int, size: tuple[int, int]) -> Rle:
    """Rows top to bottom and columns left to right of an image, both half-open."""
    tall, wide, height = bottom - top, right - left, size[0]
    if tall <= 0 or wide <= 0:
        return empty(size)
    # Runs go down the columns: what lies before the first one, then set and unset in turn.
    runs = [left * height + top, *[tall, height - tall] * (wide - 1), tall]
    runs.append(size[0] * size[1] - sum(runs))
    return _from_counts(runs, size)


def iou(first: Sequence[Rle], second: Sequence[Rle]) -> NDArray[np.float64]:
    """Pairwise intersection over union (N, M) in [0, 1]; zero rows or columns allowed."""
    if not first or not second:
        return np.zeros((len(first), len(second)))
    return np.asarray(coco_mask.iou(list(first), list(second), [0] * len(second)), dtype=np.float64)


def band_width(mask: BoolMask) -> int:
    """Half the width of the boundary band: 2 % of the image diagonal, at least 1 pixel.

    The ratio is that of boundary IoU (Cheng et al., CVPR 2021).
    """
    return max(1, round(0.02 * float(np.hypot(*mask.shape))))


def boundary(mask: BoolMask, width: int) -> BoolMask:
    """The band of pixels inside ``mask`` within ``width`` pixels of its edge.

    The image's border counts as an edge, so that a face cut by it has a band there
    as well (Cheng et al., CVPR 2021).
    """
    padded = np.pad(mask.astype(np.uint8), 1)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=width)
    return np.asarray(mask & ~eroded[1:-1, 1:-1].astype(bool), dtype=bool)


def from_polygons(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Rle:
    """Rasterise COCO polygons ([x1, y1, x2, y2, ...] each) to the union of their parts.

    Raises:
        DataError: a polygon has fewer than three points, an odd number of values, or
            something in it that is no coordinate.
    """
    for polygon in polygons:
        if not isinstance(polygon, Sequence) or len(polygon) < 6 or len(polygon) % 2:
            got = f"{len(polygon)} values" if isinstance(polygon, Sequence) else f"{polygon!r:.40}"
            raise DataError(
                "a polygon is not a polygon",
                got=got,
                expected="x, y pairs of at least three points",
            )
        if not all(_is_coordinate(value) for value in polygon):
            raise DataError("a polygon's coordinate is not a number of pixels")
    if not polygons:
        return empty(size)
    parts = coco_mask.frPyObjects([list(map(float, polygon)) for polygon in polygons], *size)
    return union([{"size": list(size), "counts": part["counts"]} for part in parts], size)


def _is_coordinate(value: object) -> bool:
    # Far outside any picture the rasteriser's integers would overflow; NaN fails as well.
    return (
        isinstance(value, (int, float)) and type(value) is not bool and abs(value) <= MAX_COORDINATE
    )


def from_coco(segmentation: object, size: tuple[int, int]) -> Rle:
    """Read any COCO ``segmentation``: polygons, uncompressed or compressed RLE.

    Raises:
        DataError: the value is none of these, or its size is not the image's.
    """
    if isinstance(segmentation, list):
        return from_polygons(segmentation, size)
    if not isinstance(segmentation, dict) or "counts" not in segmentation:
        raise DataError(
            "the segmentation cannot be read",
            got=type(segmentation).__name__,
            expected="a list of polygons or an RLE",
        )
    if segmentation.get("size") not in (list(size), tuple(size)):
        raise DataError(
            "the mask does not have the image's size",
            got=segmentation.get("size"),
            expected=list(size),
        )
    return _from_counts(segmentation["counts"], size)


def _from_counts(counts: object, size: tuple[int, int]) -> Rle:
    pixels = size[0] * size[1]
    if isinstance(counts, list):
        if not all(type(run) is int and run >= 0 for run in counts) or sum(counts) != pixels:
            raise DataError("the run lengths do not fill the image", expected=f"{pixels} pixels")
        packed = coco_mask.frPyObjects({"size": list(size), "counts": counts}, *size)
        return {"size": list(size), "counts": packed["counts"]}
    if isinstance(counts, str):
        counts = counts.encode("ascii", errors="replace")
    if not isinstance(counts, bytes):
        raise DataError("the run lengths cannot be read", got=type(counts).__name__)
    if (total := int(unpack_counts(counts).sum())) != pixels:
        # pycocotools reads such a mask past its end, or leaves pixels undefined.
        raise DataError(
            "the run lengths do not fill the image",
            got=f"{total} pixels",
            expected=f"{pixels} pixels",
        )
    return {"size": list(size), "counts": counts}


def unpack_counts(counts: bytes) -> NDArray[np.int64]:
    """The run lengths of compressed counts, as COCO's ``rleFrString`` decodes them.

    Each number is a little-endian row of six-bit characters from "0": five bits of it,
    then whether another follows; from the fourth on it is the difference to the run
    before the last.

    Raises:
        DataError: a byte is outside the alphabet, the text ends within a number, or a
            run is negative or longer than any image.
    """
    codes = np.frombuffer(counts, np.uint8).astype(np.int64) - ord("0")
    if not codes.size:
        return codes
    if codes.min() < 0 or codes.max() > 63:
        raise DataError("the run lengths hold a byte outside the RLE alphabet")
    runs = _undo_differences(_numbers(codes))
    if runs.min() < 0:
        raise DataError("a run length is negative", got=int(runs.min()))
    return runs


def _numbers(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The signed numbers that six-bit codes spell."""
    ends = np.flatnonzero(codes < 32)
    if not ends.size or ends[-1] != len(codes) - 1:
        raise DataError("the run lengths end within a number")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > MAX_CHARACTERS:
        raise DataError("a run length is longer than any image")
    shifts = 5 * (np.arange(len(codes)) - np.repeat(starts, lengths))
    values: NDArray[np.int64] = np.add.reduceat((codes & 31) << shifts, starts)
    # The highest bit of the last character is the sign.
    values -= (codes[ends] >> 4) << (5 * lengths)
    return values


def _undo_differences(values: NDArray[np.int64]) -> NDArray[np.int64]:
    runs = values.copy()
    runs[1::2] = np.cumsum(values[1::2])
    runs[2::2] = np.cumsum(values[2::2])
    return runs


def to_coco(rle: Rle) -> dict[str, object]:
    """The JSON form of an RLE: counts as text."""
    return {"size": list(rle["size"]), "counts": rle["counts"].decode("ascii")}
