"""Face swap: a donor's face on the target's mesh, under the target's light."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import Field

from ...annotations.landmarks import outer_eye_distance
from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ...core.seeds import stream
from ..faces import Face
from .blend import poisson, two_band
from .colour import LIGHT_SCALE, match_detail, match_light, to_lab, to_rgb
from .forgery import Donor, Donors, Forgery, Generator, Parameters, only
from .soft_mask import face_outline, soft_mask
from .warp import shrink_to_scale, warp
from .window import CLOSE, Window, open_window

MAX_YAW: Final = 32.0  # degrees
SEEN: Final = 0.5  # opacity from which the patch's detail is what one sees


class SwapParameters(Parameters):
    """How one swap is blended. Lengths are shares of the face's width."""

    inset: Annotated[float, Field(ge=0, le=0.5)]
    lift: Annotated[float, Field(ge=0, le=0.5)]
    feather: Annotated[float, Field(ge=0.01, le=0.5)]
    light: Annotated[float, Field(ge=0, le=1)]
    noise: int


def suits(face: Face) -> bool:
    """Whether enough of the face is seen for a donor's to be warped onto it."""
    return abs(face.pose[0]) <= MAX_YAW


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> SwapParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one swap."""
    return SwapParameters(
        inset=round(float(rng.uniform(0.03, 0.09)), 4),
        lift=round(float(rng.uniform(0.04, 0.14)), 4),
        feather=round(float(rng.uniform(0.10, 0.18)), 4),
        light=round(float(rng.uniform(0.9, 1.0)), 4),
        noise=int(rng.integers(2**31)),
    )


def apply(image: Rgb, face: Face, donors: Donors, parameters: SwapParameters) -> Forgery:
    """Put the donor's face on the target's.

    Raises:
        DataError: there is no donor, or its mesh has another layout.
    """
    donor = only(donors, face)
    window = open_window(image, face, CLOSE)
    patch, inside = _warped(window, face, donor)
    outline = face_outline(window.landmarks, parameters.inset, parameters.lift)
    alpha = soft_mask(outline, inside & window.visible, parameters.feather * window.width)
    matched = _matched(window, patch, inside, alpha > SEEN, parameters)
    cloned = poisson(matched, window.image, alpha > 0)
    crop, changed = two_band(cloned, window.image, alpha)
    result, manipulation = window.paste(image, crop, changed)
    return Forgery(result, manipulation)


def _warped(window: Window, face: Face, donor: Donor) -> tuple[Rgb, BoolMask]:
    scale = outer_eye_distance(face.landmarks) / outer_eye_distance(donor.face.landmarks)
    source, mesh = shrink_to_scale(donor.image, donor.face.mesh, scale)
    size = (window.image.shape[0], window.image.shape[1])
    return warp(source, mesh, window.mesh, window.triangles, size)


def _matched(
    window: Window,
    patch: Rgb,
    inside: BoolMask,
    seen: BoolMask,
    parameters: SwapParameters,
) -> Rgb:
    """The patch in the place's light, and with its detail where the patch will be seen."""
    place = to_lab(window.image)
    both = inside & window.visible
    sigma = LIGHT_SCALE * window.width
    lit = match_light(to_lab(patch), place, both, sigma, parameters.light)
    noise = stream(parameters.noise, "grain").standard_normal(both.shape, dtype=np.float32)
    return to_rgb(match_detail(lit, place, seen if seen.any() else both, noise))


SWAP = Generator(
    name="swap",
    version="3",
    kind="face swap",
    description="a donor's face warped to the target's mesh, lit and grained like it",
    donors=1,
    suits=suits,
    claims=frozenset({"identity"}),
    parameters=SwapParameters,
    draw=draw,
    apply=apply,
)
