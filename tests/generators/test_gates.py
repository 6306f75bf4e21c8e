from dataclasses import replace

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.landmarks import mesh_to_68
from manyfaces.generators.analysis.analyser import face_mask
from manyfaces.generators.analysis.mesh_layout import mesh_points
from manyfaces.generators.faces import Face
from manyfaces.generators.gates import judge
from manyfaces.generators.methods.forgery import Forgery
from manyfaces.generators.methods.self_blend import SELF_BLEND

MESH = (mesh_points() - mesh_points().min(axis=0)) * 80 + 30
REGION = face_mask(MESH, (220, 200))
# Not the analyser's layout: these tests measure pixels, without the mesh network.
FACE = Face(
    box=masks.box(masks.encode(REGION)),
    mesh=MESH,
    layout="drawn",
    landmarks=mesh_to_68(MESH),
    region=masks.encode(REGION),
    pose=(0.0, 0.0, 0.0),
)
RNG = np.random.default_rng(5)
BEFORE = np.clip(RNG.normal(150, 12, (220, 200, 3)), 0, 255).astype(np.uint8)


def verdicts(image, mask=REGION):
    return {
        gate.name: gate.passed for gate in judge(BEFORE, Forgery(image, mask), FACE, SELF_BLEND)
    }


def repainted(values):
    image = BEFORE.copy()
    image[REGION] = np.clip(values, 0, 255).astype(np.uint8)[REGION]
    return image


def test_a_mild_change_passes_every_gate():
    other = np.clip(RNG.normal(151, 12, BEFORE.shape), 0, 255)
    assert all(verdicts(repainted(other)).values())


@pytest.mark.parametrize(
    ("image", "mask", "gate"),
    [
        (BEFORE, REGION, "change"),
        (repainted(BEFORE.astype(float) + 60), REGION, "tone"),
        (repainted(BEFORE.astype(float) + 90), REGION, "seam"),
        (repainted(np.full(BEFORE.shape, 150.0)), REGION, "sharpness"),
        (BEFORE, np.zeros_like(REGION), "share"),
    ],
    ids=["nothing changed", "lighter face", "hard edge", "flat face", "no pixels"],
)
def test_each_fault_is_caught_by_its_gate(image, mask, gate):
    assert verdicts(image, mask)[gate] is False


def test_landmarks_are_measured_on_photographs_only():
    assert "landmarks" not in verdicts(BEFORE)
    assert replace(FACE, layout="drawn").layout == FACE.layout
