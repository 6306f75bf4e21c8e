import challenges
import pytest
from manyfaces.leaderboard.submissions.likeness import ALIKE, likeness, sketch


def test_equal_files_are_alike_in_any_order_and_others_are_not():
    rows = challenges.predictions(1)
    assert likeness(sketch(rows), sketch(rows[::-1])) == 1
    assert likeness(sketch(rows), sketch(challenges.predictions(2))) < 0.3
    assert likeness(sketch([]), sketch(rows)) == 0


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_estimate_is_near_the_share_in_common(share):
    many = {"val": range(1, 500)}
    first, second = challenges.predictions(1, splits=many), challenges.predictions(2, splits=many)
    kept = int(share * len(first))
    mixed = first[:kept] + second[kept:]
    # Of two sets with a share s of equal members, s / (2 - s) of the union are in both.
    expected = share / (2 - share)
    assert likeness(sketch(first), sketch(mixed)) == pytest.approx(expected, abs=0.16)


def test_a_probe_of_few_changes_is_near_identical():
    rows = challenges.predictions(1, splits={"val": range(1, 200)})
    for row in rows[:8]:
        row["score"] = 0.01
    first = sketch(challenges.predictions(1, splits={"val": range(1, 200)}))
    assert likeness(first, sketch(rows)) >= ALIKE
