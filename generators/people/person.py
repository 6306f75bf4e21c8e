"""A whole person as a layer of the picture, with the truth about the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .body import paint_body
from .fields import F32, blurred
from .frame import BODY_BOX, HEAD_BOX, Place, Window, pooled
from .head_view import View, view_head
from .raycast import rotation
from .shading import Light
from .spectacles import paint_glasses
from .stage import Painting, stand
from .traits import Expression, Identity, Pose


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that determines how a person is drawn, but the light.

    Args:
        place: in pixels of the picture as it is drawn.
        focus: blur in units of the head, 0 is sharp.
    """

    identity: Identity
    expression: Expression
    pose: Pose
    place: Place
    focus: float


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """A person drawn into a window of the picture.

    Args:
        light: (h, w, 3) linear light, premultiplied.
        alpha: (h, w) cover in [0, 1], out of focus as the lens has it.
        solid: (h, w) cover in focus: what hides others in the truth.
        face: (h, w) share of each pixel that shows the face region.
        whole: area of the face region in pixels as if nothing were in front of it.
        mesh: (468, 3) in pixels, z smaller is nearer.
    """

    window: Window
    light: F32
    alpha: F32
    solid: F32
    face: F32
    whole: float
    mesh: NDArray[np.float64]


def draw_person(person: Person, light: Light, size: tuple[int, int]) -> Layer:
    """Draw one person into a picture of ``size`` (height, width)."""
    place = person.place
    inner = place.window(HEAD_BOX, size)
    outer = place.window(BODY_BOX, size)
    fine = 2 if place.scale < 75 else 1 + (place.scale < 130)
    view = view_head(person.identity, person.expression, person.pose, light, place, inner, fine)
    turn = rotation(person.pose)
    bright, cover = paint_glasses(
        person.identity, view.head, turn, place, inner, fine, view.light, view.alpha, view.depth
    )
    mesh = place.pixels(view.mesh.points)
    head_light = pooled(bright * cover[..., None], fine) if cover.size else bright
    head_cover = pooled(cover, fine) if cover.size else cover
    return _join(person, light, outer, inner, (head_light, head_cover), view, fine, mesh)


def _join(
    person: Person,
    light: Light,
    outer: Window,
    inner: Window,
    head: tuple[F32, F32],
    view: View,
    fine: int,
    mesh: NDArray[np.float64],
) -> Layer:
    head_light, head_cover = head
    rows, columns = inner.within(outer)
    shadow = np.zeros(outer.shape, np.float32)
    shadow[rows, columns] = head_cover
    at = stand(person.place, outer, person.pose, rotation(person.pose), light, shadow)
    painting: Painting = paint_body(person.identity, light, at)
    premultiplied = painting.light * painting.alpha[..., None]
    premultiplied[rows, columns] *= (1 - head_cover)[..., None]
    premultiplied[rows, columns] += head_light
    alpha = painting.alpha + shadow * (1 - painting.alpha)
    face = np.zeros(outer.shape, np.float32)
    face[rows, columns] = pooled(view.face, fine) if view.face.size else view.face
    sigma = person.focus * person.place.scale
    return Layer(
        window=outer,
        light=blurred(premultiplied, sigma) if alpha.size else premultiplied,
        alpha=blurred(alpha, sigma) if alpha.size else alpha,
        solid=alpha,
        face=face,
        whole=float(view.whole.sum()) / fine**2,
        mesh=mesh,
    )
