"""Overlaps in bulk against pycocotools, image by image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations.columns import columns_of
from manyfaces.benchmark.scoring import overlaps as module
from manyfaces.benchmark.scoring.comparison import compare
from reference_pairs import compare as slowly
from reference_pairs import join


def as_set(pairs):
    """Pairs in one order, whatever the order that they were found in."""
    order = np.lexsort((pairs.pair_truth, pairs.pair_detection))
    return pairs.pair_truth[order], pairs.pair_detection[order], pairs.pair_iou[order]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    task=st.sampled_from(["box", "mask", "boundary"]),
    floor=st.sampled_from([0.1, 0.5, 1 - 1e-10]),
)
def test_pairs_are_those_of_pycocotools(cases, seed, task, floor):
    truth, found = cases.random_case(seed, images=4)
    slow = join([slowly(t, p, task, floor) for t, p in zip(truth, found, strict=True)])
    fast = compare(columns_of(truth), columns_of(found)).pairs(task, floor)
    for ours, theirs in zip(as_set(fast), as_set(slow), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(fast.truth.area, slow.truth.area)
    np.testing.assert_allclose(fast.detections.area, slow.detections.area)


def test_blocks_and_threads_change_nothing(cases, monkeypatch):
    truth, found = cases.random_case(5, images=9)
    whole = module.overlaps(columns_of(truth), columns_of(found))
    monkeypatch.setattr(module, "BLOCK", 3)
    parts = module.overlaps(columns_of(truth), columns_of(found))
    for name in ("truth", "detection", "box", "mask", "boundary", "forged"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_plain_overlaps_leave_out_boundaries_alone(cases):
    truth, found = (columns_of(part) for part in cases.random_case(6))
    whole, plain = (module.overlaps(truth, found, plain=which) for which in (False, True))
    np.testing.assert_array_equal(plain.mask, whole.mask)
    assert whole.boundary.max() > 0
    assert plain.boundary.max(initial=0) == 0


def test_no_images_at_all():
    nothing = module.overlaps(columns_of([]), columns_of([]))
    assert len(nothing.truth) == 0
    assert nothing.forged.shape[0] == 0


@pytest.mark.parametrize("side", ["truth", "found"])
def test_one_empty_side(cases, side):
    truth, found = (columns_of(part) for part in cases.random_case(6))
    empty = columns_of([part[[]] for part in cases.random_case(6)[side == "found"]])
    pairs = module.overlaps(*((empty, found) if side == "truth" else (truth, empty)))
    assert len(pairs.mask) == 0
