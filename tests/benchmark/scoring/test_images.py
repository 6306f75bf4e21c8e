"""Picture-level numbers against scikit-learn, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.benchmark.scoring.images import average_precision, equal_error_rate
from sklearn.metrics import average_precision_score

few = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.5001, 0.9, 1.0]), min_size=1, max_size=12)


@given(positive=few, negative=few)
def test_average_precision_is_that_of_scikit_learn(positive, negative):
    labels = [1] * len(positive) + [0] * len(negative)
    wanted = average_precision_score(labels, positive + negative)
    got = average_precision(np.array(positive), np.array(negative))
    assert got == pytest.approx(wanted)


def test_nothing_forged_has_no_average_precision():
    assert average_precision(np.zeros(0), np.ones(3)) is None
    assert average_precision(np.ones(3), np.zeros(0)) == 1


@pytest.mark.parametrize(
    ("positive", "negative", "rate"),
    [
        ([0.9, 0.8], [0.2, 0.1], 0),
        ([0.1, 0.2], [0.8, 0.9], 1),
        ([0.5, 0.5], [0.5, 0.5], 0.5),  # one step from corner to corner
        ([0.9, 0.3], [0.5, 0.1], 0.5),  # between 0.9 and 0.5 half are missed, half are alarms
        ([0.9, 0.8, 0.7, 0.2], [0.6, 0.3, 0.2, 0.1], 0.25),
    ],
)
def test_equal_error_rate_by_hand(positive, negative, rate):
    assert equal_error_rate(np.array(positive), np.array(negative)) == pytest.approx(rate)


@given(positive=few, negative=few)
def test_exchanging_the_sides_mirrors_the_error_rate(positive, negative):
    rate = equal_error_rate(np.array(positive), np.array(negative))
    mirrored = equal_error_rate(1 - np.array(negative), 1 - np.array(positive))
    assert rate == pytest.approx(mirrored)
    assert 0 <= rate <= 1


def test_one_side_empty_is_undefined():
    assert equal_error_rate(np.zeros(0), np.ones(2)) is None
