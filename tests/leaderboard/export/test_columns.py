import pytest
from manyfaces.benchmark.results import Result, Score
from manyfaces.leaderboard.challenge.rules import Challenge
from manyfaces.leaderboard.export.columns import column_names, column_values


def rules(tracks):
    return Challenge.model_validate(
        {
            "title": "T",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2026-02-01T00:00:00Z",
            "tracks": [{"name": track, "data": "d"} for track in tracks],
            "splits": {"public": "val"},
        }
    )


def result(values):
    scores = [
        Score.model_validate(
            {"track": track, "task": "mask", "metric": "AP", "class": "all", "value": value, "n": 1}
        )
        for track, value in values.items()
    ]
    return Result(protocol={}, hashes={}, scores=tuple(scores))


def test_a_few_tracks_have_a_column_each_in_the_order_of_the_rules():
    few = rules(["dark", "clean"])
    assert column_names(few) == ("Overall", "dark", "clean")
    found = column_values(few, result({"clean": 0.25, "dark": 0.75}))
    assert list(found.items()) == [("Overall", 0.5), ("dark", 0.75), ("clean", 0.25)]


def test_many_tracks_share_a_column_with_their_kind():
    names = ["clean", *(f"{kind}-{level}" for kind in ("fog", "jpeg", "blur", "rain")
                        for level in range(1, 6))]  # fmt: skip
    values = {name: 0.0 if name == "clean" else int(name[-1]) / 10 for name in names}
    found = column_values(rules(names), result(values))
    assert list(found) == ["Overall", "clean", "fog", "jpeg", "blur", "rain"]
    assert found["fog"] == pytest.approx(0.3)
    assert found["Overall"] == pytest.approx(4 * 1.5 / 21)


def test_what_is_undefined_is_none_and_takes_the_overall_value_along():
    found = column_values(rules(["clean", "dark"]), result({"clean": 0.25, "dark": None}))
    assert found == {"Overall": None, "clean": 0.25, "dark": None}


def test_no_track_can_be_taken_for_the_overall_value():
    with pytest.raises(ValueError, match="pattern"):
        rules(["Overall"])
