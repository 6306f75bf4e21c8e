"""An interrupted run's answers: whole, of the same detector, for the same picture."""

import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.kept_answers import KeptAnswers

SIZE = (20, 30)
DETECTOR = {"kind": "object", "reference": "a:b"}


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"a picture")
    return path


@pytest.fixture
def found():
    mask = np.zeros(SIZE, bool)
    mask[2:9, 3:14] = True
    return Instances(
        SIZE,
        np.array([[0.1, 0.2, 1 / 3, 9.7]]),
        np.array([1]),
        Instances.from_masks(SIZE, [mask], [1]).masks,
        np.array([1 / 7]),
    )


def kept(tmp_path, **identity):
    return KeptAnswers(tmp_path / "P.json", {**DETECTOR, **identity})


def test_an_answer_comes_back_to_the_last_digit(tmp_path, picture, found):
    kept(tmp_path).add(7, picture, found)
    again = kept(tmp_path)
    assert len(again) == 1
    answer = again.get(7, picture)
    assert (answer.boxes == found.boxes).all()
    assert (answer.scores == found.scores).all()
    assert (answer.size, answer.masks) == (found.size, found.masks)
    assert answer.labels.tolist() == [1]


def test_a_picture_without_faces_is_an_answer_too(tmp_path, picture):
    kept(tmp_path).add(7, picture, Instances.empty(SIZE, scored=True))
    assert len(kept(tmp_path).get(7, picture)) == 0


def test_another_detector_picture_or_id_is_asked_anew(tmp_path, picture, found):
    kept(tmp_path).add(7, picture, found)
    assert kept(tmp_path, seed=1).get(7, picture) is None
    assert kept(tmp_path).get(8, picture) is None
    picture.write_bytes(b"another picture")
    assert kept(tmp_path).get(7, picture) is None


def test_a_line_that_was_cut_off_is_dropped_and_the_file_goes_on(tmp_path, picture, found):
    answers = kept(tmp_path)
    answers.add(7, picture, found)
    answers.add(8, picture, found)
    answers.path.write_bytes(answers.path.read_bytes()[:-9])
    again = kept(tmp_path)
    assert len(again) == 1
    again.add(9, picture, found)
    whole = kept(tmp_path)
    assert [whole.get(key, picture) is not None for key in (7, 8, 9)] == [True, False, True]


def test_nothing_is_written_before_the_first_answer_nor_left_at_the_end(tmp_path, picture, found):
    answers = kept(tmp_path)
    assert not answers.path.exists()
    answers.add(7, picture, found)
    answers.remove()
    assert not answers.path.exists()
