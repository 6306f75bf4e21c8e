"""What one forgery costs, method by method, on faces of 100, 200 and 400 pixels.

Landmarks are given. The faces are drawn people of one scene; each method forges the same
target, with as many donors as it takes.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.core.errors import DataError
from manyfaces.generators.gates import judge
from manyfaces.generators.methods.forgery import Donor
from manyfaces.generators.methods.table import GENERATORS
from manyfaces.generators.people.source import DrawnPeople

WIDTHS = (100, 200, 400)
SEEDS = range(12)


def scaled(image, face, width):
    """A face with its surroundings, ``width`` pixels wide."""
    scale = width / face.width
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    region = cv2.resize(masks.decode(face.region).astype(np.uint8), size) > 0
    bigger = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    low = np.maximum(np.floor(face.box[:2] * scale - 0.8 * width).astype(int), 0)
    high = np.ceil(face.box[2:] * scale + 0.8 * width).astype(int)
    crop = (slice(low[1], high[1]), slice(low[0], high[0]))
    rle = masks.encode(np.ascontiguousarray(region[crop]))
    mesh = face.mesh * scale
    mesh[:, :2] -= low
    moved = replace(
        face, mesh=mesh, landmarks=face.landmarks * scale - low, region=rle, box=masks.box(rle)
    )
    return np.ascontiguousarray(bigger[crop]), moved


@pytest.fixture(scope="module")
def faces():
    source = DrawnPeople(40, 5, (480, 640))
    found = []
    for photo in source.photos():
        scene = source.open(photo, 640)
        found += [
            (scene.image, face)
            for face in scene.faces
            if abs(face.pose[0]) < 20 and face.occluded < 0.3 and face.width > 60
        ]
    return found


def allowed(row, picture, face, donors):
    """Parameters that the face allows: a shaven head has no hair to dye."""
    drawn = []
    for seed in SEEDS:
        parameters = row.draw(np.random.default_rng(seed), face, donors)
        try:
            row.apply(picture, face, donors, parameters)
        except DataError:
            continue
        drawn.append(parameters)
    return drawn


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", GENERATORS)
def test_one_forgery(benchmark, faces, name, width):
    row = GENERATORS[name]
    for first in range(len(faces)):
        picture, face = scaled(*faces[first], width)
        others = faces[first + 1 :] + faces[:first]
        donors = tuple(Donor(*scaled(*one, width)) for one in others[: row.donors])
        drawn = allowed(row, picture, face, donors)
        if drawn:
            break
    assert drawn
    turn = iter(range(10_000))
    benchmark.group = f"one face of {width} px"
    benchmark.pedantic(
        lambda: row.apply(picture, face, donors, drawn[next(turn) % len(drawn)]),
        rounds=40,
        warmup_rounds=3,
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_gates(benchmark, faces, width):
    row = GENERATORS["self-blend"]
    picture, face = scaled(*faces[0], width)
    forgery = row.apply(picture, face, (), row.draw(np.random.default_rng(1), face, ()))
    benchmark.group = f"one face of {width} px"
    benchmark.pedantic(lambda: judge(picture, forgery, face, row), rounds=40, warmup_rounds=3)
