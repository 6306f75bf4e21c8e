import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.benchmark.scoring.bootstrap import difference_interval
from manyfaces.leaderboard.telling_apart import (
    clearly_better,
    draw_ranks,
    make_sample,
    mean_ranks,
    mean_sample,
    probability_better,
    ranked,
)

RNG = np.random.default_rng(1)
SPREAD = RNG.normal(0, 0.01, 400)


def sample(values, draws=None, higher=True):
    drawn = [value + SPREAD for value in values] if draws is None else draws
    return make_sample(values, drawn, higher_is_better=higher)


def still(*values):
    """Entries that are the same in every draw."""
    return make_sample(values, [np.full(3, value) for value in values], higher_is_better=True)


def ranks(found):
    return [(rank.rank, rank.last) for rank in ranked(found, higher_is_better=True)]


def test_entries_that_move_together_are_told_apart_by_a_hair():
    # The draws of both rise and fall alike: their difference never changes.
    assert ranks(sample([0.5, 0.501])) == [(2, 2), (1, 1)]


def test_entries_that_move_apart_share_a_rank():
    draws = [0.5 + SPREAD, 0.501 - SPREAD, 0.9 + SPREAD]
    assert ranks(sample([0.5, 0.501, 0.9], draws)) == [(2, 3), (2, 3), (1, 1)]


def test_sharing_a_rank_need_not_be_passed_on():
    # Each neighbour is within reach; the ends are not.
    apart = [RNG.normal(value, 0.01, 4000) for value in (0.50, 0.52, 0.54)]
    assert ranks(sample([0.50, 0.52, 0.54], apart)) == [(2, 3), (1, 3), (1, 2)]


def test_identical_entries_share_a_rank_and_lower_may_be_better():
    found = sample([0.3, 0.3, 0.4], higher=False)
    assert [rank.rank for rank in ranked(found, higher_is_better=False)] == [1, 1, 3]
    place = ranked(found, higher_is_better=False)[2]
    assert place.low < 0.4 < place.high  # the ends are those of the number itself
    assert place.text == "3"
    assert ranked(found, higher_is_better=False)[0].text == "1–2"


def test_without_draws_the_value_decides():
    found = make_sample([0.5, 0.5, 0.51], [None, 0.5 + SPREAD, None], higher_is_better=True)
    assert ranks(found) == [(2, 3), (2, 3), (1, 1)]
    assert ranked(found, higher_is_better=True)[0].low is None
    assert np.isnan(probability_better(found)[0]).all()
    nobody = make_sample([0.1, 0.2], [None, None], higher_is_better=True)
    assert ranks(nobody) == [(2, 2), (1, 1)]
    assert mean_ranks([nobody]) == [(2, 2, 2), (1, 1, 1)]


def test_undefined_draws_are_the_mean_where_few_and_none_where_many():
    few, many = 0.5 + SPREAD, 0.5 + SPREAD
    few[:10], many[:40] = np.nan, np.nan
    found = make_sample([0.5, 0.5], [few, many], higher_is_better=True)
    assert found.drawn.tolist() == [True, False]
    assert found.draws[0, 0] == pytest.approx(np.nanmean(few))


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_all_pairs_at_once_are_what_the_scoring_core_says_of_each(values, seed):
    rng = np.random.default_rng(seed)
    draws = [value + rng.normal(0, 0.1, 50) for value in values]
    found = make_sample(values, draws, higher_is_better=True)
    better = clearly_better(found)
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            low, _ = difference_interval(draws[i] - draws[j], one - other)
            if abs(low) > 1e-6:  # at the very edge rounding decides
                assert better[i, j] == (low > 0 and one > other)


@given(st.lists(st.floats(0.3, 1), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_a_worse_entry_changes_no_rank_of_the_others(values, seed):
    rng = np.random.default_rng(seed)
    draws = [value + rng.normal(0, 0.05, 60) for value in values]
    before = ranked(make_sample(values, draws, higher_is_better=True), higher_is_better=True)
    worse = [*values, 0.0], [*draws, rng.normal(0, 1e-4, 60)]
    after = ranked(make_sample(*worse, higher_is_better=True), higher_is_better=True)
    assert [row.rank for row in after[:-1]] == [row.rank for row in before]


def test_probabilities_of_a_pair_add_up_and_ties_count_half():
    draws = [np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 3, 5]), np.array([0.0, 0, 0, 0])]
    chances = probability_better(make_sample([2.5, 2.5, 0], draws, higher_is_better=True))
    assert chances[0, 1] == (1 + 0.5 * 2) / 4  # two ties, one win, one loss
    assert np.allclose(chances + chances.T, 1)
    assert chances[0, 2] == 1


def test_the_mean_over_tracks_is_taken_draw_by_draw():
    # What one loses on a track it wins on the other: the mean hardly moves.
    up = make_sample([0.5, 0.5], [0.5 + SPREAD, 0.5 + SPREAD], higher_is_better=True)
    down = make_sample([0.6, 0.5], [0.6 - SPREAD, 0.5 - SPREAD], higher_is_better=True)
    mean = mean_sample([up, down])
    assert mean.values.tolist() == pytest.approx([0.55, 0.5])
    assert np.ptp(mean.draws[0]) < 1e-12


def test_the_mean_rank_counts_ties_as_their_mean():
    one = make_sample(
        [0.9, 0.5, 0.5], [np.full(3, v) for v in (0.9, 0.5, 0.5)], higher_is_better=True
    )
    assert draw_ranks(one)[:, 0].tolist() == [1, 2.5, 2.5]
    two = make_sample(
        [0.1, 0.5, 0.2], [np.full(3, v) for v in (0.1, 0.5, 0.2)], higher_is_better=True
    )
    assert [row[0] for row in mean_ranks([one, two])] == [2, 1.75, 2.25]


def test_equally_good_entries_are_told_apart_about_as_often_as_the_level_says():
    # Two detectors that find each photograph's face with the same chance, 300 times.
    rng = np.random.default_rng(7)
    apart, tries, photographs = 0, 300, 200
    weights = rng.multinomial(photographs, np.full(photographs, 1 / photographs), 300) / photographs
    for _ in range(tries):
        hits = rng.random((2, photographs)) < 0.7
        drawn = hits @ weights.T
        found = make_sample(hits.mean(axis=1), list(drawn), higher_is_better=True)
        apart += len({rank.rank for rank in ranked(found, higher_is_better=True)}) > 1
    assert 0.01 <= apart / tries <= 0.08
