"""Another expression: a smile, a frown, surprise, closed eyes, without any second face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import Field

from ...core.images import Rgb
from ..faces import Face
from .expressions import closed_lids, closed_lips, frame, mouth_gap, movement
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .mouth_inside import painted
from .moving import forge_by_landmarks

Name = Literal["smile", "grin", "frown", "sulk", "surprise", "disgust", "shut eyes", "wink"]

_UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "smile": {"smile": 1.0},
    "grin": {"smile": 0.9, "lips apart": 0.9},
    "frown": {"brows down": 1.0, "corners down": 0.5},
    "sulk": {"corners down": 1.0, "brows down": 0.3},
    "surprise": {"brows up": 0.9, "eyes wide": 1.0, "jaw down": 0.7},
    "disgust": {"upper lip up": 0.7, "brows down": 0.8},
    "shut eyes": {},
    "wink": {"smile": 0.4},
}
_NEEDS_CLOSED_LIPS: Final = frozenset({"grin", "surprise"})
OPEN_MOUTH: Final = 0.06  # gap between the lips, in eye distances


class ExpressionParameters(Parameters):
    """Which expression and how strong.

    Args:
        strength: factor on the expression's action units.
        lids: share of the open eye that the upper lid comes down by.
        eyes: which eyes that is, the picture's left one first.
        lips: share of the gap between the lips that is closed first.
        teeth: how much of the upper teeth shows where lips part.
    """

    name: Name
    strength: Annotated[float, Field(gt=0, le=1.5)]
    lids: Annotated[float, Field(ge=0, le=1)]
    eyes: tuple[bool, bool]
    lips: Annotated[float, Field(ge=0, le=1)]
    teeth: Annotated[float, Field(ge=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> ExpressionParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one expression, one that the face has not yet."""
    opened = mouth_gap(face.landmarks) > OPEN_MOUTH
    names = [name for name in _UNITS if not (opened and name in _NEEDS_CLOSED_LIPS)]
    name = str(rng.choice(names))
    left = bool(rng.random() < 0.5)
    return ExpressionParameters(
        name=name,
        strength=round(float(rng.uniform(0.7, 1.1)), 4),
        lids={"shut eyes": 1.0, "wink": 1.0}.get(name, 0.0),
        eyes=(left, not left) if name == "wink" else (True, True),
        lips=1.0 if opened and name in ("sulk", "frown") else 0.0,
        teeth=round(float(rng.uniform(0.5, 0.9)), 4),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: ExpressionParameters,
) -> Forgery:
    """Give the face another expression."""
    shifts = parameters.strength * movement(_UNITS[parameters.name]) @ frame(face)
    if parameters.lids:
        shifts = shifts + closed_lids(face, parameters.lids, parameters.eyes)
    if parameters.lips:
        shifts = shifts + closed_lips(face, parameters.lips)
    return forge_by_landmarks(image, face, shifts, painted(parameters.teeth))


EXPRESSION = Generator(
    name="expression",
    version="2",
    kind="facial reenactment",
    description="the face's own points moved to a smile, a frown, surprise or closed eyes",
    parameters=ExpressionParameters,
    draw=draw,
    apply=apply,
    claims=frozenset({"expression"}),
    limits=Limits(share=0.04, seam=1.3, sharpness=(0.6, 1.6), contrast=(0.7, 1.6)),
)
