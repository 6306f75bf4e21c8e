"""Block-wise distortion: pictures of blocks, each of one colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .operator import (
    Apply,
    Params,
    Perturbation,
    Settings,
    Size,
    draw_seed,
    levels,
    noise_stream,
    size_of,
    size_scale,
)

Starts = NDArray[np.intp]  # where each block begins along one axis
Labels = NDArray[np.int32]  # (H, W) the segment that a pixel belongs to
Five = tuple[float, float, float, float, float]
Pool = Callable[[Rgb, Starts, Starts], Rgb]  # one pixel for each block

_FAR: Final = 256  # beyond any difference of two grays
_SEGMENT: Final = 6.0  # pixels: how wide a segment is where segments are found


def _draw_pooling(settings: Settings, size: Size, rng: Generator) -> Params:
    block, aspect = settings["block"] * size_scale(size), float(rng.uniform(0.75, 1.33))
    return {"height": block * aspect**0.5, "width": block / aspect**0.5}


def starts(side: int, block: float) -> Starts:
    """Where blocks begin along a side; they are as near to ``block`` long as whole pixels allow."""
    count = min(max(1, round(side / block)), side)
    return np.arange(count) * side // count


def _pooled(pool: Pool) -> Apply:
    def apply(image: Rgb, params: Params) -> Rgb:
        height, width = size_of(image)
        rows, columns = starts(height, params["height"]), starts(width, params["width"])
        small = pool(image, rows, columns)
        tall = np.repeat(small, _lengths(rows, height), axis=0)
        return np.repeat(tall, _lengths(columns, width), axis=1)

    return apply


def _lengths(begins: Starts, side: int) -> Starts:
    return np.diff(begins, append=side)


def _reduce(ufunc: np.ufunc, values: NDArray[np.generic], rows: Starts, columns: Starts) -> Rgb:
    """Reduce each block; rows first, then turned: NumPy is quick on the first axis."""
    once = ufunc.reduceat(values, rows, axis=0)
    turned = np.ascontiguousarray(once.swapaxes(0, 1))
    return np.asarray(ufunc.reduceat(turned, columns, axis=0).swapaxes(0, 1))


def _max(image: Rgb, rows: Starts, columns: Starts) -> Rgb:
    return _reduce(np.maximum, image, rows, columns)


def _min(image: Rgb, rows: Starts, columns: Starts) -> Rgb:
    return _reduce(np.minimum, image, rows, columns)


def _mean(image: Rgb, rows: Starts, columns: Starts) -> Rgb:
    height, width = size_of(image)
    sums = _reduce(np.add, image.astype(np.uint32), rows, columns)
    areas = _lengths(rows, height)[:, None, None] * _lengths(columns, width)[:, None]
    return np.rint(sums / areas).astype(np.uint8)


def _median(image: Rgb, rows: Starts, columns: Starts) -> Rgb:
    """The middle value of each block, or the mean of the two middle ones."""
    high, wide = _members(rows, image.shape[0]), _members(columns, image.shape[1])
    planes = np.ascontiguousarray(image.transpose(2, 0, 1))[:, high.ravel()][:, :, wide.ravel()]
    split = planes.reshape(3, *high.shape, *wide.shape).transpose(1, 3, 0, 2, 4)
    values = split.reshape(len(rows), len(columns), 3, -1)
    count = values.shape[-1]
    middle = np.partition(values, [(count - 1) // 2, count // 2], axis=-1)
    low, top = middle[..., (count - 1) // 2], middle[..., count // 2]
    return ((low.astype(np.uint16) + top + 1) // 2).astype(np.uint8)


def _members(begins: Starts, side: int) -> Starts:
    """(blocks, longest) the pixels of each block; a shorter block has some of them twice."""
    lengths = _lengths(begins, side)
    longest = int(lengths.max())
    return begins[:, None] + np.arange(longest) * lengths[:, None] // longest


def _draw_superpixels(settings: Settings, size: Size, rng: Generator) -> Params:
    return {
        "side": max(2.0, settings["side"] * size_scale(size)),
        "share": settings["share"],
        "seed": draw_seed(rng),
    }


def _superpixels(image: Rgb, params: Params) -> Rgb:
    labels = segments(image, params["side"])
    count = int(labels.max()) + 1
    flat = labels.ravel()
    areas = np.maximum(np.bincount(flat, minlength=count), 1)
    sums = [np.bincount(flat, plane, count) for plane in image.reshape(-1, 3).T]
    means = np.rint(np.stack(sums, axis=1) / areas[:, None]).astype(np.uint8)
    kept = noise_stream(params).random(count) >= params["share"]
    filled = means[labels]
    np.copyto(filled, image, where=kept[labels][:, :, None])
    return filled


def segments(image: Rgb, side: float) -> Labels:
    """Segments about ``side`` wide that end at edges: floods from a grid of springs.

    They are found on a picture so small that a segment is a few pixels wide there.
    """
    height, width = size_of(image)
    reduction = max(1.0, side / _SEGMENT)
    size = [max(1, round(length / reduction)) for length in (width, height)]
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    labels = _flood(small, side / reduction)
    large = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(large, dtype=np.int32)


def _flood(image: Rgb, side: float) -> Labels:
    # The flood leaves the outermost pixels dry: it gets a frame of its own.
    framed = cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    height, width = size_of(image)
    flooded = cv2.watershed(framed, _springs((height + 2, width + 2), side))
    labels = np.ascontiguousarray(flooded, dtype=np.int32)
    _settle(labels, np.asarray(cv2.cvtColor(framed, cv2.COLOR_RGB2GRAY), dtype=np.int16))
    return np.maximum(labels[1:-1, 1:-1], 0)


def _settle(labels: Labels, gray: NDArray[np.int16]) -> None:
    """Watersheds (-1) and where they meet (0) go to the neighbour of the likest gray."""
    dry = labels <= 0
    dry[[0, -1]] = dry[:, [0, -1]] = False
    places, width = np.flatnonzero(dry), labels.shape[1]
    steps = np.array([-1, 1, -width, width, -width - 1, -width + 1, width - 1, width + 1])
    around = labels.ravel().take(places + steps[:, None])
    unlike = np.abs(gray.ravel().take(places + steps[:, None]) - gray.ravel().take(places))
    unlike[around <= 0] = _FAR
    nearest = unlike.argmin(axis=0)
    labels.ravel()[places] = around[nearest, np.arange(len(places))]


def _springs(size: Size, side: float) -> Labels:
    """Zero but for one pixel in the middle of each cell, numbered from 1."""
    rows, columns = (_middles(length, side) for length in size)
    markers = np.zeros(size, np.int32)
    markers[np.ix_(rows, columns)] = np.arange(1, len(rows) * len(columns) + 1).reshape(
        len(rows), len(columns)
    )
    return markers


def _middles(length: int, side: float) -> Starts:
    begins = starts(length, side)
    return begins + _lengths(begins, length) // 2


def _pooling(name: str, pool: Pool, what: str, blocks: Five) -> Perturbation:
    return Perturbation(
        name=f"{name}-pooling",
        version=1,
        group="block",
        description=f"blocks, somewhat oblong, of the {what} in each channel",
        source=f"OpenForensics {name.capitalize()}Pooling of imgaug with kept size; ours, as "
        "albumentations has none",
        severities=levels(block=blocks),
        draw_params=_draw_pooling,
        pixels=_pooled(pool),
    )


ROWS: Final = (
    _pooling("average", _mean, "mean", (3, 4.2, 6, 8.5, 12)),
    _pooling("max", _max, "largest value", (3, 3.9, 5.2, 7, 9.5)),
    _pooling("min", _min, "smallest value", (3, 3.9, 5.2, 7, 9.5)),
    _pooling("median", _median, "middle value", (3, 4.2, 6, 8.5, 12)),
    Perturbation(
        name="superpixels",
        version=1,
        group="block",
        description="a share of the segments that end at edges filled with their mean colour",
        source="OpenForensics Superpixels; ours: segments by a flood from a grid, after "
        "Waterpixels (Machairas et al., TIP 2015); A.Superpixels, by SLIC, takes seconds",
        severities=levels(side=(10, 12, 15, 19, 24), share=(0.4, 0.6, 0.8, 0.95, 1)),
        draw_params=_draw_superpixels,
        pixels=_superpixels,
    ),
)
