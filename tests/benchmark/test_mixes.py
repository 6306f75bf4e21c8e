"""The published mix, outcome by outcome."""

from collections import Counter

import pytest
from manyfaces.benchmark.mixes import (
    challenge_tracks,
    in_turn,
    social_track,
    some_of,
    training_track,
)
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.benchmark.severity import split_track
from manyfaces.benchmark.track import Step

A, B, C = (Step(((name,),), (1,)) for name in ("fog", "rain", "snow"))
CHALLENGE, *LEVELS = challenge_tracks()


def test_some_of_three_by_hand():
    outcomes = some_of((A, B, C), 1, 2)
    assert outcomes[:3] == [(pytest.approx(1 / 6), (one,)) for one in (A, B, C)]
    assert [steps for _, steps in outcomes[3:]] == [(A, B), (A, C), (B, C)]
    assert sum(share for share, _ in outcomes) == pytest.approx(1)
    assert some_of((A, B), 0, 2)[0] == (pytest.approx(1 / 3), ())


def test_in_turn_multiplies_shares_and_joins_steps():
    joined = in_turn([(0.5, (A,)), (0.5, (B,))], [(0.25, ()), (0.75, (C,))])
    assert joined == [(0.125, (A,)), (0.375, (A, C)), (0.125, (B,)), (0.375, (B, C))]


@pytest.mark.parametrize("track", [CHALLENGE, *LEVELS, social_track()], ids=lambda t: t.name)
def test_operators_exist_and_shares_sum_to_one(track):
    assert set(track.operators) <= set(PERTURBATIONS)
    assert sum(plan.share for plan in track.plans) == pytest.approx(1)
    for plan in track.plans:
        for step in plan.steps:
            assert step.count[1] <= len(step.families)
            assert all(family for family in step.families)


def test_a_level_is_no_severity():
    assert all(split_track(track.name) == (track.name, 0) for track in (CHALLENGE, *LEVELS))


def test_the_levels_have_a_quarter_of_the_pictures_each():
    names = Counter(CHALLENGE.draw(image, (60, 80))["plan"] for image in range(2000))
    assert set(names) == {"level 1", "level 2", "level 3", "level 4"}
    assert all(abs(count - 500) < 90 for count in names.values())


def test_how_much_each_level_does():
    """Level 1 touches at most two of three groups; level 4 always corrupts and has weather."""
    for image in range(200):
        groups = [
            [
                PERTURBATIONS[step["perturbation"]].group
                for step in track.draw(image, (60, 80))["steps"]
            ]
            for track in LEVELS
        ]
        assert all(groups[level] for level in (0, 1, 2, 3))
        assert groups[3][-1] == "external"
        assert len(groups[3]) >= 3


def test_severities_rise_with_the_level():
    means = []
    for track in LEVELS:
        steps = [s for image in range(300) for s in track.draw(image, (60, 80))["steps"]]
        means.append(sum(step["severity"] for step in steps) / len(steps))
    assert means == sorted(means)
    assert means[-1] > 3.5


def test_every_operator_of_the_published_recipe_is_drawn_at_some_level():
    drawn = {
        step["perturbation"]
        for track in LEVELS
        for image in range(3000)
        for step in track.draw(image, (60, 80))["steps"]
    }
    assert drawn == {name for track in LEVELS for name in track.operators}


def test_social_pictures_end_on_a_platform():
    track = social_track()
    for image in range(100):
        assert track.draw(image, (60, 80))["steps"][-1]["perturbation"] == "platform-chain"


def test_training_draws_every_operator_at_every_severity_one_of_a_group():
    track = training_track(1.0)
    assert set(track.operators) == set(PERTURBATIONS)
    seen = set()
    for image in range(1500):
        steps = track.draw(image, (60, 80))["steps"]
        groups = [PERTURBATIONS[step["perturbation"]].group for step in steps]
        assert 1 <= len(set(groups)) == len(groups) <= 3
        seen |= {(step["perturbation"], step["severity"]) for step in steps}
    assert {name for name, _ in seen} == set(PERTURBATIONS)
    assert {severity for _, severity in seen} == {1, 2, 3, 4, 5}
