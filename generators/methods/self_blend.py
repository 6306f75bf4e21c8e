"""Self-blending: a face blended with a slightly changed copy of itself.

The idea is that of Shiohara and Yamasaki, CVPR 2022: the copy differs in colour, fineness
and place, so that the blend shows what every blended forgery shows, and nothing else.
"""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core.images import Rgb
from ...core.seeds import stream
from ..faces import Face
from .blend import feathered
from .colour import fine, to_lab, to_rgb
from .forgery import Donors, Forgery, Generator, Parameters
from .soft_mask import Alpha, face_outline, inner_outline, soft_mask
from .window import CLOSE, Window, open_window

Share = Annotated[float, Field(ge=-0.2, le=0.2)]


class SelfBlendParameters(Parameters):
    """What is changed in the copy, and where it is blended in.

    Args:
        shape: "face" inside the jaw and over the brows, "inner" around the features.
        grow: of the shape, share of its size (inner) or inset of the jaw (face).
        shift_x, shift_y: of the copy, shares of the face's width.
        scale: of the copy around the face's middle.
        lightness, green_red, blue_yellow: added in CIE Lab.
        contrast: factor on the difference to the face's mean lightness.
        detail: above 0 sharpens by this amount, below 0 blurs by -detail pixels.
        opacity: of the blend.
        feather: shares of the face's width.
        warp: of the shape's edge, share of the face's width; ``seed`` draws it.
    """

    shape: Literal["face", "inner"]
    grow: float
    shift_x: Share
    shift_y: Share
    scale: Annotated[float, Field(gt=0.8, lt=1.25)]
    lightness: float
    green_red: float
    blue_yellow: float
    contrast: Annotated[float, Field(gt=0.5, lt=2)]
    detail: float
    opacity: Annotated[float, Field(gt=0, le=1)]
    feather: Annotated[float, Field(ge=0.01, le=0.5)]
    warp: Share
    seed: int


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> SelfBlendParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one self-blend: small changes, at least one of colour or detail."""

    def uniform(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 4)

    def either(low: float, high: float) -> float:
        return round(float(rng.choice([-1.0, 1.0]) * rng.uniform(low, high)), 4)

    inner = bool(rng.random() < 0.35)
    return SelfBlendParameters(
        shape="inner" if inner else "face",
        grow=uniform(0.12, 0.3) if inner else uniform(0.04, 0.1),
        shift_x=uniform(-0.02, 0.02),
        shift_y=uniform(-0.015, 0.015),
        scale=uniform(0.97, 1.03),
        lightness=either(1.0, 4.0),
        green_red=uniform(-2.5, 2.5),
        blue_yellow=uniform(-3.0, 3.0),
        contrast=uniform(0.92, 1.1),
        detail=either(0.35, 0.9),
        opacity=float(rng.choice([0.75, 0.9, 1.0])),
        feather=uniform(0.08, 0.18),
        warp=uniform(0.0, 0.03),
        seed=int(rng.integers(2**31)),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: SelfBlendParameters,
) -> Forgery:
    """Blend a face with a changed copy of itself."""
    window = open_window(image, face, CLOSE)
    copy = _recoloured(_moved(window, parameters), window, parameters)
    alpha = _shape(window, parameters) * np.float32(parameters.opacity)
    crop, changed = feathered(copy, window.image, alpha)
    result, manipulation = window.paste(image, crop, changed)
    return Forgery(result, manipulation)


def _moved(window: Window, parameters: SelfBlendParameters) -> Rgb:
    middle = window.landmarks[27:36].mean(axis=0)
    shift = np.array([parameters.shift_x, parameters.shift_y]) * window.width
    scale = parameters.scale
    matrix = np.column_stack([scale * np.eye(2), middle * (1 - scale) + shift])
    size = (window.image.shape[1], window.image.shape[0])
    moved = cv2.warpAffine(
        window.image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8)


def _recoloured(copy: Rgb, window: Window, parameters: SelfBlendParameters) -> Rgb:
    lab = to_lab(copy)
    light: NDArray[np.float32] = lab[:, :, 0]
    if parameters.detail > 0:
        light = light + parameters.detail * fine(light, 1.2)
    else:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), -parameters.detail), np.float32)
    mean = float(light[window.visible].mean()) if window.visible.any() else 50.0
    lab[:, :, 0] = mean + parameters.contrast * (light - mean) + parameters.lightness
    lab[:, :, 1] += parameters.green_red
    lab[:, :, 2] += parameters.blue_yellow
    return to_rgb(lab)


def _shape(window: Window, parameters: SelfBlendParameters) -> Alpha:
    if parameters.shape == "face":
        outline = face_outline(window.landmarks, parameters.grow, 0.1)
    else:
        outline = inner_outline(window.landmarks, parameters.grow)
    outline = _wavering(outline, parameters.warp * window.width, parameters.seed)
    return soft_mask(outline, window.visible, parameters.feather * window.width, hull=False)


def _wavering(outline: NDArray[np.float64], size: float, seed: int) -> NDArray[np.float64]:
    """The outline pushed in and out by a smooth closed wave of three harmonics."""
    rng = stream(seed, "outline")
    turn = np.linspace(0, 2 * np.pi, len(outline), endpoint=False)
    wave = sum(
        rng.normal() / order * np.sin(order * turn + rng.uniform(0, 2 * np.pi))
        for order in (2, 3, 4)
    )
    middle = outline.mean(axis=0)
    outward = outline - middle
    outward /= np.linalg.norm(outward, axis=1, keepdims=True) + 1e-9
    return np.asarray(outline + size * np.asarray(wave)[:, None] * outward, dtype=np.float64)


SELF_BLEND = Generator(
    name="self-blend",
    version="2",
    kind="blending",
    description="the face blended with a slightly changed copy of itself",
    parameters=SelfBlendParameters,
    draw=draw,
    apply=apply,
)
