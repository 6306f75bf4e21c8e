"""A network's crop back in the photograph, and what every learned method writes down."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ...annotations.landmarks import Points
from ...annotations.masks import BoolMask
from ...core.errors import DataError
from ...core.images import Rgb
from ...core.seeds import stream
from ..faces import Face
from ..methods.blend import poisson, two_band
from ..methods.colour import LIGHT_SCALE, match_detail, match_light, to_lab, to_rgb
from ..methods.forgery import Forgery, Parameters
from ..methods.moving import changed_pixels
from ..methods.soft_mask import Alpha, face_outline, soft_mask
from ..methods.window import CLOSE, Window, open_window
from .config import Crop, Placing, Span
from .templates import Affine, put_back, resized, scale_of, to_crop


class LearnedParameters(Parameters):
    """What all learned methods draw. Lengths are shares of the face's width.

    Args:
        networks: SHA-256 of each network that had a part in it.
        inset, lift: of the outline from the jaw and over the brows.
        light: share of the photograph's light that the network's picture takes.
        strength: opacity.
        seed: of the grain, and of what the network itself draws.
    """

    networks: dict[str, str]
    inset: Annotated[float, Field(ge=0, le=0.5)]
    lift: Annotated[float, Field(ge=0, le=0.5)]
    feather: Annotated[float, Field(ge=0.01, le=0.5)]
    light: Annotated[float, Field(ge=0, le=1)]
    strength: Annotated[float, Field(ge=0, le=1)]
    seed: int


def drawn(rng: np.random.Generator, config: Placing) -> dict[str, float | int]:
    """The fields that all learned methods draw."""
    return {
        "inset": _between(rng, (0.03, 0.09)),
        "lift": _between(rng, (0.04, 0.14)),
        "feather": _between(rng, (0.10, 0.18)),
        "light": _between(rng, config.light),
        "strength": _between(rng, config.strength),
        "seed": int(rng.integers(2**31)),
    }


def _between(rng: np.random.Generator, span: Span) -> float:
    return round(float(rng.uniform(*span)), 4)


def alignment(face: Face, config: Crop) -> Affine:
    """The (2, 3) way from the face's picture to its aligned crop."""
    return to_crop(face.landmarks, config.template, config.size, config.margin)


def enlarged(face: Face, config: Crop, side: int) -> float:
    """How much a network's picture of ``side`` pixels is enlarged for a face."""
    return 1 / scale_of(resized(alignment(face, config), config.size, side))


def shown_in(window: Window, crop: Rgb, face: Face, config: Crop) -> tuple[Rgb, BoolMask]:
    """A network's (T, T, 3) picture where it belongs in a window, and where it shows it."""
    back, inside = put_back(crop, _way(face, config, len(crop)), _corner(window), _size(window))
    return np.clip(np.rint(back), 0, 255).astype(np.uint8), inside


def _way(face: Face, config: Crop, side: int) -> Affine:
    return resized(alignment(face, config), config.size, side)


def _corner(window: Window) -> tuple[int, int]:
    return window.top, window.left


def _size(window: Window) -> tuple[int, int]:
    return window.image.shape[0], window.image.shape[1]


def place_crop(
    image: Rgb, face: Face, crop: Rgb, config: Crop, drawn: LearnedParameters
) -> Forgery:
    """A network's aligned (T, T, 3) picture in the place of the face."""
    window = open_window(image, face, CLOSE)
    patch, inside = shown_in(window, crop, face, config)
    alpha = opacity(window, outline_of(window.landmarks, drawn), inside & window.visible, drawn)
    return blended(image, window, patch, alpha, drawn)


def place_change(
    image: Rgb, face: Face, before: Rgb, after: Rgb, config: Crop, drawn: LearnedParameters
) -> Forgery:
    """What a network changed from one (T, T, 3) crop to the other, added to the photograph."""
    window = open_window(image, face, CLOSE)
    step = after.astype(np.float32) - before.astype(np.float32)
    back, inside = put_back(step, _way(face, config, len(after)), _corner(window), _size(window))
    alpha = opacity(window, outline_of(window.landmarks, drawn), inside & window.visible, drawn)
    wanted = np.clip(np.rint(window.image + back), 0, 255).astype(np.uint8)
    return _pasted(image, window, wanted, alpha)


def outline_of(landmarks: Points, drawn: LearnedParameters) -> Points:
    """(N, 2) the closed line inside which a face may change."""
    return face_outline(landmarks, drawn.inset, drawn.lift)


def opacity(window: Window, outline: Points, free: BoolMask, drawn: LearnedParameters) -> Alpha:
    """(h, w) how much of the network's picture is seen.

    Raises:
        DataError: none of it is.
    """
    alpha = soft_mask(outline, free, drawn.feather * window.width)
    if not alpha.any():
        raise DataError("the network's crop shows nothing of the face")
    return np.asarray(alpha * np.float32(drawn.strength), dtype=np.float32)


def blended(
    image: Rgb, window: Window, patch: Rgb, alpha: Alpha, drawn: LearnedParameters
) -> Forgery:
    """A (h, w, 3) patch under the photograph's light, with its grain, and without a seam."""
    there = alpha > 0
    place = to_lab(window.image)
    lit = match_light(to_lab(patch), place, there, LIGHT_SCALE * window.width, drawn.light)
    noise = stream(drawn.seed, "grain").standard_normal(there.shape, dtype=np.float32)
    # Detail is matched where it will be seen, not where it fades.
    matched = to_rgb(match_detail(lit, place, alpha > 0.5 * alpha.max(), noise))
    return _pasted(image, window, poisson(matched, window.image, there), alpha)


def _pasted(image: Rgb, window: Window, patch: Rgb, alpha: Alpha) -> Forgery:
    crop, within = two_band(patch, window.image, alpha)
    # What a network left as it was is no manipulation.
    changed = within & changed_pixels(window.image, crop)
    result, manipulation = window.paste(image, crop, changed)
    return Forgery(result, manipulation)
