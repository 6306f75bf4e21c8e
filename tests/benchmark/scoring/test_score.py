"""The scoring function as a whole: hand-computed cases and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.metrics import METRICS
from manyfaces.benchmark.protocol import DEFAULT, Protocol
from manyfaces.benchmark.scoring import score, score_result
from manyfaces.benchmark.scoring.score import Sampling
from manyfaces.core.errors import SubmissionError

SIZE = (40, 100)
law = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32)


def faces(places, labels, scores=None):
    """10 by 10 squares at the given left edges, in one image."""
    masks = []
    for left in places:
        mask = np.zeros(SIZE, bool)
        mask[5:15, left : left + 10] = True
        masks.append(mask)
    plain = Instances.from_masks(SIZE, masks, labels)
    if scores is None:
        return plain
    return Instances(SIZE, plain.boxes, plain.labels, plain.masks, np.array(scores, float))


def perfect(truth):
    return [Instances(t.size, t.boxes, t.labels, t.masks, np.ones(len(t))) for t in truth]


def assert_same_rows(first, second, tolerance=1e-12):
    assert [r.model_dump(exclude={"value"}) for r in first] == [
        r.model_dump(exclude={"value"}) for r in second
    ]
    values = [[np.nan if r.value is None else r.value for r in rows] for rows in (first, second)]
    np.testing.assert_allclose(*values, rtol=0, atol=tolerance)


def test_a_case_computed_by_hand(cases):
    truth = [faces([0, 40], [1, 1])]
    rows = score(truth, [faces([0, 80, 40], [1, 1, 1], [0.9, 0.8, 0.7])])
    for task in ("box", "mask"):
        numbers = {
            name: cases.value(rows, task=task, metric=name, class_="fake")
            for name in ("AP", "AR_1", "oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn", "oLRP_threshold")
        }
        # Recall points 0 … 0.5 at precision 1, the other fifty at 2/3.
        assert numbers["AP"] == pytest.approx((51 + 50 * 2 / 3) / 101)
        assert numbers["AR_1"] == 0.5
        # One cut after three detections: (0 + 1 wrong + 0 missed) / 3.
        assert numbers["oLRP"] == pytest.approx(1 / 3)
        assert numbers["oLRP_loc"] == 0
        assert numbers["oLRP_fp"] == pytest.approx(1 / 3)
        assert numbers["oLRP_fn"] == 0
        assert numbers["oLRP_threshold"] == 0.7
        assert cases.value(rows, task=task, metric="AP", class_="real") is None
        assert cases.value(rows, task=task, metric="AP", class_="all") == numbers["AP"]


def test_a_wrong_label_costs_the_class_but_not_the_finding(cases):
    rows = score([faces([0, 40], [0, 1])], [faces([0, 40], [1, 1], [0.9, 0.8])])
    for metric, class_, expected in (
        ("AP50", "any", 1), ("AP50", "real", 0), ("recall", "any", 1), ("recall", "real", 1),
        ("label_accuracy", "any", 0.5), ("label_accuracy", "real", 0),
        ("label_accuracy", "fake", 1), ("label_AUC", "any", 0),
    ):  # fmt: skip
        got = cases.value(rows, task="box", metric=metric, class_=class_)
        assert got == pytest.approx(expected), (metric, class_)


def test_labels_are_ignored_by_pooling_a_second_answer_is_a_false_alarm(cases):
    rows = score([faces([0], [1])], [faces([0, 0], [1, 0], [0.9, 0.2])])
    assert cases.value(rows, task="box", metric="AP", class_="any") == pytest.approx(1)
    rows = score([faces([0, 40], [1, 1])], [faces([0, 0, 40], [1, 0, 1], [0.9, 0.8, 0.7])])
    assert cases.value(rows, task="box", metric="AP", class_="any") == pytest.approx(
        (51 + 50 * 2 / 3) / 101
    )


def test_without_predictions_the_numbers_are_zero_and_without_truth_undefined(cases):
    truth, predictions = cases.random_case(2)
    rows = score(truth, [Instances.empty(cases.SIZE, scored=True) for _ in truth])
    assert cases.value(rows, task="box", metric="AP", class_="all") == 0
    assert cases.value(rows, task="box", metric="oLRP", class_="all") == 1
    assert cases.value(rows, task="box", metric="recall", class_="any") == 0
    for metric in ("oLRP_loc", "oLRP_fp"):
        assert cases.value(rows, task="box", metric=metric, class_="all") is None
    assert cases.value(rows, task="mask", metric="label_AUC", class_="any") is None
    for undefined in (
        score([Instances.empty(cases.SIZE) for _ in truth], predictions),
        score([], []),
    ):
        # An answer to an image without forgery can be wrong: that one is known.
        known = {row.metric for row in undefined if row.n}
        allowed = ("image_IoU", "image_F1", "errors_")
        assert all(name.startswith(allowed) for name in known)
        assert {row.value for row in undefined if not row.n} == {None}
        assert {row.metric for row in undefined} == {row.metric for row in rows}


def test_undefined_is_null_with_nothing_behind_it_and_defined_never(cases):
    for seed in range(10):
        truth, predictions = cases.random_case(seed, images=3, faces=1)
        for row in score(truth, predictions):
            assert (row.value is None) == (row.n == 0), row
            assert row.value is None or 0 <= row.value <= METRICS[row.metric].high, row


def test_records_are_unique_and_carry_the_track(cases):
    rows = score(*cases.random_case(1), track="blur-3")
    keys = [(row.task, row.metric, row.class_, row.stratum) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row.track for row in rows} == {"blur-3"}


def test_the_area_stated_by_the_truth_decides_the_size(cases):
    plain = faces([0], [1])
    large = Instances(
        SIZE, plain.boxes, plain.labels, plain.masks, extra={"area": np.array([96.0**2 + 1])}
    )
    rows = score([large], perfect([large]))
    assert cases.value(rows, task="mask", metric="AP_large", class_="fake") == pytest.approx(1)
    assert cases.value(rows, task="mask", metric="AP_small", class_="fake") is None


def test_the_result_names_the_rules_and_the_files(cases):
    truth, predictions = cases.random_case(4)
    protocol = Protocol(version="mine", max_detections=(1, 10, 50))
    sampling = Sampling(draws=50)
    result = score_result(
        truth, predictions, protocol, hashes={"truth": "ab"}, about={"x": 1}, sampling=sampling
    )
    assert result.protocol == protocol.record()
    assert result.hashes == {"truth": "ab", "protocol": protocol.sha256}
    assert result.about == {"images": len(truth), "x": 1}
    assert result.scores == tuple(score(truth, predictions, protocol, sampling=sampling))
    assert protocol.sha256 != DEFAULT.sha256


def test_progress_goes_through_all_blocks(cases):
    truth, predictions = cases.random_case(4)
    seen = []

    def watch(items, *, total, what):
        for item in items:
            seen.append((total, what))
            yield item

    assert score(truth, predictions, progress=watch) == score(truth, predictions)
    assert len(seen) == seen[0][0] == 1  # so few faces are one block


def test_mismatched_input_is_refused_by_name(cases):
    truth, predictions = cases.random_case(4, images=2)
    with pytest.raises(SubmissionError, match="different images"):
        score(truth, predictions[:1])
    with pytest.raises(SubmissionError, match="need scores"):
        score(truth, truth)
    with pytest.raises(SubmissionError, match="another size"):
        score(truth, [Instances.empty((9, 9), scored=True)] * 2)


@law
@given(seed=seeds)
def test_perfect_predictions_have_no_error(cases, seed):
    truth, _ = cases.random_case(seed, images=3)
    best = {"AP": 1, "AR_100": 1, "oLRP": 0, "oLRP_fn": 0, "oLRP_loc": 0}
    for row in score(truth, perfect(truth)):
        if row.value is not None and row.metric in best:
            assert row.value == pytest.approx(best[row.metric], abs=1e-12), row
        if row.value is not None and row.metric in {"label_AUC", "label_accuracy", "recall"}:
            # Two squares drawn on one another are found as one another at worst.
            assert row.value == 1 or truths_overlap(truth), row


def truths_overlap(truth):
    return any(
        (np.triu(box_iou(t), 1) >= 0.5).any() or (np.triu(mask_iou(t), 1) >= 0.5).any()
        for t in truth
    )


def box_iou(faces_):
    from manyfaces.annotations import boxes

    return boxes.iou(faces_.boxes, faces_.boxes)


def mask_iou(faces_):
    from manyfaces.annotations import masks

    return masks.iou(faces_.masks, faces_.masks)


@settings(law, derandomize=True)  # of two faces that overlap alike the later is taken
@given(seed=seeds)
def test_the_order_of_images_and_of_faces_changes_nothing(cases, seed):
    truth, predictions = cases.random_case(seed, decimals=12, crowded=False)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(truth))
    shuffled = score(
        [truth[i][rng.permutation(len(truth[i]))] for i in order],
        [predictions[i][rng.permutation(len(predictions[i]))] for i in order],
    )
    assert_same_rows(score(truth, predictions), shuffled)


@law
@given(seed=seeds, low=st.floats(0, 1))
def test_a_false_alarm_below_all_other_scores_never_helps(cases, seed, low):
    truth, predictions = cases.random_case(seed, images=4, decimals=12)
    least = min((p.scores.min() for p in predictions if len(p)), default=1.0)
    pixel = np.zeros(cases.SIZE, bool)  # smaller than half of any face
    pixel[20, 20] = True
    alarm = cases.scored(Instances.from_masks(cases.SIZE, [pixel], [1]), [low * least])
    worse = score(truth, [Instances.concat([predictions[0], alarm]), *predictions[1:]])
    for before, after in zip(score(truth, predictions), worse, strict=True):
        if before.metric.startswith(("AP", "AR", "recall")) and before.value is not None:
            assert after.value <= before.value + 1e-12, before
        if before.metric == "oLRP" and before.value is not None:
            assert after.value >= before.value - 1e-12, before


@law
@given(seed=seeds)
def test_rectangular_masks_score_as_their_boxes(cases, seed):
    rng = np.random.default_rng(seed)
    truth, predictions = [], []
    for _ in range(4):
        drawn = [cases.square(rng) for _ in range(rng.integers(0, 6))]
        truth.append(Instances.from_masks(cases.SIZE, drawn, rng.integers(0, 2, len(drawn))))
        moved = [np.roll(mask, rng.integers(-3, 4), axis=1) for mask in drawn]
        # A rectangle rolled over the edge is two; its box would be another shape.
        kept = [m for m, d in zip(moved, drawn, strict=True) if not (m & ~d)[:, [0, -1]].any()]
        plain = Instances.from_masks(cases.SIZE, kept, rng.integers(0, 2, len(kept)))
        predictions.append(cases.scored(plain, rng.random(len(kept))))
    rows = score(truth, predictions)
    box = [row for row in rows if row.task == "box"]
    mask = [
        row.model_copy(update={"task": "box", "metric": row.metric.replace("mask_", "box_")})
        for row in rows
        if row.task == "mask"
    ]
    assert_same_rows(box, mask)
