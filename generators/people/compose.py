"""A scene drawn: layers laid over each other, the photograph taken, the truth kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...annotations import masks
from ...core.images import Rgb
from ..faces import Face
from .background import paint_background
from .camera import take
from .crowd import SceneCard
from .fields import F32, blurred
from .person import Layer, Person, draw_person
from .topology import drawn_landmarks

_SHOWN = 24  # pixels of a face that must be seen for it to count as one


def draw(card: SceneCard) -> tuple[Rgb, tuple[Face, ...]]:
    """Draw a scene at its size.

    A pixel belongs to a face's region where the face, unblurred, covers at least half of
    it; of two faces that cover exactly half each, to the front one. Faces of which fewer
    than 24 pixels are seen are left out.

    Returns:
        The photograph (H, W, 3) and its faces, front to back.
    """
    light = card.lamp.light()
    layers = [draw_person(person, light, card.size) for person in card.people]
    image = paint_background(card.background, card.background_seed, card.size)
    for layer in reversed(layers):
        _lay(image, layer)
    return take(image, card.camera), _faces(card, layers)


def _lay(image: F32, layer: Layer) -> None:
    window = layer.window
    if 0 in window.shape:
        return
    rows, columns = slice(window.top, window.bottom), slice(window.left, window.right)
    near = blurred(layer.alpha, 0.02 * max(layer.alpha.shape))
    below = image[rows, columns] * (1 - 0.28 * near)[..., None]
    image[rows, columns] = below * (1 - layer.alpha)[..., None] + layer.light


def _faces(card: SceneCard, layers: list[Layer]) -> tuple[Face, ...]:
    clear = np.ones(card.size, np.float32)
    taken = np.zeros(card.size, dtype=bool)
    result = []
    for person, layer in zip(card.people, layers, strict=True):
        window = layer.window
        rows, columns = slice(window.top, window.bottom), slice(window.left, window.right)
        seen = layer.face * clear[rows, columns]
        region = np.zeros(card.size, dtype=bool)
        region[rows, columns] = (seen >= 0.5) & ~taken[rows, columns]
        taken |= region
        clear[rows, columns] *= 1 - layer.solid
        if region.sum() >= _SHOWN:
            result.append(_face(person, layer, region, float(seen.sum())))
    return tuple(result)


def _face(person: Person, layer: Layer, region: NDArray[np.bool_], seen: float) -> Face:
    rle = masks.encode(region)
    return Face(
        box=masks.box(rle),
        mesh=layer.mesh,
        layout="drawn",
        landmarks=drawn_landmarks(layer.mesh),
        region=rle,
        pose=(person.pose.yaw, person.pose.pitch, person.pose.roll),
        confidence=1.0,
        occluded=float(np.clip(1 - seen / max(layer.whole, 1e-6), 0, 1)),
    )
