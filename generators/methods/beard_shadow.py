"""The shadow of a beard: darker, bluish, finely dotted."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core.images import Rgb
from ...core.seeds import stream
from ..faces import Face
from .colour import to_lab
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .regions import beard, seen
from .tinting import forge_by_colour
from .window import CLOSE, Window, open_window


class BeardShadowParameters(Parameters):
    """How dark, how dotted; ``seed`` draws the dots."""

    darkness: Annotated[float, Field(gt=0, le=1)]
    stubble: Annotated[float, Field(ge=0, le=1)]
    seed: int


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> BeardShadowParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one beard shadow."""
    return BeardShadowParameters(
        darkness=round(float(rng.uniform(0.35, 0.6)), 3),
        stubble=round(float(rng.uniform(0.15, 0.4)), 3),
        seed=int(rng.integers(2**31)),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: BeardShadowParameters,
) -> Forgery:
    """Darken the lower face."""
    window = open_window(image, face, CLOSE)
    lab = to_lab(window.image)
    alpha = seen(window, beard(window, 0.045 * window.width), 0.03 * window.width)
    depth = parameters.darkness * (1 + parameters.stubble * _stubble(window, parameters.seed))
    light = lab[:, :, 0]
    # Hair takes a share of the light that there is: a shadow stays a shadow.
    lab[:, :, 0] = light * (1 - 0.2 * alpha * depth)
    lab[:, :, 1] *= 1 - 0.14 * alpha * parameters.darkness
    lab[:, :, 2] *= 1 - 0.24 * alpha * parameters.darkness
    return forge_by_colour(image, window, lab)


def _stubble(window: Window, seed: int) -> NDArray[np.float32]:
    """(h, w) noise of unit spread, as fine as hairs or as the photograph can show."""
    noise = stream(seed, "stubble").standard_normal(window.visible.shape, dtype=np.float32)
    grain = np.asarray(cv2.GaussianBlur(noise, (0, 0), max(0.8, 0.004 * window.width)))
    return np.asarray(np.clip(grain / (grain.std() + 1e-6), -2, 2) * 0.5, dtype=np.float32)


BEARD_SHADOW = Generator(
    name="beard-shadow",
    version="2",
    kind="attribute manipulation",
    description="the shadow of a beard on jaw, chin and upper lip",
    parameters=BeardShadowParameters,
    draw=draw,
    apply=apply,
    limits=Limits(share=0.12, seam=1.3, tone=9.0, sharpness=(0.7, 1.9), contrast=(0.7, 1.7)),
)
