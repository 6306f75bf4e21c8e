"""Face swap for turned heads: the donor's features, its hidden side taken from the other.

The mesh's depth tells how squarely each part of the donor's face looks at the camera; what
it hides is completed by the mirrored side, as in 3D-aware swaps (Nirkin et al., "On face
segmentation, face swapping, and face perception", FG 2018, fit a 3D model for the same end).
"""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import Field

from ...core.images import Rgb
from ..donors import Fit
from ..faces import Face
from .appearance import mix, whole_face
from .forgery import Donors, Forgery, Generator, Limits, Parameters, only

TURNED: Final = Fit(
    "turned",
    {
        "yaw": (50.0, 0.6),
        "pitch": (22.0, 0.8),
        "mouth_open": (0.15, 1.0),
        "eyes_open": (0.06, 0.5),
        "lightness": (24.0, 1.0),
        "hue": (15.0, 1.0),
        "chin": (9.0, 1.2),
        "upper_lip": (8.0, 1.2),
        "veil": (18.0, 0.4),
    },
    scale=0.7,
    blur=1.6,
)


class SwapTurnedParameters(Parameters):
    """How one swap is blended, and how much of the donor's shape is taken."""

    inset: Annotated[float, Field(ge=0, le=0.3)]
    shape: Annotated[float, Field(ge=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> SwapTurnedParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one swap."""
    return SwapTurnedParameters(
        inset=round(float(rng.uniform(0.04, 0.1)), 4),
        shape=round(float(rng.uniform(0.6, 1.0)), 4),
    )


def apply(image: Rgb, face: Face, donors: Donors, parameters: SwapTurnedParameters) -> Forgery:
    """Put the donor's features on the target's face.

    Raises:
        DataError: there is no donor, or its mesh has another layout.
    """
    only(donors, face)
    alpha = whole_face(parameters.inset)
    return mix(image, face, donors, np.ones(1), alpha=alpha, shape=parameters.shape, turned=True)


SWAP_TURNED = Generator(
    name="swap-turned",
    version="1",
    kind="face swap",
    description="a donor's features on a head that is turned otherwise, the hidden side mirrored",
    parameters=SwapTurnedParameters,
    draw=draw,
    apply=apply,
    donors=1,
    fit=TURNED,
    claims=frozenset({"identity"}),
    limits=Limits(contrast=(0.75, 1.5)),
)
