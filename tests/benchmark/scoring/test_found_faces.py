"""Label quality on found faces, by hand; strata; ROC AUC against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.annotations.coco import objects
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.scoring.found_faces import found_faces, roc_auc
from manyfaces.benchmark.scoring.matching import match
from reference_pairs import compare
from sklearn.metrics import roc_auc_score

SIZE = (200, 400)
REAL, FAKE = 0, 1


def squares(places, labels, scores=None, *, sides=None, methods=None):
    masks = np.zeros((len(places), *SIZE), bool)
    for row, left in enumerate(places):
        side = 20 if sides is None else sides[row]
        masks[row, :side, left : left + side] = True
    plain = Instances.from_masks(SIZE, list(masks), labels)
    return Instances(
        SIZE, plain.boxes, plain.labels, plain.masks,
        None if scores is None else np.array(scores, float),
        {} if methods is None else {"method": objects(methods)},
    )  # fmt: skip


def found(truth, prediction):
    pairs = compare(truth, prediction, "mask", 0.5)
    return found_faces(pairs, match(pairs, DEFAULT), DEFAULT)


@pytest.mark.parametrize(
    ("labels", "scores", "forged", "right"),
    [
        ([FAKE], [0.8], 0.9, 1),
        ([REAL], [0.8], 0.1, 0),
        ([FAKE, REAL], [0.6, 0.3], 0.65, 1),
        ([REAL, FAKE], [0.6, 0.3], 0.35, 0),
        ([FAKE, REAL], [0.5, 0.5], 0.5, 0.5),
        ([FAKE, REAL], [0.0, 0.0], 0.5, 0.5),
        # However unsure, an answer leans to its label: 0.3 for fake alone still says fake.
        ([FAKE], [0.3], 0.65, 1),
        # Of several answers of one label the highest counts.
        ([REAL, FAKE, FAKE], [0.3, 0.6, 0.2], 0.65, 1),
    ],
)
def test_the_forged_score_of_a_face(labels, scores, forged, right):
    result = found(squares([0], [FAKE]), squares([1] * len(labels), labels, scores))
    assert result.found.tolist() == [True]
    assert result.iou[0] == pytest.approx(19 / 21)
    assert result.forged[0] == pytest.approx(forged)
    assert result.right[0] == right
    mirrored = found(squares([0], [REAL]), squares([1] * len(labels), labels, scores))
    assert mirrored.right[0] == 1 - right


def test_an_answer_speaks_of_the_face_that_it_matches_or_else_overlaps_most():
    # Two faces, 6 pixels apart: each answer overlaps both by more than one half.
    truth = squares([0, 6], [REAL, FAKE])
    answers = squares([1, 5, 4], [REAL, FAKE, REAL], [0.9, 0.8, 0.4])
    result = found(truth, answers)
    assert result.forged == pytest.approx([(1 - 0.9) / 2, (1 + 0.8 - 0.4) / 2])


def test_an_answer_that_had_to_take_the_next_face_speaks_of_that_one():
    # The second answer lies closer to the first face, which the first answer holds.
    result = found(squares([0, 6], [REAL, FAKE]), squares([1, 2], [REAL, FAKE], [0.9, 0.8]))
    assert result.forged == pytest.approx([(1 - 0.9) / 2, (1 + 0.8) / 2])


def test_a_missed_face_is_not_judged(cases):
    truth, prediction = squares([0, 100], [FAKE, REAL]), squares([100], [FAKE], [0.9])
    assert found(truth, prediction).found.tolist() == [False, True]
    rows = score([truth], [prediction])
    assert cases.value(rows, task="mask", metric="recall", class_="any") == 0.5
    assert cases.value(rows, task="mask", metric="label_accuracy", class_="any") == 0
    assert cases.value(rows, task="mask", metric="label_AUC", class_="any") is None
    assert cases.value(rows, task="mask", metric="mask_IoU", class_="any") == 1


def test_each_method_is_told_from_every_real_face(cases):
    truth = squares(
        [0, 50, 100, 150], [REAL, REAL, FAKE, FAKE], methods=[None, None, "swap", "blend"]
    )
    answers = squares([0, 50, 100, 150], [FAKE] * 4, [0.3, 0.6, 0.9, 0.4])
    rows = score([truth], [answers])

    def of(metric, stratum):
        return cases.value(rows, task="box", metric=metric, class_="any", stratum=stratum)

    assert of("label_AUC", "method=swap") == 1
    assert of("label_AUC", "method=blend") == 0.5
    assert of("label_AUC", "all") == 0.75
    assert of("recall", "method=swap") == 1
    assert of("label_accuracy", "method=blend") == 1
    counts = {row.stratum: row.n for row in rows if row.metric == "label_AUC"}
    assert counts["method=swap"] == 1
    assert counts["all"] == 4


def test_who_knows_size_alone_tells_no_fake_from_a_real_face_of_like_size(cases):
    # 20² is small and real; of the three of 40² (an octave: 1,024 to 2,047) one is forged.
    truth = squares([0, 50, 100, 150], [REAL, REAL, REAL, FAKE], sides=[20, 40, 40, 40])

    def auc(scores):
        answers = squares([0, 50, 100, 150], [FAKE] * 4, scores, sides=[20, 40, 40, 40])
        rows = score([truth], [answers])
        return [
            cases.value(rows, task="box", metric=metric, class_="any")
            for metric in ("label_AUC", "label_AUC_adjusted")
        ]

    assert auc([0.1, 0.7, 0.7, 0.7]) == pytest.approx([2 / 3, 1 / 2])
    assert auc([0.1, 0.8, 0.2, 0.7]) == pytest.approx([2 / 3, 1 / 2])
    assert auc([0.9, 0.2, 0.1, 0.7]) == pytest.approx([2 / 3, 1])


def test_the_adjusted_area_is_the_mean_over_the_fakes_that_can_be_told_from_a_real_face(cases):
    # Octaves of 20² (400), of 40² (1,600) and of 80² (6,400): two fakes and a real face, one
    # and one, and a fake alone, which is left out.
    sides = [20, 20, 20, 40, 40, 80]
    truth = squares(range(0, 360, 60), [FAKE, FAKE, REAL, FAKE, REAL, FAKE], sides=sides)
    scores = [0.9, 0.3, 0.5, 0.6, 0.2, 0.1]
    rows = score([truth], [squares(range(0, 360, 60), [FAKE] * 6, scores, sides=sides)])
    (row,) = (
        row
        for row in rows
        if (row.task, row.metric, row.stratum) == ("box", "label_AUC_adjusted", "all")
    )
    assert (row.value, row.n) == (pytest.approx((0.5 * 2 + 1 * 1) / 3), 3)


def test_strata_by_size_and_by_faces_in_the_image(cases):
    # 32² pixels are small and medium at once, as in COCO.
    first = squares([0, 50, 150], [REAL, FAKE, FAKE], sides=[20, 32, 96])
    second = squares([0], [FAKE])
    rows = score([first, second], [squares([0], [FAKE], [0.9])] * 2)

    def recall(stratum):
        found_rows = [
            (row.value, row.n)
            for row in rows
            if row.metric == "recall" and row.task == "box" and row.class_ == "any"
            and row.stratum == stratum
        ]  # fmt: skip
        assert len(found_rows) == 1
        return found_rows[0]

    assert recall("all") == (0.5, 4)
    assert recall("size=small") == (pytest.approx(2 / 3), 3)
    assert recall("size=medium") == (0, 2)
    assert recall("size=large") == (0, 1)
    assert recall("faces=1") == (1, 1)
    assert recall("faces=2-4") == (pytest.approx(1 / 3), 3)
    assert recall("faces=5+") == (None, 0)


def test_a_picture_is_judged_by_its_highest_score_of_a_fake(cases):
    truth = [squares([0], [FAKE]), squares([0, 50], [REAL, FAKE]), squares([0], [REAL])]
    truth.append(Instances.empty(SIZE))
    answers = [
        squares([0, 90], [FAKE, FAKE], [0.2, 0.7]),
        squares([0], [REAL], [0.9]),
        squares([0, 50], [FAKE, REAL], [0.5, 1.0]),
        Instances.empty(SIZE, scored=True),
    ]
    # 0.7 and 0 against 0.5 and 0: wins 2, ties 1, losses 1.
    assert cases.value(
        score(truth, answers), task="image", metric="image_AUC", class_="any"
    ) == pytest.approx(2.5 / 4)


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), min_size=1, max_size=30),
    st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), min_size=1, max_size=30),
)
def test_auc_is_scikit_learns(positive, negative):
    expected = roc_auc_score([1] * len(positive) + [0] * len(negative), positive + negative)
    assert roc_auc(np.array(positive), np.array(negative)) == pytest.approx(expected)


def test_auc_without_one_side_is_undefined():
    assert roc_auc(np.zeros(0), np.ones(3)) is None
    assert roc_auc(np.ones(3), np.zeros(0)) is None
