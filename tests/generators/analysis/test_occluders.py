"""A bare face, and the same with hair, a beard, a scarf: what is in front of it is found."""

import cv2
import numpy as np
import pytest
from manyfaces.annotations.landmarks import mesh_to_68
from manyfaces.generators.analysis.analyser import face_mask
from manyfaces.generators.analysis.mesh_layout import mesh_points
from manyfaces.generators.analysis.occluders import covered

SIZE = (260, 240)
MESH = (mesh_points() - mesh_points().min(axis=0)) * 110 + (35, 30, 0)
POINTS = mesh_to_68(MESH)
WHOLE = face_mask(MESH, SIZE)
TOP, BROW = int(MESH[10, 1]), int(POINTS[17:27, 1].min())
HAIR, CLOTH = (35, 28, 24), (40, 90, 200)


def face(*patches, skin=(205, 160, 135), slope=0.0):
    """A face of one skin under a light from the side, with (rows, columns, colour) over it."""
    columns = np.arange(SIZE[1])[None, :, None]
    image = np.full((*SIZE, 3), 90, np.float32)
    lit = np.array(skin) * (1 + slope * (columns - 120) / 120)
    image[WHOLE] = np.broadcast_to(lit, image.shape)[WHOLE]
    for part in (POINTS[36:42], POINTS[42:48], POINTS[48:60], POINTS[17:22], POINTS[22:27]):
        cv2.fillConvexPoly(image, cv2.convexHull(part.round().astype(np.int32)), (60, 40, 40))
    for rows, across, colour in patches:
        image[rows, across] = colour
    noise = np.random.default_rng(0).normal(0, 2, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


FRINGE = (slice(0, (TOP + BROW) // 2), slice(None), HAIR)
TEMPLE = (slice(TOP, int(POINTS[33, 1])), slice(0, int(POINTS[17, 0]) - 4), HAIR)
VEIL = (slice(0, (TOP + BROW) // 2), slice(None), CLOTH)
BEARD = (slice(int(POINTS[57, 1]) + 4, SIZE[0]), slice(None), HAIR)


@pytest.mark.parametrize("patch", [FRINGE, TEMPLE, VEIL], ids=["fringe", "temple", "veil"])
@pytest.mark.parametrize("slope", [0.0, 0.25], ids=["even light", "light from the side"])
def test_what_hangs_into_the_face_is_found(patch, slope):
    there = np.zeros(SIZE, bool)
    there[patch[0], patch[1]] = True
    there &= WHOLE
    found = covered(face(patch, slope=slope), MESH, WHOLE)
    # Brows and eyes are guarded, so that some of it stays with the face.
    assert (found & there).sum() > 0.5 * there.sum()
    # Two pixels of the frame are five here.
    near = cv2.dilate(there.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert (found & near).sum() > 0.95 * found.sum()


@pytest.mark.parametrize("skin", [(235, 195, 175), (205, 160, 135), (110, 75, 60), (70, 50, 42)])
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_a_bare_face_is_bare_whatever_its_skin_and_its_light(skin, slope):
    assert not covered(face(skin=skin, slope=slope), MESH, WHOLE).any()


def test_a_beard_is_part_of_the_face():
    assert not covered(face(BEARD), MESH, WHOLE).any()


def test_what_covers_most_of_a_face_is_not_believed():
    wrong = (slice(0, int(POINTS[33, 1])), slice(None), HAIR)
    assert not covered(face(wrong), MESH, WHOLE).any()
