import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.generators.analysis.five_points import disagreement, five_of, mean_face_on
from manyfaces.generators.analysis.mesh_layout import mesh_points


def turned(yaw, pitch, roll, size, place):
    """The mean face as a scaled orthographic camera sees it: (468, 3)."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    mesh = mesh_points() @ (about_z @ about_x @ about_y).T * size
    return mesh + np.array([*place, 0.0])


def detection_of(mesh):
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    return np.array([*low, *(high - low), *five_of(mesh)[:, :2].ravel(), 0.9])


@given(
    st.floats(-40, 40), st.floats(-25, 25), st.floats(-90, 90), st.floats(10, 400),
    st.tuples(st.floats(-50, 900), st.floats(-50, 900)),
)  # fmt: skip
def test_a_turned_mean_face_is_found_again_from_its_five_points(yaw, pitch, roll, size, place):
    mesh = turned(yaw, pitch, roll, size, place)
    again = mean_face_on(detection_of(mesh))
    assert np.abs(again[:, :2] - mesh[:, :2]).max() < 0.02 * size
    assert disagreement(again, detection_of(mesh)) < 0.01


def test_a_mesh_on_a_neighbour_disagrees_by_the_distance():
    mesh = turned(0, 0, 0, 50, (100, 100))
    found = detection_of(mesh)
    assert disagreement(mesh, found) == pytest.approx(0)
    aside = mesh + np.array([0.5 * found[2:4].max(), 0, 0])
    assert disagreement(aside, found) == pytest.approx(0.5)


def test_five_points_on_a_line_do_not_blow_the_face_up():
    row = np.array([0, 0, 40, 60, 20, 10, 20, 10, 22, 30, 20, 45, 20, 45, 0.9], dtype=float)
    mesh = mean_face_on(row)
    assert np.isfinite(mesh).all()
    assert np.ptp(mesh[:, :2], axis=0).max() < 200
