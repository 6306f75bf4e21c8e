"""Pictures as networks take them, and what comes out as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...core.errors import DataError
from ...core.images import Rgb
from .config import Tensors, Values

Array = NDArray[np.float32]
Triple = tuple[float, float, float]

# What is subtracted from a channel in [0, 1], and what it is divided by then.
SCALES: Final[Mapping[Values, tuple[Triple, Triple]]] = MappingProxyType(
    {
        "unit": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        "signed": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        "bytes": ((0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255)),
    }
)


def to_tensor(crop: Rgb, config: Tensors) -> Array:
    """An (S, S, 3) picture as the network takes it: (3, S, S), or (S, S, 3) for "nhwc"."""
    mean, deviation = (np.array(part, np.float32) for part in SCALES[config.values])
    values = (crop.astype(np.float32) / 255 - mean) / deviation
    if config.channels == "bgr":
        values = values[:, :, ::-1]
    if config.axes == "nchw":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values, dtype=np.float32)


def to_picture(values: Array, config: Tensors) -> Rgb:
    """The other way, clipped: a (T, T, 3) picture.

    Raises:
        DataError: a value is no number.
    """
    if not np.isfinite(values).all():
        raise DataError("the network gave values that are no numbers", where=config.network)
    if config.axes == "nchw":
        values = values.transpose(1, 2, 0)
    if config.channels == "bgr":
        values = values[:, :, ::-1]
    mean, deviation = (
        np.array(part, np.float32) for part in SCALES[config.output_values or config.values]
    )
    levels = np.rint((values * deviation + mean) * 255)
    return np.asarray(np.clip(levels, 0, 255), dtype=np.uint8)


def picture_shape(config: Tensors) -> tuple[int, int, int]:
    """The shape of one picture as the network takes it."""
    side = config.size
    return (3, side, side) if config.axes == "nchw" else (side, side, 3)


def side_of(shape: tuple[int, ...], config: Tensors) -> int | None:
    """Pixels of a side where an array of this shape is a square picture of three channels."""
    if len(shape) != 3:
        return None
    height, width, channels = (
        (shape[1], shape[2], shape[0]) if config.axes == "nchw" else (*shape[:2], shape[2])
    )
    return height if height == width and channels == 3 else None
