"""Swap of a part of the face: a donor's eyes, nose or mouth."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...annotations.landmarks import BROWS, MOUTH
from ...core.images import Rgb
from ..donors import Fit
from ..faces import Face
from .appearance import mix
from .forgery import Donors, Forgery, Generator, Limits, Parameters, only
from .regions import polygon, seen
from .soft_mask import Alpha
from .window import Window

Part = Literal["eyes", "nose", "mouth"]

LENDER: Final = Fit(
    "lender",
    {
        "yaw": (16.0, 1.0),
        "pitch": (16.0, 0.8),
        "mouth_open": (0.1, 1.0),
        "eyes_open": (0.08, 0.5),
        "lightness": (24.0, 1.0),
        "hue": (15.0, 1.0),
        "chin": (9.0, 1.0),
        "upper_lip": (8.0, 1.2),
        "veil": (18.0, 0.4),
    },
    scale=0.7,
    blur=1.6,
)


class SwapPartParameters(Parameters):
    """Which part, and how far beyond its outline the blend begins, share of its size."""

    part: Part
    grow: Annotated[float, Field(ge=0, le=0.6)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> SwapPartParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one part."""
    part = str(rng.choice(["eyes", "eyes", "mouth", "mouth", "nose"]))
    return SwapPartParameters(part=part, grow=round(float(rng.uniform(0.15, 0.35)), 4))


def apply(image: Rgb, face: Face, donors: Donors, parameters: SwapPartParameters) -> Forgery:
    """Put the donor's part in the target's face.

    Raises:
        DataError: there is no donor, or its mesh has another layout.
    """
    only(donors, face)

    def alpha(window: Window) -> Alpha:
        return _part(window, parameters)

    return mix(image, face, donors, np.ones(1), alpha=alpha, shape=0.0)


def _part(window: Window, parameters: SwapPartParameters) -> Alpha:
    points = window.landmarks
    inside = {
        "eyes": np.concatenate([points[BROWS], points[36:48]]),
        "nose": points[27:36],
        "mouth": np.concatenate([points[MOUTH], points[31:36]]),
    }[parameters.part]
    outline = _hull(inside, parameters.grow)
    whole = polygon(window, outline, 0.04 * window.width)
    mouth = polygon(window, points[60:68], 0.01 * window.width)
    return seen(window, np.asarray(whole * (1 - mouth), dtype=np.float32), 0.06 * window.width)


def _hull(points: NDArray[np.float64], grow: float) -> NDArray[np.float64]:
    hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    middle = hull.mean(axis=0)
    return np.asarray(middle + (1 + grow) * (hull - middle), dtype=np.float64)


SWAP_PART = Generator(
    name="swap-part",
    version="1",
    kind="face swap",
    description="a donor's eyes, nose or mouth in the target's face",
    parameters=SwapPartParameters,
    draw=draw,
    apply=apply,
    donors=1,
    fit=LENDER,
    limits=Limits(share=0.04, change=1.5, contrast=(0.7, 1.6)),
)
