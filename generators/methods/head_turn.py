"""A head turned or nodded by a few degrees, through the depth of the mesh."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core.images import Rgb
from ..faces import Face
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .moving import forge_by_mesh
from .rig import rig_of

Vec = NDArray[np.float64]
Angle = Annotated[float, Field(ge=-12, le=12)]


class HeadTurnParameters(Parameters):
    """Degrees: positive yaw turns to the picture's right, positive pitch looks up."""

    yaw: Angle
    pitch: Angle


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> HeadTurnParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one turn; a head that is turned already turns back."""
    yaw, pitch = float(rng.uniform(5, 9)), float(rng.uniform(-4, 4))
    side = float(rng.choice([-1.0, 1.0])) if abs(face.pose[0]) < 8 else -np.sign(face.pose[0])
    return HeadTurnParameters(yaw=round(float(side) * yaw, 3), pitch=round(pitch, 3))


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: HeadTurnParameters,
) -> Forgery:
    """Turn what is within the face's contour; the contour stays."""
    depth = rig_of(face.layout).depth[:, None]
    return forge_by_mesh(image, face, depth * _turned(face, parameters))


def _turned(face: Face, parameters: HeadTurnParameters) -> Vec:
    """(M, 2) pixels that the points move by."""
    middle = face.mesh.mean(axis=0)
    middle[2] = face.mesh[:, 2].max()  # the axis lies behind the face
    arms = face.mesh - middle
    roll = np.radians(face.pose[2])
    level = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turned = (arms @ level) @ _rotation(parameters).T @ level.T
    return np.asarray((turned - arms)[:, :2], dtype=np.float64)


def _rotation(parameters: HeadTurnParameters) -> Vec:
    yaw, pitch = np.radians([-parameters.yaw, -parameters.pitch])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    return np.asarray(about_x @ about_y, dtype=np.float64)


HEAD_TURN = Generator(
    name="head-turn",
    version="1",
    kind="facial reenactment",
    description="the head turned and nodded by a few degrees, within its own outline",
    parameters=HeadTurnParameters,
    draw=draw,
    apply=apply,
    claims=frozenset({"expression"}),
    limits=Limits(share=0.3, seam=1.3, contrast=(0.7, 1.5)),
)
