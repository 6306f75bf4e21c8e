import json
import pickle

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.landmarks import MESH_POINTS, mesh_to_68, outer_eye_distance
from manyfaces.core.images import read_image
from manyfaces.generators.analysis.analyser import FaceAnalyser, face_mask
from manyfaces.generators.analysis.mesh_layout import mesh_points, mesh_triangles
from manyfaces.generators.analysis.pose import pose_of


@pytest.fixture(scope="module")
def analyser():
    return FaceAnalyser()


@pytest.fixture
def models(shared, monkeypatch):
    monkeypatch.setenv("MANYFACES_MODELS", str(shared / "models"))
    return shared / "models"


def test_the_68_landmarks_are_within_six_percent_of_the_eye_distance(shared, models, analyser):
    reference = json.loads((shared / "landmarks68" / "reference.json").read_text())
    errors = []
    for name, picture in reference.items():
        image = read_image(shared / "photos" / "varied" / name)
        scale = image.shape[1] / picture["width"]
        found = [face.landmarks for face in analyser.analyse(image)]
        for face in picture["faces"]:
            points = np.array(face["points"], dtype=np.float64) * scale
            # A face that was missed counts with the distance to the nearest other one.
            off = min(np.linalg.norm(points - other, axis=1).mean() for other in found)
            errors.append(off / outer_eye_distance(points))
    assert len(errors) == 38
    assert np.mean(errors) <= 0.06


def test_faces_of_a_photograph_are_consistent(shared, models, analyser):
    image = read_image(shared / "photos" / "varied" / "varied-077.jpg")
    faces = analyser.analyse(image)
    assert len(faces) >= 5
    taken = np.zeros(image.shape[:2], dtype=int)
    for face in faces:
        region = masks.decode(face.region)
        taken += region
        assert face.mesh.shape == (MESH_POINTS, 3)
        assert np.array_equal(face.landmarks, mesh_to_68(face.mesh))
        assert np.array_equal(face.box, masks.box(face.region))
        assert 0 <= face.occluded <= 1
        nose = face.landmarks[30].round().astype(int)
        assert region[nose[1], nose[0]]
    assert taken.max() == 1


def test_an_analyser_crosses_to_a_worker_process(shared, models, analyser):
    copy = pickle.loads(pickle.dumps(analyser))
    image = read_image(shared / "photos" / "varied" / "varied-078.jpg")
    for first, second in zip(analyser.analyse(image), copy.analyse(image), strict=True):
        assert np.array_equal(first.mesh, second.mesh)


@pytest.mark.parametrize("size", [(1, 1), (24, 24), (40, 600)])
def test_pictures_without_a_face_have_no_faces(shared, models, analyser, size):
    assert analyser.analyse(np.full((*size, 3), 128, np.uint8)) == ()


def test_the_triangles_cover_the_mean_face_without_folds():
    points, triangles = mesh_points(), mesh_triangles()
    a, b, c = (points[triangles[:, k], :2] for k in range(3))
    doubled = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (doubled > 0).all()
    assert set(triangles.ravel()) == set(range(MESH_POINTS))
    scaled = (points - points.min(axis=0)) * 100 + 5
    mask = face_mask(scaled, (220, 200))
    assert mask.sum() == pytest.approx(doubled.sum() / 2 * 100**2, rel=0.03)


def test_the_mean_face_looks_straight_ahead_and_turning_it_turns_the_pose():
    mean = mesh_points()
    yaw, _, roll = pose_of(mean)
    assert abs(yaw) < 3
    assert abs(roll) < 3
    turn = np.radians(20)
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    assert pose_of(mean @ spin.T)[2] == pytest.approx(roll + 20, abs=0.1)
    aside = np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]])
    assert pose_of(mean @ aside.T)[0] == pytest.approx(yaw + 20, abs=1)


def test_profiles_get_a_mask_but_no_confidence(shared, models, analyser):
    turned = [
        face
        for path in sorted((shared / "photos" / "varied").glob("*.jpg"))[:40]
        for face in analyser.analyse(read_image(path))
        if face.confidence == 0
    ]
    assert len(turned) >= 3
    for face in turned:
        assert masks.decode(face.region).any()
        assert face.mesh.shape == (MESH_POINTS, 3)


def test_a_face_made_of_two_half_ones_is_left_out():
    from manyfaces.generators.analysis.analyser import _apart

    def found(x, y, side, score):
        return np.array([x, y, side, side, *np.zeros(10), score])

    left, right = found(0, 0, 40, 0.9), found(50, 0, 40, 0.8)
    between = found(15, 5, 60, 0.7)  # holds the middle of both
    behind = found(30, 0, 40, 0.6)  # overlaps them, and holds neither's middle
    kept = _apart([left, between, right, behind])
    assert [row[14] for row in kept] == [0.9, 0.8, 0.6]
