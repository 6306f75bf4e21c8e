"""The area under the ROC curve against its definition, and folds that share no group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.annotations.audit.auc import auc, interval, split_groups
from sklearn.metrics import roc_auc_score


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_it_is_that_of_scikit_learn(rows):
    scores, forged = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows])
    if forged.all() or not forged.any():
        assert np.isnan(auc(scores, forged))
    else:
        assert auc(scores, forged) == pytest.approx(roc_auc_score(forged, scores))


def test_weights_are_copies():
    scores, forged = np.array([1.0, 2, 3, 2]), np.array([False, True, False, True])
    often = np.array([2.0, 1, 3, 0])
    rows = np.repeat(np.arange(4), often.astype(int))
    assert auc(scores, forged, often) == pytest.approx(auc(scores[rows], forged[rows]))


def test_few_groups_give_a_wider_interval():
    rng = np.random.default_rng(0)
    forged = np.arange(200) % 2 == 1
    scores = rng.normal(size=200) + 0.5 * forged
    one = interval(scores, forged, np.arange(200), np.random.default_rng(1))
    assert one[0] < auc(scores, forged) < one[1]
    copies = np.tile(scores[:20], 10), np.tile(forged[:20], 10), np.tile(np.arange(20), 10)
    few = interval(*copies, np.random.default_rng(1))
    assert few[1] - few[0] > one[1] - one[0]


@given(st.lists(st.integers(0, 8), min_size=10, max_size=60), st.integers(0, 5))
def test_a_group_is_in_one_fold(groups, seed):
    groups = np.unique(groups, return_inverse=True)[1]
    forged = np.random.default_rng(seed).random(len(groups)) < 0.5
    folds = split_groups(groups, forged, 3, np.random.default_rng(seed))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))


def test_single_rows_spread_evenly_by_class():
    forged = np.arange(100) < 30
    folds = split_groups(np.arange(100), forged, 5, np.random.default_rng(0))
    assert np.bincount(folds[forged]).tolist() == [6] * 5
    assert np.bincount(folds[~forged]).tolist() == [14] * 5
