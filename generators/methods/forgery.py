"""What a forgery method is given and what it returns: the row type of ``GENERATORS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..faces import Face


class Parameters(BaseModel):
    """Base of every method's parameters: drawn first, then applied, then written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, eq=False, slots=True)
class Donor:
    """A face of another photograph, with its pixels."""

    image: Rgb
    face: Face


@dataclass(frozen=True, eq=False, slots=True)
class Forgery:
    """A picture with one face forged.

    Args:
        image: (H, W, 3) RGB uint8; equals the input outside ``manipulation``.
        manipulation: (H, W) bool, the pixels that changed.
        mesh: (M, 3) of the face after the forgery, or None where it has not moved.
    """

    image: Rgb
    manipulation: BoolMask
    mesh: np.ndarray[Any, np.dtype[np.float64]] | None = None


@dataclass(frozen=True, slots=True)
class Generator:
    """One forgery method.

    Args:
        name: key in ``GENERATORS``.
        version: changes when the same parameters give other pixels.
        kind: the kind of manipulation (face swap, blending, …).
        description: one line.
        needs_donor: whether ``apply`` must be given a donor.
        parameters: the model of its parameters.
        draw: parameters from a random stream, for a target face and its donor.
        apply: (image, target face, donor or None, parameters) → forgery; pure.
    """

    name: str
    version: str
    kind: str
    description: str
    needs_donor: bool
    parameters: type[Parameters]
    draw: Callable[[np.random.Generator, Face, Donor | None], Parameters]
    apply: Callable[[Rgb, Face, Donor | None, Any], Forgery]
