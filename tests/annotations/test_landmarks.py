import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.annotations import landmarks

MESH = np.random.default_rng(0).uniform(0, 100, (landmarks.MESH_POINTS, 3))


def test_every_landmark_inside_the_face_is_a_mesh_point():
    points = landmarks.mesh_to_68(MESH)
    assert points.shape == (68, 2)
    assert points[17:].tolist() == MESH[list(landmarks.MESH_TO_INNER), :2].tolist()


def test_the_jaw_runs_from_ear_to_ear_through_the_chin():
    points = landmarks.mesh_to_68(MESH)
    assert points[0] == pytest.approx(MESH[127, :2])
    assert points[8] == pytest.approx(MESH[152, :2])
    assert points[16] == pytest.approx(MESH[356, :2])


def test_a_mirrored_mesh_has_mirrored_landmarks():
    """Left and right of the tables correspond: mirror the mesh, swap its halves."""
    table = np.array(landmarks.MESH_TO_INNER)
    points = landmarks.mesh_to_68(MESH)
    mirror = np.arange(landmarks.MESH_POINTS)
    pairs = list(zip(landmarks.JAW_FROM_RIGHT, landmarks.JAW_FROM_LEFT, strict=True))
    swapped = [16 - i for i in range(17)] + [26 - i for i in range(10)]
    swapped += [27, 28, 29, 30, 35, 34, 33, 32, 31]
    swapped += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    swapped += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    pairs += [(table[i - 17], table[swapped[i] - 17]) for i in range(17, 68)]
    for one, other in pairs:
        mirror[one], mirror[other] = other, one
    flipped = MESH[mirror] * [-1, 1, 1]
    assert landmarks.mesh_to_68(flipped) == pytest.approx(points[swapped] * [-1, 1])


def test_another_mesh_is_refused():
    with pytest.raises(ValueError, match="468"):
        landmarks.mesh_to_68(MESH[:-1])


def test_steps_along_a_line_are_equal():
    line = np.array([[0, 0], [3, 0], [3, 1], [3, 4]], float)
    steps = landmarks.equal_steps(line, 8)
    assert steps[:4].tolist() == [[0, 0], [1, 0], [2, 0], [3, 0]]
    assert steps[-1].tolist() == [3, 4]
    assert np.linalg.norm(np.diff(steps, axis=0), axis=1) == pytest.approx(np.ones(7))


@given(st.lists(st.tuples(st.floats(-50, 150), st.floats(-50, 150)), min_size=1, max_size=9))
def test_keypoints_keep_the_points_inside(rows):
    points, size = np.array(rows), (80, 100)
    again, seen = landmarks.from_keypoints(landmarks.to_keypoints(points, size))
    inside = ((points >= -0.5) & (points < np.array(size[::-1]) - 0.5)).all(axis=1)
    assert seen.tolist() == inside.tolist()
    assert again[inside] == pytest.approx(points[inside], abs=0.005 + 1e-9)
    assert not again[~inside].any()


def test_the_eye_distance_is_between_the_outer_corners():
    points = np.zeros((68, 2))
    points[36], points[45] = (10, 10), (13, 14)
    assert landmarks.outer_eye_distance(points) == 5
