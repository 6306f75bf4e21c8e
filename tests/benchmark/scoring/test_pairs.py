"""Pairs of truth and detections: parts join to the whole."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.benchmark.protocol import DEFAULT, Protocol
from manyfaces.benchmark.scoring.matching import match
from manyfaces.benchmark.scoring.pairs import Faces, Pairs
from reference_pairs import compare, join


def flat(record):
    return {
        field.name: value if not dataclasses.is_dataclass(value) else flat(value)
        for field in dataclasses.fields(record)
        for value in [getattr(record, field.name)]
    }


def assert_equal(first, second):
    np.testing.assert_equal(flat(first), flat(second))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.integers(0, 6), task=st.sampled_from(["box", "mask"]))
def test_parts_join_to_the_whole(cases, seed, cut, task):
    images = [
        compare(truth, found, task, 0.5)
        for truth, found in zip(*cases.random_case(seed, images=6), strict=True)
    ]
    whole = join(images)
    assert_equal(join([join(images[:cut]), join(images[cut:])]), whole)
    assert whole.images == 6


def test_one_label_keeps_its_faces_and_pairs_only(cases):
    truth, found = cases.random_case(3, images=6)
    both = list(zip(truth, found, strict=True))
    whole = join([compare(t, p, "mask", 0.5) for t, p in both])
    for label in (0, 1):
        alone = join(
            [compare(t[t.labels == label], p[p.labels == label], "mask", 0.5) for t, p in both]
        )
        assert_equal(whole.of_label(label), alone)


def test_only_pairs_from_the_floor_up_are_kept(cases):
    truth, found = cases.random_case(3, images=1, faces=6)
    low, high = (compare(truth[0], found[0], "box", floor) for floor in (0.1, 0.7))
    assert len(high.pair_iou) < len(low.pair_iou)
    assert (low.pair_iou >= 0.1).all()
    np.testing.assert_equal(high.pair_iou, low.pair_iou[low.pair_iou >= 0.7])


def test_each_image_is_matched_as_if_alone(cases):
    truth, found = cases.random_case(9, images=5, decimals=12)
    images = [compare(t, p, "box", 0.5) for t, p in zip(truth, found, strict=True)]
    whole = match(join(images), DEFAULT)
    alone = [match(image, DEFAULT) for image in images]
    assert whole.matched.sum() == sum(part.matched.sum() for part in alone)
    assert whole.ignored.sum() == sum(part.ignored.sum() for part in alone)
    np.testing.assert_equal(
        np.sort(whole.iou[0]), np.sort(np.concatenate([part.iou[0] for part in alone]))
    )


def test_an_iou_of_one_survives_rounding():
    face = Faces(np.array([0]), np.array([1]), np.array([100.0]))
    pair = np.array([0])
    for iou, hit in ((1 - 1e-11, True), (1 - 1e-9, False)):
        pairs = Pairs(1, face, face, np.array([0.5]), pair, pair, np.array([iou]))
        matches = match(pairs, Protocol(iou_thresholds=(0.5, 1.0)))
        assert matches.matched[:, 0, 0].tolist() == [True, hit]
