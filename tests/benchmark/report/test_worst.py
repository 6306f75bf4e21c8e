import cv2
import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.report.drawing import FAKE_COLOUR, draw_faces
from manyfaces.benchmark.report.worst import (
    SCORE,
    best_threshold,
    draw_worst,
    instances_of_image,
    worst_images,
)
from manyfaces.core.errors import DataError


def counts(mistakes):
    return [(m.id, m.missed, m.false_alarms, m.wrong_labels, m.total) for m in mistakes]


def gray(size):
    return lambda _: np.full((*size, 3), 128, np.uint8)


def test_the_worst_come_first_and_the_right_ones_not_at_all(cases):
    comparison = cases.compared(*cases.crowd(), ids=[7, 8, 9])
    assert counts(worst_images(comparison, 0.5)) == [(8, 0, 1, 1, 2), (9, 1, 0, 0, 1)]
    assert counts(worst_images(comparison, 0.5, limit=1)) == [(8, 0, 1, 1, 2)]


def test_answers_below_the_threshold_are_silent(cases):
    comparison = cases.compared(*cases.crowd())
    assert counts(worst_images(comparison, 0.75))[0] == (1, 0, 0, 1, 1)
    everything_missed = counts(worst_images(comparison, 0.99))
    assert [row[1] for row in everything_missed] == [2, 2, 2]


def test_a_second_answer_for_a_face_is_no_false_alarm(cases):
    truth = [cases.squares([0], [cases.FAKE])]
    found = [cases.squares([0, 0], [cases.REAL, cases.FAKE], [0.6, 0.9])]
    assert worst_images(cases.compared(truth, found), 0.5) == []


def test_the_threshold_is_the_best_one_or_a_half(cases):
    truth, found = cases.crowd()
    assert best_threshold(cases.compared(truth, found)) == pytest.approx(0.8)
    nothing = [Instances.empty(cases.SIZE, scored=True)] * 3
    assert best_threshold(cases.compared(truth, nothing)) == SCORE


def test_pictures_show_truth_and_prediction(cases):
    comparison = cases.compared(*cases.crowd(), ids=[7, 8, 9])
    drawn = draw_worst(comparison, gray(cases.SIZE))
    assert [one.mistakes.id for one in drawn] == [8, 9]
    truth, prediction = (
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)
        for data in (drawn[0].truth, drawn[0].prediction)
    )
    assert truth.shape[:2] == prediction.shape[:2] == drawn[0].size == cases.SIZE
    # The second face: red in truth, green as answered.
    assert truth[10, 60, 0] > truth[10, 60, 1] + 20
    assert prediction[10, 60, 1] > prediction[10, 60, 0] + 20


def test_a_picture_of_another_size_is_refused(cases):
    comparison = cases.compared(*cases.crowd(), ids=[7, 8, 9])
    with pytest.raises(DataError, match="image 8"):
        draw_worst(comparison, gray((10, 10)))


def test_columns_give_back_the_instances(cases):
    truth, found = cases.crowd()
    comparison = cases.compared(truth, found)
    for image, (own, answer) in enumerate(zip(truth, found, strict=True)):
        for columns, expected in ((comparison.truth, own), (comparison.found, answer)):
            back = instances_of_image(columns, image)
            np.testing.assert_array_equal(back.boxes, expected.boxes)
            np.testing.assert_array_equal(back.labels, expected.labels)
            assert back.masks == expected.masks
            assert (back.scores is None) == (expected.scores is None)


def test_drawing_leaves_the_picture_as_it_is(cases):
    picture = np.zeros((*cases.SIZE, 3), np.uint8)
    shown = draw_faces(picture, cases.squares([0], [cases.FAKE]))
    assert not picture.any()
    np.testing.assert_array_equal(shown[10, 10], (0.4 * np.array(FAKE_COLOUR)).astype(np.uint8))
    assert not shown[10, 100].any()
