import pytest
from manyfaces.benchmark.report.side_by_side import side_by_side
from manyfaces.benchmark.results import Result, Score


def score(track, task, metric, class_, value, **ends):
    return Score(track=track, task=task, metric=metric, class_=class_, value=value, n=9, **ends)


def result(name, *scores, **identity):
    about = {
        "detector": name,
        "images": 7,
        "identity": identity,
        "seconds_per_image": {"clean": 0.1234},
    }
    hashes = {"truth": "t" * 64, "predictions": "p" * 64, "protocol": "q" * 64}
    return Result(protocol={"version": "old"}, hashes=hashes, scores=scores, about=about)


ONE = result(
    "one|two",
    score("clean", "box", "AP50", "any", 0.9, low=0.8, high=0.95),
    score("fog-1", "box", "AP50", "any", 0.6),
    score("fog-5", "box", "AP50", "any", 0.2),
    network_parameters=1234567,
    sha256="abcdef0123456789" * 4,
)
TWO = result("plain", score("clean", "box", "AP50", "any", 0.5))


@pytest.fixture(scope="module")
def tables():
    return [
        [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in part.splitlines()]
        for part in side_by_side([ONE, TWO]).split("\n\n")
    ]


def test_detectors_are_told_with_size_and_time(tables):
    assert tables[0][2:] == [
        ["one\\|two", "1,234,567", "123", "7"],
        ["plain", "–", "123", "7"],
    ]


def test_each_track_has_the_detectors_one_below_the_other(tables):
    rows = [row[:3] for row in tables[1][2:]]
    assert rows == [
        ["clean", "one\\|two", "0.900 [0.800, 0.950]"],
        ["clean", "plain", "0.500"],
        ["fog", "one\\|two", "0.400"],  # the mean of 0.6 and 0.2; the other has no fog
    ]
    assert tables[1][2][3] == "–"


def test_what_made_the_numbers_is_named_by_its_hash(tables):
    short = ["`tttttttttttt`", "`pppppppppppp`", "`qqqqqqqqqqqq`", "`abcdef012345`"]
    assert tables[2][2] == ["one\\|two", *short]
    assert tables[2][3][-1] == "–"
