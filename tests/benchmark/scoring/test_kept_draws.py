import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.annotations import masks
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.scoring.kept_draws import KEPT, name_of, pack, unpack
from manyfaces.benchmark.scoring.score import Sampling, score_result
from manyfaces.core.errors import SubmissionError

VALUE = st.one_of(st.floats(0, 1), st.just(float("nan")))


@given(st.lists(VALUE, max_size=30))
def test_draws_come_back_to_sixteen_bits(values):
    found = unpack(pack(np.array(values, dtype=float)))
    assert np.allclose(found, values, atol=0.5 / 65534, equal_nan=True)


def test_a_value_is_two_bytes_little_endian_in_base64():
    assert pack(np.array([0.0, 1.0, np.nan])) == "AAD+////"


@pytest.mark.parametrize("text", ["no text", "AAA=x", "AA=="], ids=["words", "padding", "odd"])
def test_damaged_draws_are_refused(text):
    with pytest.raises(SubmissionError, match="damaged"):
        unpack(text)


def face(at, label, score=None):
    mask = np.zeros((40, 40), bool)
    mask[at : at + 10, 5:15] = True
    scores = None if score is None else [score]
    return Instances((40, 40), [[5, at, 15, at + 10]], [label], (masks.encode(mask),), scores)


def result(shift, draws=50):
    truth = [face(10, row % 2) for row in range(12)]
    found = [face(10 + shift * (row % 3), row % 2, 0.5 + row / 50) for row in range(12)]
    return score_result(truth, found, hashes={}, sampling=Sampling(draws))


def test_a_result_keeps_the_draws_of_what_boards_rank_by():
    kept = result(1).draws
    assert set(kept) == {name_of("clean", key) for key in KEPT}
    assert all(len(unpack(text)) == 50 for text in kept.values())
    assert result(1, draws=0).draws == {}


def test_results_on_the_same_truth_draw_the_same_photographs():
    # Recall at shift 0 is 1 in every draw; what shift 4 finds is the share of rows 0, 3, 6, 9.
    good, poor = (unpack(result(shift).draws["clean/mask/AP50/any"]) for shift in (0, 4))
    assert (good >= poor).all()
    again = unpack(result(4).draws["clean/mask/AP50/any"])
    assert np.array_equal(poor, again)


def test_one_photograph_says_nothing_of_how_sure_a_number_is():
    once = score_result([face(10, 1)], [face(10, 1, 0.9)], hashes={}, sampling=Sampling(50))
    assert {(row.low, row.high) for row in once.scores} == {(None, None)}
    assert all(np.isnan(unpack(text)).all() for text in once.draws.values())
