"""A morph: the face between several donors, belonging to none of them."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import Field

from ...core.errors import DataError
from ...core.images import Rgb
from ..donors import Fit
from ..faces import Face
from .appearance import mix, whole_face
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .identity import MODEL

MORPHED: Final = 3
PARENTS: Final = Fit(
    "parents",
    {**MODEL.limits, "yaw": (22.0, 1.0), "chin": (12.0, 1.0), "upper_lip": (10.0, 1.0)},
    scale=0.6,
    blur=1.8,
)
Share = Annotated[float, Field(ge=0, le=1)]


class MorphParameters(Parameters):
    """How much each donor gives, in shares that add up to 1, and how it is blended."""

    shares: tuple[Share, ...]
    inset: Annotated[float, Field(ge=0, le=0.3)]
    shape: Share


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> MorphParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one morph; no donor gives almost all or almost nothing."""
    shares = 0.15 + 0.55 * rng.dirichlet(np.full(MORPHED, 2.0))
    return MorphParameters(
        shares=tuple(round(float(share), 4) for share in shares / shares.sum()),
        inset=round(float(rng.uniform(0.04, 0.1)), 4),
        shape=round(float(rng.uniform(0.6, 1.0)), 4),
    )


def apply(image: Rgb, face: Face, donors: Donors, parameters: MorphParameters) -> Forgery:
    """Put the morph in the face's place.

    Raises:
        DataError: there are not as many donors as shares, or one has another layout.
    """
    if len(donors) != len(parameters.shares):
        raise DataError("a morph needs a donor for each share")
    weights = np.array(parameters.shares)
    weights = weights / weights.sum()
    return mix(
        image, face, donors, weights, alpha=whole_face(parameters.inset), shape=parameters.shape
    )


MORPH = Generator(
    name="morph",
    version="1",
    kind="entire face synthesis",
    description="the face between three donors",
    parameters=MorphParameters,
    draw=draw,
    apply=apply,
    donors=MORPHED,
    fit=PARENTS,
    claims=frozenset({"identity"}),
    limits=Limits(contrast=(0.72, 1.5)),
)
