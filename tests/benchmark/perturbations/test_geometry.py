"""Faces move with the pixels beneath them."""

import cv2
import numpy as np
import pytest
from manyfaces.annotations import masks as mask_tools
from manyfaces.annotations.coco import objects
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.perturbations.geometry import move_instances, move_points, warp
from manyfaces.benchmark.perturbations.operator import SEVERITIES, size_of
from manyfaces.benchmark.perturbations.table import PERTURBATIONS

SIZE = (120, 160)
MOVERS = {name: row for name, row in PERTURBATIONS.items() if row.moves_pixels}


def disc(x, y, radius, size=SIZE):
    rows, columns = np.ogrid[: size[0], : size[1]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def faces():
    masks = [disc(40, 60, 20), disc(110, 50, 15)]
    keypoints = np.zeros((2, 204))
    keypoints[0, :6] = [40, 60, 2, 45.5, 55, 1]
    extra = {
        "annotation_id": np.array([1, 2]),
        "keypoints": keypoints,
        "manipulation": objects([mask_tools.encode(disc(40, 60, 10)), None]),
        "method": objects(["swap", None]),
    }
    found = Instances.from_masks(SIZE, masks, [1, 0], extra)
    boxes = found.boxes + np.array([[-2, -1, 3, 4], [0, 0, 0, 0]])
    return Instances(SIZE, boxes, found.labels, found.masks, None, found.extra)


def shift(dx, dy):
    """The field under which everything moves by (dx, dy): a new pixel comes from behind."""
    return np.full((*SIZE, 2), [-dx, -dy], np.float32)


def test_a_whole_shift_moves_everything_by_it():
    before, after = faces(), move_instances(faces(), shift(7, -4))
    assert np.array_equal(mask_tools.decode(after.masks[0]), disc(47, 56, 20))
    assert np.array_equal(mask_tools.decode(after.masks[1]), disc(117, 46, 15))
    assert np.array_equal(after.boxes, before.boxes + np.array([7, -4, 7, -4]))
    assert after.extra["keypoints"][0, :6].tolist() == [47, 56, 2, 52.5, 51, 1]
    assert not after.extra["keypoints"][1].any()
    moved = after.extra["manipulation"]
    assert np.array_equal(mask_tools.decode(moved[0]), disc(47, 56, 10))
    assert moved[1] is None
    assert after.extra["method"].tolist() == ["swap", None]
    assert after.labels.tolist() == [1, 0]


def test_boxes_stay_inside_and_landmarks_that_leave_are_unlabelled():
    after = move_instances(faces(), shift(-42, 0))
    assert after.boxes[0, 0] == 0
    keypoints = after.extra["keypoints"][0, :6].tolist()
    assert keypoints == [0, 0, 0, 3.5, 55, 1]


def test_a_picture_without_faces_is_moved():
    empty = Instances.empty(SIZE)
    assert len(move_instances(empty, shift(3, 3))) == 0


def test_the_input_is_left_alone():
    before = faces()
    kept = before.extra["keypoints"].copy(), before.boxes.copy(), before.masks
    move_instances(before, shift(9, 9))
    assert np.array_equal(before.extra["keypoints"], kept[0])
    assert np.array_equal(before.boxes, kept[1])
    assert before.masks == kept[2]
    assert before.extra["manipulation"][1] is None


def test_there_is_an_operator_that_moves_pixels():
    assert "elastic" in MOVERS


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("name", MOVERS)
def test_masks_and_points_stay_on_what_they_mark(name, severity):
    row = MOVERS[name]
    size = (300, 400)
    mask = disc(210, 140, 60, size)
    image = np.repeat(mask[:, :, None] * np.uint8(255), 3, axis=2)
    truth = Instances.from_masks(size, [mask], [0])
    for seed in range(4):
        params = row.draw(np.random.default_rng(seed), severity, size)
        shown = row.apply(image, params)[:, :, 0] > 127
        moved = row.apply_instances(truth, params)
        union = mask_tools.encode(shown)
        assert mask_tools.iou([union], moved.masks)[0, 0] > 0.97
        assert np.array_equal(mask_tools.box(moved.masks[0]), moved.boxes[0])


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_dot_is_found_where_its_landmark_moves(severity):
    row, size = PERTURBATIONS["elastic"], (300, 400)
    for seed in range(4):
        params = row.draw(np.random.default_rng(seed), severity, size)
        field = row.field(size, params)
        point = np.array([[180.0 + 10 * seed, 150.0]])
        image = np.zeros((*size, 3), np.uint8)
        cv2.circle(image, tuple(point[0].astype(int)), 3, (255, 255, 255), -1)
        weights = warp(image, field)[:, :, 0].astype(float)
        rows, columns = np.indices(size)
        centre = np.array([(weights * axis).sum() for axis in (columns, rows)]) / weights.sum()
        assert np.linalg.norm(move_points(point, field)[0] - centre) < 0.6


def test_operators_that_move_nothing_leave_the_faces_as_they_are():
    truth = faces()
    for row in PERTURBATIONS.values():
        if not row.moves_pixels:
            params = row.draw(np.random.default_rng(0), 5, SIZE)
            assert row.apply_instances(truth, params) is truth


def test_a_still_field_leaves_the_picture_as_it_is():
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    assert np.array_equal(warp(image, np.zeros((*SIZE, 2), np.float32)), image)
    assert size_of(image) == SIZE
