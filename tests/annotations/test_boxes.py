import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.annotations import boxes

SIDES = st.tuples(*[st.floats(0, 1000)] * 4)


@given(st.lists(SIDES, max_size=5))
def test_corner_and_side_form_are_inverse(rows):
    assert boxes.to_xywh(boxes.from_xywh(rows)) == pytest.approx(
        np.array(rows).reshape(-1, 4), abs=1e-9
    )


def test_the_iou_is_that_of_half_open_boxes():
    first = np.array([[0, 0, 10, 10]], float)
    second = np.array([[5, 0, 15, 10], [10, 0, 20, 10], [0, 0, 10, 10]], float)
    assert boxes.iou(first, second)[0].tolist() == pytest.approx([50 / 150, 0, 1])


def test_the_iou_of_nothing_has_no_rows():
    one = np.array([[0, 0, 1, 1]], float)
    assert boxes.iou(np.zeros((0, 4)), one).shape == (0, 1)
    assert boxes.iou(one, np.zeros((0, 4))).shape == (1, 0)


def test_the_input_is_not_changed():
    given_boxes = np.array([[1, 2, 3, 4]], float)
    boxes.to_xywh(given_boxes)
    boxes.from_xywh(given_boxes)
    assert given_boxes.tolist() == [[1, 2, 3, 4]]
