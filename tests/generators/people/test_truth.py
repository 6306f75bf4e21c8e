"""The landmarks and the mesh of drawn faces against what is drawn."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.landmarks import JAW, LEFT_EYE, MESH_POINTS, RIGHT_EYE
from manyfaces.core.seeds import stream
from manyfaces.generators.layouts import LAYOUTS
from manyfaces.generators.people import compose, topology
from manyfaces.generators.people.camera import Camera
from manyfaces.generators.people.casting import draw_expression, draw_identity
from manyfaces.generators.people.crowd import Lamp, SceneCard
from manyfaces.generators.people.frame import Place
from manyfaces.generators.people.person import Person
from manyfaces.generators.people.traits import AVERAGE, NEUTRAL, Pose

WHITE = (255.0, 255.0, 255.0)
LAMP = Lamp(0.0, 20.0, 0.9, 0.6, WHITE, WHITE, WHITE, 0.0)
CAMERA = Camera(1.0, (1.0, 1.0), 0.0, 0.0, 0.0, 97, False, 1)
BALD = replace(AVERAGE.hair, style="bald")
FRONT = Pose(0.0, 0.0, 0.0)


def portrait(identity=AVERAGE, expression=NEUTRAL, pose=FRONT, scale=50.0):
    size = (int(4.2 * scale), int(4 * scale))
    place = Place(size[1] / 2 - 0.5, 0.47 * size[0], scale)
    identity = replace(identity, hair=replace(identity.hair, style="bald"), glasses=None)
    person = Person(identity, expression, pose, place, 0.0)
    image, faces = compose.draw(SceneCard(size, "studio", 3, LAMP, CAMERA, (person,)))
    return image, faces[0]


def people(count):
    return [(draw_identity(stream(5, k)), draw_expression(stream(6, k))) for k in range(count)]


def signed_area(points, triangles):
    a, b, c = (points[triangles[:, k], :2] for k in range(3))
    first, second = b - a, c - a
    return 0.5 * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])


def test_the_layout_has_468_points_that_all_serve():
    triangles = LAYOUTS["drawn"].triangles()
    assert topology.template().points.shape == (MESH_POINTS, 2)
    assert set(triangles.ravel().tolist()) == set(range(MESH_POINTS))
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    shared, times = np.unique(edges, axis=0, return_counts=True)
    assert times.max() == 2
    contour = topology.oval()
    ring = {tuple(sorted(pair)) for pair in zip(contour, contour[1:] + contour[:1], strict=True)}
    assert {tuple(edge) for edge in shared[times == 1].tolist()} == ring
    # Euler: a disc.
    assert MESH_POINTS - len(shared) + len(triangles) == 1


def test_the_stored_template_is_what_the_builder_makes():
    built = topology.build()
    assert np.allclose(np.array(built["points"]), topology.template().points, atol=2e-4)
    assert np.array_equal(np.array(built["triangles"]), topology.template().triangles)


def test_feature_loops_are_edges_of_the_triangulation():
    triangles = topology.template().triangles
    edges = {tuple(e) for e in np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)).tolist()}
    for loop in (topology.lid_loop(0), topology.lid_loop(1), topology.lip_loop()):
        for pair in zip(loop, loop[1:] + loop[:1], strict=True):
            assert tuple(sorted(pair)) in edges


@pytest.mark.parametrize("index", range(8))
def test_the_frontal_mesh_covers_the_oval_without_flips(index):
    identity, expression = people(8)[index]
    _, face = portrait(identity, expression, scale=40)
    areas = signed_area(face.mesh, LAYOUTS["drawn"].triangles())
    usual = np.sign(np.median(areas))
    # A thousandth of the face may fold where lids or lips are pressed together.
    folded = -areas[areas * usual < 0].sum() * usual
    assert folded <= 0.002 * np.abs(areas).sum()
    oval = face.mesh[list(topology.oval()), :2].astype(np.float32)
    assert np.abs(areas.sum()) == pytest.approx(cv2.contourArea(oval), rel=1e-3)


def test_landmarks_are_the_meshs_own():
    _, face = portrait(pose=Pose(20.0, 5.0, -8.0))
    assert face.layout == "drawn"
    assert np.array_equal(LAYOUTS["drawn"].landmarks(face.mesh), face.landmarks)
    with pytest.raises(ValueError, match="468"):
        LAYOUTS["drawn"].landmarks(face.mesh[:400])


@pytest.mark.parametrize("yaw", [-32.0, -15.0, 0.0, 15.0, 32.0])
@pytest.mark.parametrize("pitch", [-12.0, 0.0, 12.0])
def test_the_jaw_lies_on_the_regions_contour(yaw, pitch):
    _, face = portrait(pose=Pose(yaw, pitch, 5.0))
    region = masks.decode(face.region).astype(np.uint8)
    contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)
    apart = [
        abs(cv2.pointPolygonTest(outline, tuple(map(float, p)), True)) for p in face.landmarks[JAW]
    ]
    assert max(apart) < 1.2


@pytest.mark.parametrize("pose", [FRONT, Pose(22.0, 0.0, 0.0), Pose(-18.0, 6.0, 12.0)])
def test_the_region_is_the_mesh_contour_filled(pose):
    _, face = portrait(pose=pose)
    filled = np.zeros(tuple(face.region["size"]), np.uint8)
    oval = np.round(face.mesh[list(topology.oval()), :2] * 16).astype(np.int32)
    cv2.fillPoly(filled, [oval], 1, shift=4)
    assert masks.iou([masks.encode(filled.astype(bool))], [face.region])[0, 0] > 0.97


@pytest.mark.parametrize("yaw", [-20.0, 0.0, 20.0])
def test_dark_pupils_are_between_the_lids_landmarks(yaw):
    image, face = portrait(replace(AVERAGE, iris=(40.0, 25.0, 20.0)), pose=Pose(yaw, 0.0, 0.0))
    gray = image.mean(axis=2)
    for part in (RIGHT_EYE, LEFT_EYE):
        lids = face.landmarks[part]
        low, high = np.floor(lids.min(axis=0)).astype(int), np.ceil(lids.max(axis=0)).astype(int)
        patch = gray[low[1] : high[1] + 1, low[0] : high[0] + 1]
        inside = np.zeros(patch.shape, np.uint8)
        cv2.fillPoly(inside, [np.round(lids - low).astype(np.int32)], 1)
        inside = cv2.erode(inside, np.ones((3, 3), np.uint8)).astype(bool)
        y, x = np.nonzero(inside & (patch <= np.quantile(patch[inside], 0.2)))
        dark = np.array([x.mean(), y.mean()]) + low
        assert np.linalg.norm(dark - lids.mean(axis=0)) < 0.14 * (lids[3, 0] - lids[0, 0])


def test_lips_are_redder_inside_their_landmarks_than_around():
    image, face = portrait(replace(AVERAGE, lip_colour=(190.0, 60.0, 70.0)))
    redness = image[..., 0].astype(float) - image[..., 1]
    lips = face.landmarks[48:60]
    inside = np.zeros(redness.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(lips).astype(np.int32)], 1)
    around = cv2.dilate(inside, np.ones((13, 13), np.uint8)) - cv2.dilate(
        inside, np.ones((5, 5), np.uint8)
    )
    assert redness[inside > 0].mean() > redness[around > 0].mean() + 25


def test_an_open_mouth_and_closed_eyes_move_their_landmarks():
    _, rest = portrait()
    _, moved = portrait(expression=replace(NEUTRAL, open=0.6, lids=0.0))
    gap = lambda face: face.landmarks[66, 1] - face.landmarks[62, 1]  # noqa: E731
    lids = lambda face: face.landmarks[41, 1] - face.landmarks[37, 1]  # noqa: E731
    assert gap(moved) > gap(rest) + 4
    assert lids(moved) < 0.3 * lids(rest)
    assert moved.landmarks[8, 1] > rest.landmarks[8, 1] + 3


def test_pose_signs_are_those_of_the_contract():
    nose, left, right = 30, 45, 36
    _, front = portrait()
    _, turned = portrait(pose=Pose(25.0, 0.0, 0.0))
    _, raised = portrait(pose=Pose(0.0, 12.0, 0.0))
    _, tilted = portrait(pose=Pose(0.0, 0.0, 15.0))
    assert turned.landmarks[nose, 0] > front.landmarks[nose, 0] + 10
    assert raised.landmarks[nose, 1] < front.landmarks[nose, 1] - 5
    slope = tilted.landmarks[left] - tilted.landmarks[right]
    assert np.degrees(np.arctan2(slope[1], slope[0])) == pytest.approx(15, abs=1)
    assert front.mesh[nose, 2] == front.mesh[:, 2].min()


def test_hair_in_front_of_the_forehead_is_not_face():
    identity = replace(AVERAGE, glasses=None)
    size, place = (210, 200), Place(99.5, 100.0, 50.0)
    areas = {}
    for style in ("bald", "fringe"):
        person = Person(
            replace(identity, hair=replace(BALD, style=style)), NEUTRAL, FRONT, place, 0.0
        )
        face = compose.draw(SceneCard(size, "studio", 3, LAMP, CAMERA, (person,)))[1][0]
        areas[style] = masks.area(face.region), face.occluded
    assert areas["bald"][1] < 0.01
    assert areas["fringe"][0] < 0.9 * areas["bald"][0]
    assert areas["fringe"][1] == pytest.approx(1 - areas["fringe"][0] / areas["bald"][0], abs=0.03)
