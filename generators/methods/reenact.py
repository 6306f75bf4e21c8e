"""Reenactment: the expression of another face carried over through the mesh."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...annotations.landmarks import MOUTH
from ...core.images import Rgb
from ..donors import Fit
from ..faces import Face
from .expressions import closed_lips, frame, mouth_gap, movement
from .forgery import Donor, Donors, Forgery, Generator, Limits, Parameters, only
from .mouth_inside import Inside, borrowed, painted
from .moving import forge_by_landmarks

Vec = NDArray[np.float64]

# The driver lends its movements, and what its open mouth shows; its looks do not matter.
DRIVER: Final = Fit(
    "driver",
    {"yaw": (20.0, 1.0), "pitch": (16.0, 1.0), "lightness": (45.0, 0.5)},
    bare=False,
    scale=0.6,
    blur=2.0,
    odd=4.0,
)
SHOWN: Final = 0.05  # gap between the driver's lips, in eye distances, that shows teeth
MEETING: Final = 0.85  # of a gap that is closed at most
PARTED: Final = 0.06  # gap, in eye distances, that lips open without the jaw
DROPPED: Final = 0.143  # gap that the jaw opens at full strength
_SIDES: Final = ((slice(17, 22), slice(36, 42)), (slice(22, 27), slice(42, 48)))  # brow, eye
_LIDS: Final = ((37, 41), (38, 40), (43, 47), (44, 46))


class ReenactParameters(Parameters):
    """How much of the driver's expression each part of the face takes, 1 for all of it."""

    mouth: Annotated[float, Field(ge=0, le=1.2)]
    eyes: Annotated[float, Field(ge=0, le=1.2)]
    brows: Annotated[float, Field(ge=0, le=1.2)]
    teeth: Annotated[float, Field(ge=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> ReenactParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one reenactment."""
    mouth, eyes, brows = (round(float(rng.uniform(0.8, 1.0)), 4) for _ in range(3))
    teeth = round(float(rng.uniform(0.5, 0.9)), 4)
    return ReenactParameters(mouth=mouth, eyes=eyes, brows=brows, teeth=teeth)


def apply(image: Rgb, face: Face, donors: Donors, parameters: ReenactParameters) -> Forgery:
    """Give the face its driver's expression.

    Raises:
        DataError: there is no driver, or its mesh has another layout.
    """
    driver = only(donors, face)
    return forge_by_landmarks(
        image, face, shifts_to(face, driver.face, parameters), _inside(driver, parameters)
    )


def shifts_to(face: Face, driver: Face, parameters: ReenactParameters) -> Vec:
    """(68, 2) pixels by which the face's landmarks go to its driver's expression."""
    own, other = _level(face), _level(driver)
    step = parameters.mouth * _mouth(own, other)
    step += parameters.eyes * _lids(own, other) + parameters.brows * _brows(own, other)
    shifts: Vec = step @ frame(face)
    narrower = _gap(own) - _gap(other)
    if narrower > 0 and _gap(own) > SHOWN:
        # Lips that met would fold over each other.
        shifts += closed_lips(face, parameters.mouth * min(MEETING, narrower / _gap(own)))
    return shifts


def _inside(driver: Donor, parameters: ReenactParameters) -> Inside:
    if mouth_gap(driver.face.landmarks) > SHOWN:
        return borrowed(driver)
    return painted(parameters.teeth)


def _level(face: Face) -> Vec:
    """(68, 2) landmarks in the face's own frame, in eye distances, nose bridge at 0."""
    arms: Vec = face.landmarks - face.landmarks[27]
    return np.asarray(arms @ np.linalg.inv(frame(face)), dtype=np.float64)


def _gap(level: Vec) -> float:
    return float((level[[65, 66, 67]] - level[[63, 62, 61]])[:, 1].mean())


def _mouth(own: Vec, other: Vec) -> Vec:
    """(68, 2) steps to the driver's mouth: opened, as wide, its corners as high.

    The lips' own thickness stays, and what closes is left to ``closed_lips``.
    """
    opening = float(np.clip(_gap(other) - _gap(own), 0, 0.2))
    parted = min(opening, PARTED)
    step = movement({"lips apart": parted / PARTED, "jaw down": (opening - parted) / DROPPED})
    across, reach = own[MOUTH] - own[MOUTH].mean(axis=0), np.abs(own[[48, 54], 0]).mean()
    wider = np.clip(_width(other) / _width(own) - 1, -0.15, 0.2)
    higher = np.clip(_corners(other) - _corners(own), -0.06, 0.06)
    step[MOUTH, 0] += wider * across[:, 0]
    step[MOUTH, 1] += higher * (across[:, 0] / reach) ** 2
    return step


def _width(level: Vec) -> float:
    return float(np.linalg.norm(level[54] - level[48]))


def _corners(level: Vec) -> float:
    """How low the corners hang under the middle of the lips."""
    return float(level[[48, 54], 1].mean() - level[[51, 57], 1].mean())


def _lids(own: Vec, other: Vec) -> Vec:
    step = np.zeros_like(own)
    for above, below in _LIDS:
        wider = np.clip((other[below] - other[above]) - (own[below] - own[above]), -0.12, 0.06)
        step[above], step[below] = -0.8 * wider, 0.2 * wider
    return step


def _brows(own: Vec, other: Vec) -> Vec:
    step = np.zeros_like(own)
    for brow, eye in _SIDES:
        over, over_other = (line[brow] - line[eye].mean(axis=0) for line in (own, other))
        rise = np.clip((over_other - over)[:, 1], -0.07, 0.07)
        step[brow, 1] = rise
    return step


REENACT = Generator(
    name="reenact",
    version="2",
    kind="facial reenactment",
    description="another face's expression carried over; the inside of its open mouth borrowed",
    parameters=ReenactParameters,
    draw=draw,
    apply=apply,
    donors=1,
    fit=DRIVER,
    claims=frozenset({"expression"}),
    limits=Limits(share=0.1, seam=1.3, contrast=(0.7, 1.6)),
)
