"""What every row of ``GENERATORS`` promises, on a face painted on the mean mesh."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.landmarks import mesh_to_68
from manyfaces.core.errors import DataError
from manyfaces.generators.analysis.analyser import face_mask
from manyfaces.generators.analysis.mesh_layout import mesh_points
from manyfaces.generators.faces import Face
from manyfaces.generators.methods.expressions import frame, movement
from manyfaces.generators.methods.forgery import Donor, RefusedError
from manyfaces.generators.methods.moving import forge_by_landmarks
from manyfaces.generators.methods.table import GENERATORS

SIZE = (220, 240)


def painted(seed, corner=(40.0, 20.0), scale=90.0):
    """A face-like picture: skin, hair, features along the mesh, grain."""
    rng = np.random.default_rng(seed)
    mesh = (mesh_points() - mesh_points().min(axis=0)) * scale
    mesh[:, :2] += corner
    image = np.full((*SIZE, 3), (90, 110, 130), np.float32)
    region = face_mask(mesh, SIZE)
    grown = cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=19) > 0
    crown = grown & (np.indices(SIZE)[0] < mesh_to_68(mesh)[29, 1])
    image[crown] = (52, 36, 30)  # hair
    image[region] = rng.uniform(120, 220) * np.array([1.0, 0.82, 0.7])
    points = mesh_to_68(mesh)
    for part, colour in ((slice(36, 42), 40), (slice(42, 48), 40), (slice(48, 60), 90)):
        cv2.fillConvexPoly(image, points[part].round().astype(np.int32), (colour, 50, 50))
    image += rng.normal(0, 3, image.shape)
    face = Face(
        box=masks.box(masks.encode(region)),
        mesh=mesh,
        layout="mediapipe",
        landmarks=points,
        region=masks.encode(region),
        pose=(0.0, 0.0, 0.0),
    )
    return np.clip(image, 0, 255).astype(np.uint8), face


TARGET = painted(1)


def lively(seed):
    """A donor with another expression than the target's: its mouth open, its brows up."""
    image, face = painted(seed, corner=(30.0, 30.0), scale=84.0)
    shifts = movement({"jaw down": 0.6, "brows up": 0.8}) @ frame(face)
    forgery = forge_by_landmarks(image, face, shifts)
    return forgery.image, replace(face, mesh=forgery.mesh, landmarks=mesh_to_68(forgery.mesh))


DONORS = [lively(seed) for seed in range(2, 14)]


def donors_of(row):
    return tuple(Donor(*DONORS[index]) for index in range(row.donors))


def forge(row, image=TARGET[0], face=TARGET[1], seed=3):
    """A forgery from the first stream whose parameters the face allows, as a build draws them."""
    donors = donors_of(row)
    for attempt in range(6):
        parameters = row.draw(np.random.default_rng((seed, attempt)), face, donors)
        try:
            return parameters, row.apply(image, face, donors, parameters)
        except DataError:
            continue
    raise AssertionError("no parameters fit")


@pytest.fixture(params=GENERATORS.values(), ids=GENERATORS)
def row(request):
    return request.param


def test_only_the_manipulation_changes_and_the_input_does_not(row):
    before = TARGET[0].copy()
    _, forgery = forge(row)
    assert np.array_equal(TARGET[0], before)
    assert forgery.image.shape == before.shape
    assert forgery.image.dtype == np.uint8
    assert forgery.manipulation.any()
    assert np.array_equal(forgery.image[~forgery.manipulation], before[~forgery.manipulation])
    changed = (forgery.image != before).any(axis=2)
    assert changed.sum() >= 0.8 * forgery.manipulation.sum()


def silhouette(face, size):
    """Where the face is for sure: its edge is a matter of rounding, and of hair."""
    mask = face_mask(face.mesh, size).astype(np.uint8)
    return cv2.erode(mask, np.ones((13, 13), np.uint8)) > 0


def test_the_manipulation_stays_off_what_covers_the_face(row):
    image, face = TARGET
    half = masks.decode(face.region)
    half[:, SIZE[1] // 2 :] = False
    _, forgery = forge(row, image, replace(face, region=masks.encode(half)))
    assert not (forgery.manipulation & silhouette(face, SIZE) & ~half).any()


def test_parameters_written_down_make_the_same_pixels_again(row):
    parameters, forgery = forge(row)
    again = row.parameters.model_validate_json(parameters.model_dump_json())
    donors = donors_of(row)
    assert np.array_equal(row.apply(*TARGET, donors, again).image, forgery.image)


def test_another_stream_gives_another_forgery(row):
    first, *others = (forge(row, seed=seed)[1].image for seed in range(3, 9))
    assert not all(np.array_equal(first, other) for other in others)


def test_a_face_cut_by_the_pictures_border_can_be_forged(row):
    image, face = TARGET
    left = 70
    moved = face.mesh - np.array([left, 0, 0])
    region = masks.decode(face.region)[:, left:]
    cut = replace(
        face,
        mesh=moved,
        landmarks=face.landmarks - np.array([left, 0]),
        region=masks.encode(region),
        box=masks.box(masks.encode(region)),
    )
    crop = np.ascontiguousarray(image[:, left:])
    _, forgery = forge(row, crop, cut)
    assert forgery.image.shape == crop.shape


def test_every_row_is_described(row):
    assert row.description
    assert row.version
    assert row.kind


def test_hair_that_cannot_be_told_is_refused_whatever_is_drawn():
    row, (image, face) = GENERATORS["hair-colour"], TARGET
    gray = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    with pytest.raises(RefusedError, match="the photograph has no colours"):
        row.apply(gray, face, (), row.draw(np.random.default_rng(0), face, ()))
