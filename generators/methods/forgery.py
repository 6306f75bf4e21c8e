"""What a forgery method is given and what it returns: the row type of ``GENERATORS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from ...annotations.landmarks import Points
from ...annotations.masks import BoolMask
from ...core.errors import DataError
from ...core.images import Rgb
from ..donors import TWIN, Fit
from ..faces import Face
from ..layouts import LAYOUTS

Mesh = np.ndarray[Any, np.dtype[np.float64]]
Donors = tuple["Donor", ...]
Kind = Literal[
    "entire face synthesis",
    "attribute manipulation",
    "facial reenactment",
    "speaking manipulation",
    "face swap",
    "blending",
]
Claim = Literal["identity", "expression"]


class RefusedError(DataError):
    """The method can never forge this face, whatever donors and parameters are drawn."""


class Parameters(BaseModel):
    """Base of every method's parameters: drawn first, then applied, then written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, eq=False, slots=True)
class Donor:
    """A face of another photograph, with its pixels."""

    image: Rgb
    face: Face


def only(donors: Donors, face: Face) -> Donor:
    """The one donor of a method that takes one.

    Raises:
        DataError: there is none, or its mesh has another layout than the target's.
    """
    if len(donors) != 1 or donors[0].face.layout != face.layout:
        raise DataError("the method needs one donor whose mesh has the target's layout")
    return donors[0]


@dataclass(frozen=True, eq=False, slots=True)
class Forgery:
    """A picture with one face forged.

    Args:
        image: (H, W, 3) RGB uint8; equals the input outside ``manipulation``.
        manipulation: (H, W) bool, the pixels that changed.
        mesh: (M, 3) of the face after the forgery, or None where it has not moved.
        region: (H, W) bool, the visible face after the forgery, or None where its
            outline has not moved.
    """

    image: Rgb
    manipulation: BoolMask
    mesh: Mesh | None = None
    region: BoolMask | None = None

    def landmarks(self, face: Face) -> Points:
        """(68, 2) of the forged face, as the forgery means them to be."""
        return face.landmarks if self.mesh is None else LAYOUTS[face.layout].landmarks(self.mesh)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the quality gates demand of a method's forgeries.

    Args:
        share: of the visible face, at least, that changes.
        change: mean of the changed pixels, ΔE, at least.
        seam: edge strength along the seam against the photograph's own, at most.
        tone: ΔE that the mean colour just inside the seam may move by.
        sharpness: detail finer than a pixel against the photograph's own, from, to.
        contrast: the same for what is finer than a tenth of the face.
        shift: of the landmarks, as the mesh network sees them, from where the method
            means them to be: mean, share of the eye distance, at most.
        identity: one minus the correlation of the face's features before and after,
            at least; only for methods that claim another identity.
        expression: mean shift of brows, eyes and mouth, share of the eye distance, at
            least; only for methods that claim another expression.
        oddness: of the face's oddest part against that before, at most; only for methods
            that claim another identity.
    """

    share: float = 0.25
    change: float = 1.2
    seam: float = 1.25
    tone: float = 4.5
    sharpness: tuple[float, float] = (0.6, 1.6)
    contrast: tuple[float, float] = (0.78, 1.5)
    shift: float = 0.07
    identity: float = 0.12
    expression: float = 0.015
    oddness: float = 1.15


def any_face(face: Face) -> bool:  # noqa: ARG001 - the signature of every ``suits``
    """What suits a method that forges every face."""
    return True


@dataclass(frozen=True, slots=True)
class Generator:
    """One forgery method.

    Args:
        name: key in ``GENERATORS``.
        version: changes when the same parameters give other pixels.
        kind: the kind of manipulation.
        description: one line.
        parameters: the model of its parameters.
        draw: parameters from a random stream, for a target face and its donors.
        apply: (image, target face, donors, parameters) → forgery; pure. It may raise
            ``DataError`` where the face or the donors do not allow it, ``RefusedError``
            where nothing that is drawn anew would help: then the next method is tried.
        donors: how many faces of other photographs ``apply`` is given.
        least: how many it can do with, where no more fit; all of them by default.
        fit: which faces may be its donors.
        suits: which faces it can forge.
        claims: what a forgery must change to count as one.
        limits: of its quality gates.
    """

    name: str
    version: str
    kind: Kind
    description: str
    parameters: type[Parameters]
    draw: Callable[[np.random.Generator, Face, Donors], Parameters]
    apply: Callable[[Rgb, Face, Donors, Any], Forgery]
    donors: int = 0
    least: int | None = None
    fit: Fit = TWIN
    suits: Callable[[Face], bool] = any_face
    claims: frozenset[Claim] = frozenset()
    limits: Limits = field(default_factory=Limits)
