import pickle

from manyfaces.core.errors import DataError, UsageError


def test_a_message_says_what_where_got_expected_and_what_to_do():
    error = DataError("the mask is wrong", where="a.json", got=3, expected=4, mend="Draw it anew")
    assert str(error) == "the mask is wrong in a.json (got 3, expected 4). Draw it anew."


def test_a_question_keeps_its_mark_and_missing_parts_are_left_out():
    assert str(UsageError("no such thing", mend="Did you mean x?")) == (
        "no such thing. Did you mean x?"
    )
    assert str(UsageError("no such thing")) == "no such thing."


def test_errors_survive_the_way_from_a_worker_process():
    error = pickle.loads(pickle.dumps(UsageError("bad", where="there", got=1)))
    assert type(error) is UsageError
    assert str(error) == "bad in there (got 1)."
    assert error.exit_code == 2
