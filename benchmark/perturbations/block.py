"""Block-wise distortion."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from ...core.images import Rgb
from .compression import jpeg
from .geometry import Displacement
from .library import transform
from .operator import (
    Params,
    Perturbation,
    Settings,
    Size,
    as_set,
    draw_seed,
    levels,
    noise_stream,
    size_of,
    size_scale,
)


def _jpeg(image: Rgb, params: Params) -> Rgb:
    return jpeg(image, int(params["quality"]))


def _draw_pixelate(settings: Settings, size: Size, _rng: Generator) -> Params:
    return {"block": settings["block"] * size_scale(size)}


def _pixelate(image: Rgb, params: Params) -> Rgb:
    height, width = size_of(image)
    blocks = [max(1, round(side / params["block"])) for side in (width, height)]
    small = cv2.resize(image, blocks, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(large, dtype=np.uint8)


def _draw_dropout(settings: Settings, size: Size, rng: Generator) -> Params:
    side = min(max(1, round(settings["side"] * size_scale(size))), *size)
    holes = round(settings["share"] * size[0] * size[1] / side**2)
    return {"holes": max(1, holes), "side": side, "seed": draw_seed(rng)}


def _dropout(image: Rgb, params: Params) -> Rgb:
    holes, side = int(params["holes"]), int(params["side"])
    return transform(
        "CoarseDropout",
        image,
        seed=int(params["seed"]),
        num_holes_range=(holes, holes),
        hole_height_range=(side, side),
        hole_width_range=(side, side),
        fill="random_uniform",
    )


def _draw_elastic(settings: Settings, size: Size, rng: Generator) -> Params:
    scale = size_scale(size)
    return {
        "amplitude": settings["amplitude"] * scale,
        "cell": settings["cell"] * scale,
        "seed": draw_seed(rng),
    }


def _elastic_field(size: Size, params: Params) -> Displacement:
    """Random vectors on a grid of cells, cubic in between."""
    height, width = size
    rows, columns = (int(np.ceil(side / params["cell"])) + 2 for side in size)
    vectors = noise_stream(params).uniform(-1, 1, (rows, columns, 2)).astype(np.float32)
    field = cv2.resize(
        vectors * params["amplitude"], (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(field, dtype=np.float32)


ROWS: Final = (
    Perturbation(
        name="jpeg",
        version=1,
        group="block",
        description="JPEG compression of a low quality, chroma halved (4:2:0)",
        source="OpenForensics JpegCompression; ours, as A.ImageCompression takes red for blue",
        severities=levels(quality=(50, 30, 18, 11, 6)),
        draw_params=as_set,
        pixels=_jpeg,
        scales=False,
    ),
    Perturbation(
        name="pixelate",
        version=1,
        group="block",
        description="square blocks of one colour",
        source="OpenForensics Pixelate; ours, as A.Downscale fails on slivers",
        severities=levels(block=(3, 4.2, 6, 8.5, 12)),
        draw_params=_draw_pixelate,
        pixels=_pixelate,
    ),
    Perturbation(
        name="coarse-dropout",
        version=1,
        group="block",
        description="squares of the picture lost to random colours",
        source="OpenForensics CoarseDropout; albumentations CoarseDropout",
        severities=levels(share=(0.03, 0.07, 0.12, 0.19, 0.28), side=(14, 14, 14, 14, 14)),
        draw_params=_draw_dropout,
        pixels=_dropout,
    ),
    Perturbation(
        name="elastic",
        version=1,
        group="block",
        description="the picture bent as rubber; masks, boxes and landmarks bend with it",
        source="OpenForensics ElasticTransformation; ours: A.ElasticTransform takes 90 ms at "
        "half a megapixel and its smoothing does not grow with the size",
        severities=levels(amplitude=(2, 3.5, 5.5, 8, 11.5), cell=(44, 46, 48, 52, 56)),
        draw_params=_draw_elastic,
        field=_elastic_field,
    ),
)
