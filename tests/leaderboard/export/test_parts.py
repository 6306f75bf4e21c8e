from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.core.archive import write_zip
from manyfaces.leaderboard.challenge.method import FIELDS
from manyfaces.leaderboard.export.judge import judge
from manyfaces.leaderboard.export.pages import paragraphs
from manyfaces.leaderboard.export.parts import sample_members, shortened
from manyfaces.leaderboard.export.reference import reference_members


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=40), st.integers(2, 20))
def test_a_shortened_text_is_one_line_that_fits(text, most):
    found = shortened(text, most)
    assert len(found) <= most
    assert "\n" not in found
    assert found.rstrip("…") in " ".join(text.split())


def test_paragraphs_are_parted_by_empty_lines():
    assert paragraphs("one\ntwo\n\n \n three ") == ["one\ntwo", "three"]
    assert paragraphs("") == []


def test_the_sample_states_whatever_the_rules_require(board, tmp_path):
    rules = board.folder.rules.model_copy(update={"required": FIELDS})
    folder = type(board.folder)(board.folder.root, rules)
    sample = write_zip(tmp_path / "sample.zip", sample_members(folder))
    reference = write_zip(tmp_path / "r.zip", reference_members(folder, ("val",)))
    answer = judge(reference, sample)
    assert (answer.state, answer.name) == ("scored", "random boxes")
