"""Another skin tone, under the same light."""

from __future__ import annotations

import numpy as np

from ...core.images import Rgb
from ..faces import Face
from .colour import to_lab
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .regions import seen, skin
from .tinting import forge_by_colour
from .window import CLOSE, open_window


class SkinToneParameters(Parameters):
    """Steps in CIE Lab, and a factor on the contrast of the skin."""

    lightness: float
    green_red: float
    blue_yellow: float
    contrast: float


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> SkinToneParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one tone: lighter or darker, within what a neck allows."""
    darker = bool(rng.random() < 0.6)
    amount = float(rng.uniform(4, 7))
    return SkinToneParameters(
        lightness=round(-amount if darker else 0.8 * amount, 3),
        green_red=round(float(rng.uniform(-1.0, 2.5)), 3),
        blue_yellow=round(float(rng.uniform(0.5, 4.0) if darker else rng.uniform(-3.5, 0.5)), 3),
        contrast=round(float(rng.uniform(0.95, 1.08)), 3),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: SkinToneParameters,
) -> Forgery:
    """Shift the skin's colour, fading to the face's outline."""
    window = open_window(image, face, CLOSE)
    lab = to_lab(window.image)
    alpha = skin(window, 0.07 * window.width, inset=0.1, lift=0.16)
    alpha = seen(window, alpha, 0.14 * window.width)[:, :, None]
    step = np.array(
        [parameters.lightness, parameters.green_red, parameters.blue_yellow], np.float32
    )
    middle = float(np.median(lab[window.visible, 0])) if window.visible.any() else 50.0
    mean = np.array([middle, 0, 0], np.float32)
    factor = np.array([parameters.contrast, 1, 1], np.float32)
    return forge_by_colour(image, window, lab + alpha * (step + (factor - 1) * (lab - mean)))


SKIN_TONE = Generator(
    name="skin-tone",
    version="1",
    kind="attribute manipulation",
    description="the skin lighter or darker, rosier or browner",
    parameters=SkinToneParameters,
    draw=draw,
    apply=apply,
    limits=Limits(share=0.3, seam=1.25, tone=5.0, sharpness=(0.7, 1.4), contrast=(0.7, 1.5)),
)
