"""The forged region, against pictures of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations import masks
from manyfaces.annotations.columns import columns_of
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.scoring.overlaps import overlaps
from manyfaces.benchmark.scoring.pixels import pixel_values

SIZE = (20, 30)


def region(faces, threshold=None):
    """The union of the faces labelled fake, as a picture."""
    picture = np.zeros(faces.size, bool)
    for row in np.flatnonzero(faces.labels == 1):
        if threshold is None or faces.scores[row] >= threshold:
            picture |= masks.decode(faces.masks[row])
    return picture


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_regions_are_unions_of_masks(cases, seed):
    truth, found = cases.random_case(seed, images=3, decimals=2)
    forged = overlaps(columns_of(truth), columns_of(found)).forged
    count = len(DEFAULT.pixel_thresholds)
    for row, (faces, answer) in enumerate(zip(truth, found, strict=True)):
        true = region(faces)
        assert forged[row, 0] == true.sum()
        for at, threshold in enumerate(DEFAULT.pixel_thresholds):
            said = region(answer, threshold)
            assert forged[row, 1 + at] == said.sum()
            assert forged[row, 1 + count + at] == (said & true).sum()


def strips(rows, labels, scores=None):
    made = np.zeros((len(rows), *SIZE), bool)
    for mask, (top, bottom) in zip(made, rows, strict=True):
        mask[top:bottom] = True
    plain = Instances.from_masks(SIZE, list(made), labels)
    given_scores = None if scores is None else np.array(scores, float)
    return Instances(SIZE, plain.boxes, plain.labels, plain.masks, given_scores)


def values(truth, found):
    rows = score(truth, found)
    return {row.metric: row.value for row in rows if row.task == "pixel"}


def test_by_hand():
    # Image 1: rows 0 to 10 are forged; 5 to 15 are answered surely, 0 to 5 unsurely.
    # Image 2: nothing is forged, and nothing is answered forged.
    truth = [strips([(0, 10)], [1]), strips([(0, 5)], [0])]
    found = [strips([(5, 15), (0, 5)], [1, 1], [0.9, 0.3]), strips([(0, 5)], [0], [0.9])]
    got = values(truth, found)
    assert got["pixel_IoU"] == pytest.approx(5 / 15)
    assert got["pixel_F1"] == pytest.approx(10 / 20)
    assert got["image_IoU"] == pytest.approx((5 / 15 + 1) / 2)
    assert got["image_F1"] == pytest.approx((10 / 20 + 1) / 2)
    # At 0.3 and below all fifteen rows are answered: 10 of them are right.
    assert got["pixel_F1_best"] == pytest.approx(20 / 25)
    assert got["pixel_threshold"] == pytest.approx(0.1)
    assert got["image_IoU_best"] == pytest.approx((10 / 15 + 1) / 2)


def test_a_false_alarm_on_an_image_without_forgery_counts_nothing():
    truth = [strips([(0, 10)], [1]), strips([], [])]
    found = [strips([(0, 10)], [1], [0.9]), strips([(3, 4)], [1], [0.8])]
    got = values(truth, found)
    assert got["image_IoU"] == pytest.approx(0.5)
    assert got["pixel_IoU"] == pytest.approx(10 / 11)


def test_a_set_without_forgery_has_no_pooled_number():
    got = values([strips([(0, 3)], [0])], [strips([], [], [])])
    assert got["pixel_IoU"] is None
    assert got["pixel_threshold"] is None
    assert got["image_IoU"] == 1


def test_no_images_no_numbers():
    forged = np.zeros((0, 1 + 2 * len(DEFAULT.pixel_thresholds)), np.int64)
    assert {value for value, _ in pixel_values(forged, DEFAULT).values()} == {None}
