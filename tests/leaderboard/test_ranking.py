"""Standings of whole entries, with draws and without."""

import pytest
from board_entries import drawn, entry
from manyfaces.core.errors import SubmissionError
from manyfaces.leaderboard.entries import Entry
from manyfaces.leaderboard.ranking import Headline, standings


def placed(entries):
    return {row.entry.name: row for row in standings(entries, Headline())}


def test_what_cannot_be_told_apart_shares_a_rank():
    rows = placed([drawn("a", clean=0.50), drawn("b", -1, clean=0.505), drawn("c", clean=0.8)])
    assert {name: row.place.text for name, row in rows.items()} == {
        "c": "1",
        "a": "2–3",
        "b": "2–3",
    }
    assert rows["a"].place.low < 0.5 < rows["a"].place.high


def test_the_better_value_stands_first_within_a_rank():
    order = [
        row.entry.name
        for row in standings([drawn("a", clean=0.50), drawn("b", -1, clean=0.505)], Headline())
    ]
    assert order == ["b", "a"]


def test_tracks_are_ranked_apart_and_the_mean_rank_is_over_them():
    rows = placed([drawn("a", clean=0.9, fog_3=0.2), drawn("b", clean=0.5, fog_3=0.4)])
    assert rows["a"].ranks == {"clean": 1, "fog-3": 2}
    assert rows["b"].ranks == {"clean": 2, "fog-3": 1}
    assert rows["a"].mean_rank[0] == rows["b"].mean_rank[0] == 1.5


def test_an_entry_without_draws_stands_beside_those_with():
    rows = placed([drawn("a", clean=0.5), entry("plain", clean=0.501)])
    assert (rows["plain"].rank, rows["a"].rank) == (1, 2)
    assert rows["plain"].place.low is None


def test_damaged_draws_are_refused():
    one = drawn("a", clean=0.5)
    result = one.result.model_copy(update={"draws": dict.fromkeys(one.result.draws, "no text")})
    with pytest.raises(SubmissionError, match="damaged"):
        standings([Entry(name="a", result=result)], Headline())


def test_draws_say_nothing_of_missing_values():
    rows = placed([drawn("a", clean=0.5, fog_3=0.2), drawn("half", clean=0.9)])
    assert rows["half"].place is None
    assert rows["half"].mean_rank is None
    assert rows["half"].ranks == {"clean": 1, "fog-3": None}
