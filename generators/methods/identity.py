"""A new identity that belongs to nobody, sampled from an appearance model of the donors.

The model is that of Cootes, Edwards and Taylor (ECCV 1998): texture in the shape-free frame
and shape, both normally distributed around their mean. It is fitted to the donors drawn for
this face alone, so that provenance names everybody who had a part in it: a sample of a normal
distribution with the donors' mean and covariance is a weighted sum of the donors.
"""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import Field

from ...core.errors import DataError
from ...core.images import Rgb
from ...core.seeds import stream
from ..donors import Fit
from ..faces import Face
from .appearance import mix, whole_face
from .forgery import Donors, Forgery, Generator, Limits, Parameters

MODELLED: Final = 6  # donors that a model is fitted to
LEAST: Final = 3  # fewer do not span a model

# Shape and pose are levelled and light is left out: donors may differ in both.
MODEL: Final = Fit(
    "model",
    {
        "yaw": (28.0, 1.0),
        "pitch": (20.0, 0.8),
        "mouth_open": (0.2, 1.0),
        "eyes_open": (0.08, 0.5),
        "lightness": (30.0, 1.0),
        "hue": (24.0, 0.8),
        "chin": (16.0, 1.0),
        "upper_lip": (16.0, 1.0),
        "veil": (20.0, 0.4),
    },
    scale=0.4,
    blur=2.5,
)


class IdentityParameters(Parameters):
    """A sample of the model.

    Args:
        spread: standard deviations that the sample lies from the mean, on average.
        seed: draws the sample.
        inset: of the blend's outline from the jaw.
        shape: how much of the sampled shape is taken.
    """

    spread: Annotated[float, Field(ge=0, le=1.5)]
    seed: int
    inset: Annotated[float, Field(ge=0, le=0.3)]
    shape: Annotated[float, Field(ge=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> IdentityParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one new identity."""
    return IdentityParameters(
        spread=round(float(rng.uniform(0.55, 0.85)), 4),
        seed=int(rng.integers(2**31)),
        inset=round(float(rng.uniform(0.04, 0.1)), 4),
        shape=round(float(rng.uniform(0.6, 1.0)), 4),
    )


def sample(count: int, spread: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(count,) weights of the donors that make one sample of their normal distribution."""
    normal = stream(seed, "identity").standard_normal(count) * spread / np.sqrt(count - 1)
    return np.asarray(1 / count + normal - normal.mean(), dtype=np.float64)


def apply(image: Rgb, face: Face, donors: Donors, parameters: IdentityParameters) -> Forgery:
    """Give the face a sampled identity.

    Raises:
        DataError: there are fewer than three donors, or one has a mesh of another layout.
    """
    if len(donors) < LEAST:
        raise DataError("the model needs more donors", got=len(donors), expected=LEAST)
    weights = sample(len(donors), parameters.spread, parameters.seed)
    return mix(
        image, face, donors, weights, alpha=whole_face(parameters.inset), shape=parameters.shape
    )


IDENTITY = Generator(
    name="identity",
    version="1",
    kind="entire face synthesis",
    description="a new identity, sampled from an appearance model of several donors",
    parameters=IdentityParameters,
    draw=draw,
    apply=apply,
    donors=MODELLED,
    least=LEAST,
    fit=MODEL,
    claims=frozenset({"identity"}),
    limits=Limits(contrast=(0.75, 1.5)),
)
