"""Training augmentation that leaves the traces of a forgery where they are.

A mirror, a gain, an offset and a milder copy of the camera's own JPEG: nothing resamples
the pixels, since a network that tells forgeries by their noise must see it as it is.
Scale is varied where the network shrinks the picture to find faces.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator

from ..annotations import masks as mask_tools
from ..annotations.instances import Instances
from ..core.images import Rgb, decode_image, encode_jpeg

_MIRROR = 0.5  # share of pictures
_JPEG = 0.1  # share of pictures
_QUALITY = (80, 96)
_GAIN = 0.15  # 1 ± of each picture's contrast
_OFFSET = 12.0  # ± in 255ths of each picture's brightness


def augment(image: Rgb, truth: Instances, rng: Generator) -> tuple[Rgb, Instances]:
    """A varied copy of one picture and its faces; the size stays."""
    if rng.random() < _MIRROR:
        image, truth = mirror(image, truth)
    image = vary_tone(image, rng)
    if rng.random() < _JPEG:
        quality = int(rng.integers(*_QUALITY))
        image = decode_image(encode_jpeg(image, quality), where="augmentation")
    return image, truth


def mirror(image: Rgb, truth: Instances) -> tuple[Rgb, Instances]:
    """Left and right exchanged; extra columns are dropped, as they may hold geometry."""
    width = truth.size[1]
    boxes = truth.boxes.copy()
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    masks = tuple(mask_tools.encode(mask_tools.decode(rle)[:, ::-1]) for rle in truth.masks)
    mirrored: Rgb = cv2.flip(image, 1)  # type: ignore[assignment]
    return mirrored, replace(truth, boxes=boxes, masks=masks, extra={})


def vary_tone(image: Rgb, rng: Generator) -> Rgb:
    """Contrast and brightness, one gain and one offset for the whole picture."""
    gain = 1 + _GAIN * rng.uniform(-1, 1)
    offset = _OFFSET * rng.uniform(-1, 1)
    levels = np.clip((np.arange(256) - 128) * gain + 128 + offset, 0, 255)
    varied: Rgb = cv2.LUT(image, levels.round().astype(np.uint8))  # type: ignore[assignment]
    return varied
