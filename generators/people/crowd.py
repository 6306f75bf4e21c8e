"""Scenes: who stands where, in which light, before which background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .background import BACKGROUNDS
from .camera import Camera, draw_camera
from .casting import draw_expression, draw_identity, draw_pose
from .fields import linear
from .frame import Place
from .person import Person
from .shading import Light
from .traits import Colour

_FACE: Final = 1.84  # an average face's width in units


@dataclass(frozen=True, slots=True)
class Lamp:
    """The light of a scene: direction in degrees, colours as display RGB, strengths."""

    azimuth: float
    elevation: float
    key: float
    fill: float
    colour: Colour
    sky: Colour
    ground: Colour
    rim: float

    def light(self) -> Light:
        """The light as the shading needs it."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        towards = [
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
            np.cos(elevation) * np.cos(azimuth),
        ]
        return Light(
            towards=np.array(towards, np.float32),
            key=linear(np.array(self.colour) / 255) * np.float32(self.key),
            sky=linear(np.array(self.sky) / 255) * np.float32(self.fill),
            ground=linear(np.array(self.ground) / 255) * np.float32(0.7 * self.fill),
            rim=linear(np.array(self.sky) / 255) * np.float32(self.rim),
        )


@dataclass(frozen=True, slots=True)
class SceneCard:
    """Everything that determines a scene: enough to draw it again, pixel for pixel.

    Args:
        size: (height, width) at which places are given.
        people: front to back.
    """

    size: tuple[int, int]
    background: str
    background_seed: int
    lamp: Lamp
    camera: Camera
    people: tuple[Person, ...]


def draw_scene(rng: np.random.Generator, size: tuple[int, int]) -> SceneCard:
    """Draw a scene for a picture of ``size`` (height, width)."""
    background = str(rng.choice(list(BACKGROUNDS)))
    lamp = _draw_lamp(rng, background)
    places = _places(rng, size)
    people = tuple(_draw_person(rng, place, size) for place in places)
    return SceneCard(size, background, int(rng.integers(2**31)), lamp, draw_camera(rng), people)


def scaled(card: SceneCard, size: tuple[int, int]) -> SceneCard:
    """The same scene for a picture of another size and about the same shape."""
    factor = size[0] / card.size[0], size[1] / card.size[1]
    people = tuple(
        replace(
            person,
            place=Place(
                (person.place.x + 0.5) * factor[1] - 0.5,
                (person.place.y + 0.5) * factor[0] - 0.5,
                person.place.scale * min(factor),
            ),
        )
        for person in card.people
    )
    return replace(card, size=size, people=people)


def _draw_person(rng: np.random.Generator, place: Place, size: tuple[int, int]) -> Person:
    pose = draw_pose(rng)
    inward = 6 * (1 - 2 * place.x / size[1])
    pose = replace(pose, yaw=float(np.clip(pose.yaw + inward, -36, 36)))
    return Person(
        draw_identity(rng),
        draw_expression(rng),
        pose,
        place,
        float(min(0.013, abs(rng.normal(0, 0.007)))),
    )


def _draw_lamp(rng: np.random.Generator, background: str) -> Lamp:
    outdoors = background in {"street", "trees", "sea"}
    warm = float(np.clip(rng.normal(0.35 if outdoors else 0.6, 0.3), 0, 1))
    colour = (255.0, 250 - 32 * warm, 244 - 82 * warm)
    soft = float(rng.uniform(0, 1))
    dim = 0.8 if background == "lights" else 1.0
    return Lamp(
        azimuth=float(rng.uniform(-50, 50)),
        elevation=float(rng.uniform(12, 60)),
        key=dim * (1.25 - 0.65 * soft),
        fill=dim * (0.40 + 0.46 * soft),
        colour=colour,
        sky=(205.0, 216.0, 236.0) if outdoors else (238.0, 228.0, 214.0),
        ground=(150.0, 142.0, 118.0) if outdoors else (168.0, 140.0, 118.0),
        rim=float(rng.uniform(0, 0.9)),
    )


def _places(rng: np.random.Generator, size: tuple[int, int]) -> list[Place]:
    """Where heads are, front to back."""
    kind = str(
        rng.choice(["close", "row", "rows", "crowd", "near"], p=[0.2, 0.27, 0.25, 0.18, 0.10])
    )
    unit = min(size[0], 0.8 * size[1]) / 576
    tries = {"close": _close, "row": _row, "rows": _rows, "crowd": _crowd, "near": _near}[kind](
        rng, unit, size
    )
    order = sorted(tries, key=lambda place: -(place.scale + 0.02 * place.y))
    kept: list[Place] = []
    for place in order:
        if all(_apart(place, front) for front in kept):
            kept.append(place)
    return kept[:7]


def _apart(place: Place, front: Place) -> bool:
    """Whether enough of a head shows beside one in front of it."""
    across = abs(place.x - front.x) / (0.5 * (place.scale + front.scale))
    up = (front.y - place.y) / front.scale
    return across > 1.45 or (up > 2.0 and across > 0.3) or up > 2.9


def _scale(face: float, unit: float) -> float:
    return face * unit / _FACE


def _close(rng: np.random.Generator, unit: float, size: tuple[int, int]) -> list[Place]:
    count = int(rng.integers(1, 4))
    face = rng.uniform(125, 205) * (1.0 if count < 3 else 0.78)
    gap = size[1] / count
    return [
        Place(
            gap * (k + 0.5) + rng.normal(0, 0.06) * gap,
            size[0] * rng.uniform(0.36, 0.48),
            _scale(face * rng.uniform(0.9, 1.08), unit),
        )
        for k in range(count)
    ]


def _row(rng: np.random.Generator, unit: float, size: tuple[int, int]) -> list[Place]:
    count = int(rng.integers(3, 6))
    face = rng.uniform(78, 120) * (1.12 if count == 3 else 1.0)
    scale = _scale(face, unit)
    step = min(size[1] / count, scale * rng.uniform(2.2, 3.4))
    left = size[1] / 2 - step * (count - 1) / 2 + rng.normal(0, 0.03) * size[1]
    height = size[0] * rng.uniform(0.3, 0.46)
    return [
        Place(
            left + k * step + rng.normal(0, 0.12) * scale,
            height + rng.normal(0, 0.3) * scale,
            scale * rng.uniform(0.9, 1.08),
        )
        for k in range(count)
    ]


def _rows(rng: np.random.Generator, unit: float, size: tuple[int, int]) -> list[Place]:
    front = int(rng.integers(2, 5))
    back = int(rng.integers(2, 5))
    face = rng.uniform(72, 104)
    result = []
    for row, count in enumerate((front, back)):
        scale = _scale(face * (1.0, 0.8)[row], unit)
        step = min(size[1] / count, scale * rng.uniform(2.5, 3.8))
        left = size[1] / 2 - step * (count - 1) / 2 + (0.5 * step if front == back and row else 0)
        height = size[0] * ((0.52, 0.24)[row] + rng.normal(0, 0.02))
        for k in range(count):
            result.append(
                Place(
                    left + k * step + rng.normal(0, 0.15) * scale,
                    height + rng.normal(0, 0.25) * scale,
                    scale * rng.uniform(0.93, 1.07),
                )
            )
    return result


def _crowd(rng: np.random.Generator, unit: float, size: tuple[int, int]) -> list[Place]:
    count = int(rng.integers(6, 12))
    result = []
    for _ in range(count):
        near = rng.uniform(0, 1) ** 1.3
        scale = _scale(30 + 100 * near, unit)
        height = size[0] * (0.2 + 0.36 * near + rng.normal(0, 0.03))
        result.append(Place(rng.uniform(0.01, 0.99) * size[1], height, scale))
    return result


def _near(rng: np.random.Generator, unit: float, size: tuple[int, int]) -> list[Place]:
    """One large head near a side, smaller ones behind."""
    side = float(rng.choice([0.24, 0.76]) + rng.normal(0, 0.03))
    result = [
        Place(
            size[1] * side, size[0] * rng.uniform(0.42, 0.55), _scale(rng.uniform(150, 205), unit)
        )
    ]
    for _ in range(int(rng.integers(2, 6))):
        scale = _scale(rng.uniform(45, 95), unit)
        result.append(
            Place(rng.uniform(0.03, 0.97) * size[1], size[0] * rng.uniform(0.22, 0.5), scale)
        )
    return result
