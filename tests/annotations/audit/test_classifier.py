"""The classifier sees leaks of any form, and nothing in noise."""

import numpy as np
import pytest
from manyfaces.annotations.audit import classifier
from manyfaces.annotations.audit.auc import auc, split_groups
from manyfaces.annotations.audit.classifier import fit, out_of_fold


def told(values, forged):
    folds = split_groups(np.arange(len(forged)), forged, 5, np.random.default_rng(0))
    return auc(out_of_fold(values, forged, folds), forged)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_noise_tells_nothing(rng):
    forged = rng.random(2000) < 0.3
    assert told(rng.normal(size=(2000, 4)), forged) == pytest.approx(0.5, abs=0.05)


def test_a_leak_that_neither_rises_nor_falls_is_seen(rng):
    values = rng.normal(size=(600, 1))
    assert told(values, np.abs(values[:, 0]) < 0.7) > 0.9


def test_a_missing_value_tells(rng):
    forged = rng.random(300) < 0.5
    values = rng.normal(size=(300, 2))
    values[forged, 1] = np.nan
    assert told(values, forged) > 0.99


def test_columns_that_say_nothing_are_harmless():
    forged = np.arange(60) % 2 == 1
    values = np.column_stack([np.full(60, np.nan), np.full(60, 3.0)])
    assert told(values, forged) == 0.5


def test_huge_values_and_outliers_are_harmless(rng):
    forged = rng.random(300) < 0.5
    values = np.column_stack([forged + rng.normal(0, 0.1, 300), rng.normal(size=300) * 1e12])
    values[0] = 1e15
    assert told(values, forged) > 0.95


def test_many_rows_are_thinned(rng, monkeypatch):
    monkeypatch.setattr(classifier, "ENOUGH", 200)
    values = rng.normal(size=(5000, 1))
    model = fit(values, values[:, 0] > 0)
    assert auc(model.logits(values), values[:, 0] > 0) > 0.95
