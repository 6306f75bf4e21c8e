"""Make-up: lips, lids and cheeks tinted."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core.images import Rgb
from ..faces import Face
from .colour import Lab, to_lab
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .regions import beard, cheeks, lips, seen, upper_lids
from .soft_mask import Alpha
from .tinting import forge_by_colour, tinted
from .window import CLOSE, Window, open_window

Colour = tuple[float, float, float]
Triple = NDArray[np.float32]
Opacity = Annotated[float, Field(ge=0, le=1)]

# CIE Lab of usual products.
LIPSTICKS: Final[tuple[Colour, ...]] = (
    (38, 52, 28), (34, 46, 14), (30, 36, 12), (52, 40, 18), (44, 30, 20), (28, 30, 2), (58, 34, 6),
)  # fmt: skip
SHADOWS: Final[tuple[Colour, ...]] = (
    (38, 8, 14), (30, 4, 6), (42, 14, -10), (40, -4, -16), (46, 14, 18), (28, 2, 0),
)  # fmt: skip


BLUSH: Final[Colour] = (0, 32, 16)
REACH: Final = (1.35, 8.0)  # of the lips' own chroma: factor, and Lab units on top
BEARD: Final = (5.0, 14.0)  # Lab units darker than the cheeks: a shadow, a beard


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
        lips=round(float(rng.uniform(0.4, 0.75)), 3),
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
    """Paint the face; in a dark or pale photograph the colours darken or fade with it.

    Lips keep within reach of their own colour, the more so between beard and moustache: red
    ones there would be the first thing that one sees.
    """
    window = open_window(image, face, CLOSE)
    lab, size = to_lab(window.image), window.width
    vivid = _vividness(lab, window.visible)
    mouth, bare = lips(window, 0.012 * size), _shavenness(lab, window)
    lipstick = _within_reach(_faded(parameters.lipstick, vivid), lab, mouth)
    for alpha, wanted, light, opacity in (
        (mouth, lipstick, 0.5, bare * parameters.lips),
        (upper_lids(window, 0.03 * size), _faded(parameters.shadow, vivid), 0.45, parameters.lids),
        (cheeks(window), _faded(BLUSH, vivid), 0.0, 0.45 * parameters.blush),
    ):
        shown = seen(window, np.float32(opacity) * alpha, 0.04 * size)
        lab = tinted(lab, shown, wanted, light=light)
    return forge_by_colour(image, window, lab)


def _faded(colour: Colour, vivid: tuple[float, float]) -> Triple:
    light, chroma = vivid
    return np.array([colour[0] * light, colour[1] * chroma, colour[2] * chroma], np.float32)


def _within_reach(colour: Triple, lab: Lab, mouth: Alpha) -> Triple:
    """A colour no more vivid than a usual lipstick makes lips of this colour."""
    own = float(np.hypot(*_mean(lab, mouth)[1:]))
    chroma = float(np.hypot(*colour[1:]))
    share = min(1.0, (REACH[0] * own + REACH[1]) / max(chroma, 1e-6))
    return colour * np.array([1.0, share, share], np.float32)


def _shavenness(lab: Lab, window: Window) -> float:
    """1 without a beard, down to 0.2: how little darker the beard's area is than the cheeks."""
    area = beard(window, 0.03 * window.width) * window.visible
    darker = _mean(lab, cheeks(window) * window.visible)[0] - _mean(lab, area)[0]
    return float(np.clip(1 - (darker - BEARD[0]) / (BEARD[1] - BEARD[0]), 0.2, 1))


def _mean(lab: Lab, alpha: Alpha) -> Triple:
    total = alpha.ravel() @ lab.reshape(-1, 3)
    return np.asarray(total / max(1e-6, float(alpha.sum())), dtype=np.float32)


def _vividness(lab: np.ndarray, visible: np.ndarray) -> tuple[float, float]:
    """How light and how colourful the face is against usual skin."""
    if not visible.any():
        return 1.0, 1.0
    light, green_red, blue_yellow = np.median(lab[visible], axis=0)
    chroma = float(np.hypot(green_red, blue_yellow))
    return float(np.clip(light / 62, 0.5, 1.25)), float(np.clip(chroma / 20, 0, 1.2))


MAKE_UP = Generator(
    name="make-up",
    version="2",
    kind="attribute manipulation",
    description="lipstick, eye shadow and blush",
    parameters=MakeUpParameters,
    draw=draw,
    apply=apply,
    limits=Limits(share=0.05, seam=1.35, tone=6.0, sharpness=(0.7, 1.5), contrast=(0.7, 1.7)),
)
