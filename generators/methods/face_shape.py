"""Another shape of the same face: jaw, chin, eyes, nose, lips."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...annotations.landmarks import JAW, LANDMARKS, LEFT_EYE, MOUTH, RIGHT_EYE
from ...core.images import Rgb
from ..faces import Face
from .expressions import frame
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .moving import forge_by_landmarks

Vec = NDArray[np.float64]
Share = Annotated[float, Field(ge=-0.3, le=0.3)]
NOSE_TIP: Final = 33


class FaceShapeParameters(Parameters):
    """Growth of each part, as shares of its size; below 0 it shrinks."""

    jaw: Share
    chin: Share
    eyes: Share
    nose: Share
    lips: Share


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> FaceShapeParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one reshaped face."""

    def either(low: float, high: float) -> float:
        return round(float(rng.choice([-1.0, 1.0]) * rng.uniform(low, high)), 4)

    return FaceShapeParameters(
        jaw=either(0.04, 0.08),
        chin=either(0.03, 0.09),
        eyes=round(float(rng.uniform(-0.05, 0.15)), 4),
        nose=either(0.08, 0.18),
        lips=round(float(rng.uniform(-0.1, 0.2)), 4),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: FaceShapeParameters,
) -> Forgery:
    """Reshape the face; its surroundings give way."""
    own = (face.landmarks - face.landmarks[27]) @ np.linalg.inv(frame(face))
    step = _outline(own, parameters) + _features(own, parameters)
    return forge_by_landmarks(image, face, step @ frame(face))


def _outline(own: Vec, parameters: FaceShapeParameters) -> Vec:
    step = np.zeros((LANDMARKS, 2))
    along = np.linspace(0, np.pi, JAW.stop)
    step[JAW, 0] = parameters.jaw * own[JAW, 0] * np.sin(along)
    step[JAW, 1] = parameters.chin * (own[8] - own[57])[1] * np.sin(along) ** 4
    return step


def _features(own: Vec, parameters: FaceShapeParameters) -> Vec:
    step = np.zeros((LANDMARKS, 2))
    for part, growth in (
        (RIGHT_EYE, parameters.eyes),
        (LEFT_EYE, parameters.eyes),
        (MOUTH, parameters.lips),
    ):
        step[part] = growth * (own[part] - own[part].mean(axis=0))
    step[MOUTH, 0] *= 0.4  # fuller lips more than a wider mouth
    step[31:36] = parameters.nose * (own[31:36] - own[NOSE_TIP]) * (1, 0.4)
    return step


FACE_SHAPE = Generator(
    name="face-shape",
    version="2",
    kind="attribute manipulation",
    description="jaw, chin, eyes, nose and lips grown or shrunk",
    parameters=FaceShapeParameters,
    draw=draw,
    apply=apply,
    limits=Limits(share=0.25, seam=1.3, contrast=(0.7, 1.5)),
)
