"""Make-up: lips, lids and cheeks tinted."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import Field

from ...core.images import Rgb
from ..faces import Face
from .colour import to_lab
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .regions import cheeks, lips, seen, upper_lids
from .tinting import forge_by_colour, tinted
from .window import CLOSE, open_window

Colour = tuple[float, float, float]
Opacity = Annotated[float, Field(ge=0, le=1)]

# CIE Lab of usual products.
LIPSTICKS: Final[tuple[Colour, ...]] = (
    (38, 52, 28), (34, 46, 14), (30, 36, 12), (52, 40, 18), (44, 30, 20), (28, 30, 2), (58, 34, 6),
)  # fmt: skip
SHADOWS: Final[tuple[Colour, ...]] = (
    (38, 8, 14), (30, 4, 6), (42, 14, -10), (40, -4, -16), (46, 14, 18), (28, 2, 0),
)  # fmt: skip


class MakeUpParameters(Parameters):
    """Colours in CIE Lab, opacities in [0, 1]."""

    lipstick: Colour
    lips: Opacity
    shadow: Colour
    lids: Opacity
    blush: Opacity


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> MakeUpParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one make-up."""
    jitter = rng.normal(0, 3, (2, 3))
    lipstick = np.array(LIPSTICKS[rng.integers(len(LIPSTICKS))]) + jitter[0]
    shadow = np.array(SHADOWS[rng.integers(len(SHADOWS))]) + jitter[1]
    return MakeUpParameters(
        lipstick=tuple(round(float(part), 2) for part in lipstick),
        lips=round(float(rng.uniform(0.45, 0.8)), 3),
        shadow=tuple(round(float(part), 2) for part in shadow),
        lids=round(float(rng.uniform(0.3, 0.6)), 3),
        blush=round(float(rng.uniform(0.2, 0.6)), 3),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: MakeUpParameters,
) -> Forgery:
    """Paint the face; in a dark or pale photograph the colours darken or fade with it."""
    window = open_window(image, face, CLOSE)
    lab, size = to_lab(window.image), window.width
    vivid = _vividness(lab, window.visible)
    for alpha, colour, light, opacity in (
        (lips(window, 0.012 * size), parameters.lipstick, 0.5, parameters.lips),
        (upper_lids(window, 0.03 * size), parameters.shadow, 0.45, parameters.lids),
        (cheeks(window), (0.0, 32.0, 16.0), 0.0, 0.45 * parameters.blush),
    ):
        shown = seen(window, np.float32(opacity) * alpha, 0.04 * size)
        wanted = np.array(
            [colour[0] * vivid[0], colour[1] * vivid[1], colour[2] * vivid[1]], np.float32
        )
        lab = tinted(lab, shown, wanted, light=light)
    return forge_by_colour(image, window, lab)


def _vividness(lab: np.ndarray, visible: np.ndarray) -> tuple[float, float]:
    """How light and how colourful the face is against usual skin."""
    if not visible.any():
        return 1.0, 1.0
    light, green_red, blue_yellow = np.median(lab[visible], axis=0)
    chroma = float(np.hypot(green_red, blue_yellow))
    return float(np.clip(light / 62, 0.5, 1.25)), float(np.clip(chroma / 20, 0, 1.2))


MAKE_UP = Generator(
    name="make-up",
    version="1",
    kind="attribute manipulation",
    description="lipstick, eye shadow and blush",
    parameters=MakeUpParameters,
    draw=draw,
    apply=apply,
    limits=Limits(share=0.05, seam=1.35, tone=6.0, sharpness=(0.7, 1.5), contrast=(0.7, 1.7)),
)
