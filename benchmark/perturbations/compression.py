"""Codecs, pictures shrunk and enlarged again, and what platforms do of both."""

from __future__ import annotations

import io
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image, features

from ...core.errors import MissingDependencyError
from ...core.images import Rgb
from .operator import Params, Perturbation, Settings, Size, as_set, levels, size_of, size_scale

_INTERPOLATIONS: Final = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA)
_WEBP_METHOD: Final = 2  # of 0 to 6; above it an encoder takes twice the time for 5 % of the bytes
_AVIF_SPEED: Final = 10  # the quickest; 8 takes three times as long
_MOST_HOPS: Final = 5


def _decoded(image: Rgb, codec: str, **options: int | str) -> Rgb:
    file = io.BytesIO()
    Image.fromarray(image).save(file, codec, **options)
    return np.array(Image.open(file).convert("RGB"), dtype=np.uint8)


def jpeg(image: Rgb, quality: int) -> Rgb:
    """Out of a JPEG file with its chroma halved (4:2:0)."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(np.asarray(decoded), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def webp(image: Rgb, quality: int, method: int = _WEBP_METHOD) -> Rgb:
    """Out of a lossy WebP file; a method of 0 is quick and 6 thorough."""
    return _decoded(image, "WEBP", quality=quality, method=method)


def _webp(image: Rgb, params: Params) -> Rgb:
    return webp(image, int(params["quality"]))


def _avif(image: Rgb, params: Params) -> Rgb:
    if not features.check("avif"):
        raise MissingDependencyError(
            "this Pillow writes no AVIF", mend="Install it with: pip install 'pillow>=11.3'"
        )
    return _decoded(
        image,
        "AVIF",
        quality=int(params["quality"]),
        speed=_AVIF_SPEED,
        subsampling="4:2:0",
        max_threads=1,
    )


def rescale(image: Rgb, size: Size, interpolation: int) -> Rgb:
    """The picture at another (height, width)."""
    return np.asarray(cv2.resize(image, size[::-1], interpolation=interpolation), dtype=np.uint8)


def shrunk(size: Size, factor: float) -> Size:
    """(height, width) divided by a factor, never nothing."""
    return max(1, round(size[0] / factor)), max(1, round(size[1] / factor))


def _draw_resize(settings: Settings, size: Size, rng: Generator) -> Params:
    return {
        "factor": max(1.03, settings["factor"] * size_scale(size)),
        "down": int(rng.choice(_INTERPOLATIONS)),
        "up": int(rng.choice(_INTERPOLATIONS[:3])),  # area enlarges as nearest does
    }


def _resize(image: Rgb, params: Params) -> Rgb:
    size = size_of(image)
    small = rescale(image, shrunk(size, params["factor"]), int(params["down"]))
    return rescale(small, size, int(params["up"]))


def _draw_chain(settings: Settings, _size: Size, rng: Generator) -> Params:
    """All hops are drawn at every severity, so that a severe chain continues a mild one."""
    params: dict[str, float] = {"hops": int(settings["hops"])}
    for hop, (scale, quality, sharpen, kind) in enumerate(rng.random((_MOST_HOPS, 4)).tolist()):
        if hop < settings["hops"]:
            params[f"scale_{hop}"] = settings["scale"] + 0.15 * scale
            params[f"quality_{hop}"] = round(settings["quality"] + 12 * quality)
            params[f"sharpen_{hop}"] = 0.1 + 0.3 * sharpen
            params[f"webp_{hop}"] = int(kind < 0.35)
    return params


def _chain(image: Rgb, params: Params) -> Rgb:
    """From size to size and back at the end; no platform enlarges what it was given."""
    size, scale = size_of(image), 1.0
    for hop in range(int(params["hops"])):
        scale = min(scale, params[f"scale_{hop}"])
        small = rescale(image, shrunk(size, 1 / scale), cv2.INTER_AREA)
        crisp = sharpened(small, params[f"sharpen_{hop}"])
        quality = int(params[f"quality_{hop}"])
        image = webp(crisp, quality, method=0) if params[f"webp_{hop}"] else jpeg(crisp, quality)
    return rescale(image, size, cv2.INTER_LINEAR)


def sharpened(image: Rgb, amount: float) -> Rgb:
    """The unsharp mask of 3x3 pixels that follows a reduction."""
    soft = cv2.GaussianBlur(image, (3, 3), 0)
    return np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), dtype=np.uint8)


ROWS: Final = (
    Perturbation(
        name="webp",
        version=1,
        group="block",
        description="WebP compression of a low quality",
        source="beside OpenForensics JpegCompression, today's codec of the web; ours on Pillow, "
        "as A.ImageCompression takes red for blue and twice the time",
        severities=levels(quality=(50, 25, 11, 4, 0)),
        draw_params=as_set,
        pixels=_webp,
        scales=False,
    ),
    Perturbation(
        name="avif",
        version=1,
        group="block",
        description="AVIF compression of a low quality, chroma halved (4:2:0)",
        source="beside OpenForensics JpegCompression, today's codec of phones and the web; ours "
        "on Pillow (11.3 or newer), as albumentations has none",
        severities=levels(quality=(50, 34, 20, 10, 0)),
        draw_params=as_set,
        pixels=_avif,
        scales=False,
    ),
    Perturbation(
        name="resize",
        version=1,
        group="block",
        description="shrunk and enlarged again; down and up are OpenCV's interpolations",
        source="what tools do between file and detector; ours, as A.Downscale fails on slivers",
        severities=levels(factor=(3, 4.2, 6, 8.5, 12)),
        draw_params=_draw_resize,
        pixels=_resize,
    ),
    Perturbation(
        name="platform-chain",
        version=1,
        group="everyday",
        description="shared and shared again: each hop shrinks, sharpens, and writes JPEG or WebP",
        source="what social networks and messengers do to a picture; ours, as albumentations "
        "has no chain of sizes and codecs",
        severities=levels(
            hops=(1, 2, 3, 4, 5),
            scale=(0.8, 0.68, 0.57, 0.46, 0.36),
            quality=(62, 48, 36, 25, 15),
        ),
        draw_params=_draw_chain,
        pixels=_chain,
        scales=False,
    ),
)
