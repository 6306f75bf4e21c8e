"""The COCO numbers, side by side with pycocotools and faster-coco-eval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.scoring import score


def assert_same(cases, truth, predictions, task, class_="all", evaluator="pycocotools"):
    expected = cases.evaluate(
        cases.coco_dataset(truth),
        cases.coco_results(predictions, task),
        task,
        class_,
        evaluator,
    )
    got = cases.twelve(score(truth, predictions), task, class_)
    assert got == pytest.approx(expected, abs=1e-9, rel=0)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    images=st.integers(1, 8),
    faces=st.integers(0, 6),
    extra=st.sampled_from([0, 2, 6]),
    decimals=st.sampled_from([0, 1, 8]),
    task=st.sampled_from(["box", "mask"]),
    class_=st.sampled_from(["all", "real", "fake", "any"]),
)
def test_the_twelve_numbers_are_those_of_pycocotools(
    cases, seed, images, faces, extra, decimals, task, class_
):
    truth, predictions = cases.random_case(seed, images, faces, extra, decimals)
    assert_same(cases, truth, predictions, task, class_)


@pytest.mark.parametrize("task", ["box", "mask"])
@pytest.mark.parametrize("class_", ["all", "any"])
def test_more_than_a_hundred_detections_are_cut_as_coco_cuts_them(cases, task, class_):
    truth, predictions = cases.random_case(3, images=6, faces=5, extra=500)
    assert max(map(len, predictions)) > 250
    assert_same(cases, truth, predictions, task, class_)


@pytest.mark.parametrize("task", ["box", "mask", "boundary"])
@pytest.mark.parametrize("seed", range(4))
def test_the_twelve_numbers_are_those_of_faster_coco_eval(cases, seed, task):
    truth, predictions = cases.random_case(100 + seed, images=12)
    assert_same(cases, truth, predictions, task, "all", "faster-coco-eval")


@pytest.mark.parametrize("task", ["box", "mask"])
def test_empty_sides_are_those_of_pycocotools(cases, task):
    truth, predictions = cases.random_case(5)
    nothing = [Instances.empty(cases.SIZE, scored=True) for _ in truth]
    nobody = [Instances.empty(cases.SIZE) for _ in truth]
    assert_same(cases, truth, nothing, task)
    assert_same(cases, nobody, predictions, task)
    assert_same(cases, nobody, nothing, task)


def strips(cases, lefts, width, labels, scores=None):
    masks = np.zeros((len(lefts), *cases.SIZE), bool)
    for mask, left, wide in zip(masks, lefts, width, strict=True):
        mask[10:42, left : left + wide] = True
    plain = Instances.from_masks(cases.SIZE, list(masks), labels)
    return plain if scores is None else cases.scored(plain, scores)


@pytest.mark.parametrize("task", ["box", "mask"])
def test_of_two_faces_that_overlap_alike_the_later_is_taken(cases, task):
    truth = [strips(cases, [10, 14], [10, 10], [1, 1])]
    # The first detection lies between the two; the second fits the later alone.
    found = [strips(cases, [12, 15], [10, 10], [1, 1], [0.9, 0.8])]
    assert_same(cases, truth, found, task)
    rows = score(truth, found)
    assert cases.value(rows, task=task, metric="AR_100", class_="fake") < 0.5


@pytest.mark.parametrize("task", ["box", "mask"])
def test_a_face_of_the_wanted_size_comes_before_a_closer_one_of_another(cases, task):
    # 32 by 32 pixels are small, 40 by 32 are not; the detection is closer to the latter.
    truth = [strips(cases, [10, 8], [32, 40], [1, 1])]
    found = [strips(cases, [9], [38], [1], [0.9])]
    assert_same(cases, truth, found, task)
    rows = score(truth, found)
    assert cases.value(rows, task=task, metric="AP_small", class_="fake") > 0
