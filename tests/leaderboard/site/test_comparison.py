import json
import re

import pytest
from board_entries import Page, content, drawn, entry
from manyfaces.core.errors import UsageError
from manyfaces.leaderboard.board import write_board
from manyfaces.leaderboard.ranking import Headline
from manyfaces.leaderboard.site.comparison import (
    NEIGHBOURS,
    NOBODY,
    Comparisons,
    compare_entries,
)

CLOSE = [drawn("a", clean=0.50), drawn("b", -1, clean=0.505), drawn("c", clean=0.8)]


def test_two_entries_compare_overall_and_on_each_track():
    found = compare_entries(CLOSE, Headline(), "c", "a")
    assert list(found) == ["overall", "clean"]
    assert found["clean"].difference == pytest.approx(0.3)
    assert found["clean"].clear
    assert found["clean"].probability == 1
    close = compare_entries(CLOSE, Headline(), "a", "b")["overall"]
    assert not close.clear
    assert close.low < 0 < close.high
    assert 0.2 < close.probability < 0.6


def test_lower_is_better_turns_the_probability_not_the_difference():
    # oLRP of the mask: the entries have no such number, so there is nothing to compare.
    assert compare_entries(CLOSE, Headline("mask", "oLRP"), "a", "b") == {}


def test_an_unknown_entry_is_named():
    with pytest.raises(UsageError, match="nobody"):
        compare_entries(CLOSE, Headline(), "a", "nobody")


def test_the_matrix_is_in_the_boards_order_and_adds_up():
    found = Comparisons.of(content([*CLOSE, entry("half", other=0.1, clean=None)]))
    assert found.matrix() == []  # with a track that only one has, nobody is ranked overall
    matrix = Comparisons.of(content(CLOSE)).matrix()
    assert [row[at] for at, row in enumerate(matrix)] == [50, 50, 50]
    assert matrix[0][1:] == [100, 100]
    assert matrix[1][2] + matrix[2][1] == 100


def test_without_draws_the_matrix_says_so():
    found = Comparisons.of(content([entry("x", clean=0.1), entry("y", clean=0.2)]))
    assert found.matrix() == [[NOBODY, NOBODY], [NOBODY, NOBODY]]
    ((other, pair),) = found.neighbours(found.order[0])
    assert (other.entry.name, pair.probability, pair.clear) == ("x", None, True)


def test_neighbours_are_a_few_on_either_side():
    many = content([drawn(f"e{at:02}", clean=0.1 + at / 100) for at in range(40)])
    found = Comparisons.of(many)
    assert len(found.neighbours(found.order[20])) == 2 * NEIGHBOURS
    assert len(found.neighbours(found.order[0])) == NEIGHBOURS


def test_pages_show_comparisons_and_no_digit_more_than_the_board(tmp_path):
    write_board(content(CLOSE, decimals=2), tmp_path)
    text = (tmp_path / "compare.html").read_text()
    Page(text)
    table = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert [row["name"] for row in table["entries"]] == ["c", "b", "a"]
    assert table["numbers"] == ["overall", "clean"]
    assert table["entries"][1]["values"][1] in {0.5, 0.51}
    (page,) = [p for p in (tmp_path / "entries").iterdir() if "<h1>a</h1>" in p.read_text()]
    words = Page(page.read_text()).words
    assert "Against its neighbours" in words
    assert "Rank 2–3 of 3" in words
    for file in tmp_path.rglob("*.html"):
        shown = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", file.read_text(), flags=re.DOTALL)
        assert not re.search(r"\b0\.\d{3,}", shown), file
    assert "draws" not in json.loads((tmp_path / "board.json").read_text())["entries"][0]
