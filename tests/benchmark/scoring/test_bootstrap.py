"""The bootstrap against scoring the drawn photographs again."""

from dataclasses import replace

import numpy as np
import pytest
from manyfaces.annotations.columns import columns_of
from manyfaces.benchmark.scoring import bootstrap as module
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.scoring.bootstrap import (
    bootstrap,
    difference_interval,
    draw_weights,
    interval,
)
from manyfaces.benchmark.scoring.comparison import compare
from manyfaces.benchmark.scoring.score import Sampling, headline


def drawn(truth, found, draws, **options):
    comparison = compare(columns_of(truth), columns_of(found))
    return bootstrap(comparison, headline(score(truth, found)), draws=draws, **options)


def again(truth, found, weights):
    """The scores of the photographs of one draw, each as often as it was drawn."""
    rows = np.repeat(np.arange(len(truth)), weights.astype(int))
    return headline(score([truth[row] for row in rows], [found[row] for row in rows]))


@pytest.mark.parametrize("seed", range(3))
def test_a_draw_is_what_scoring_it_again_gives(cases, seed):
    truth, found = cases.random_case(seed, images=12, decimals=12)
    weights = draw_weights(12, 6, seed=3)
    got = drawn(truth, found, 6, seed=3)
    for draw in range(6):
        wanted = again(truth, found, weights[:, 1 + draw])
        for key, values in got.items():
            if wanted[key] is None:
                assert np.isnan(values[draw]), key
            else:
                # Equal scores of two copies of one photograph are ranked image by image
                # when scored again, and one after the other here.
                tolerance = 0.04 if key[1] in {"AP", "AP50", "oLRP"} else 1e-5
                assert values[draw] == pytest.approx(wanted[key], abs=tolerance), key


def test_ranks_taken_together_change_little(cases, monkeypatch):
    truth, found = cases.random_case(1, images=60, decimals=12)
    exact = drawn(truth, found, 100)
    monkeypatch.setattr(module, "BINS", 48)
    coarse = drawn(truth, found, 100)
    for key, values in exact.items():
        assert np.nanmean(coarse[key] - values) == pytest.approx(0, abs=0.01), key
        assert np.nanstd(coarse[key]) == pytest.approx(np.nanstd(values), rel=0.2, abs=0.002), key


def test_seeds_decide_and_photographs_move_together(cases):
    truth, found = cases.random_case(4, images=10)
    first, same, other = (drawn(truth, found, 20, seed=seed) for seed in (1, 1, 2))
    key = ("mask", "AP", "all")
    np.testing.assert_array_equal(first[key], same[key])
    assert not np.array_equal(first[key], other[key])


def test_copies_of_a_photograph_do_not_narrow_the_interval(cases):
    truth, found = cases.random_case(4, images=10, decimals=12)
    columns = columns_of(truth * 4), columns_of(found * 4)
    names = tuple(str(row % 10) for row in range(40))
    together = compare(replace(columns[0], source=names), columns[1])
    apart = compare(*columns)
    values = headline(score(truth * 4, found * 4))
    key = ("box", "recall", "any")
    widths = [
        np.std(bootstrap(comparison, values, draws=400)[key]) for comparison in (together, apart)
    ]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.2)


def test_each_column_of_weights_draws_as_many_photographs_as_there_are():
    weights = draw_weights(37, 50, seed=0)
    assert weights.shape == (37, 51)
    assert (weights[:, 0] == 1).all()
    assert (weights.sum(axis=0) == 37).all()


def test_intervals_stand_beside_their_values(cases):
    truth, found = cases.random_case(2, images=30)
    rows = score(truth, found, sampling=Sampling(draws=200))
    with_interval = {(row.task, row.metric) for row in rows if row.low is not None}
    wanted = {
        ("box", "AP"), ("mask", "oLRP"), ("boundary", "AP50"), ("image", "image_AUC"),
        ("pixel", "pixel_IoU"), ("mask", "mask_IoU"), ("box", "label_AUC"),
    }  # fmt: skip
    assert wanted <= with_interval
    for row in rows:
        if row.low is not None:
            assert 0 <= row.low <= row.value <= row.high <= 1, row
    plain = [row.model_copy(update={"low": None, "high": None}) for row in rows]
    assert plain == score(truth, found)


def test_an_interval_needs_draws_in_which_the_number_is_defined():
    assert interval(np.full(100, np.nan), 0.5) is None
    assert interval(np.r_[np.full(6, np.nan), np.linspace(0, 1, 94)], 0.5) is None
    assert interval(np.full(100, 0.5), 0.5) == (0.5, 0.5)
    assert interval(np.full(100, 1.0), 1.0) == (1.0, 1.0)


def test_an_interval_is_two_standard_deviations_wide_on_either_side():
    draws = np.random.default_rng(0).normal(0.5, 0.02, 100_000)
    assert interval(draws, 0.5) == (pytest.approx(0.459, abs=1e-3), pytest.approx(0.541, abs=1e-3))
    low, high = difference_interval(draws - 0.5, 0.0)
    assert (low, high) == (pytest.approx(-0.0412, abs=2e-4), pytest.approx(0.0412, abs=2e-4))


def test_draws_above_the_sample_move_the_interval_down_and_it_holds_the_value():
    draws = np.random.default_rng(0).normal(0.52, 0.02, 100_000)
    low, high = interval(draws, 0.5)
    assert (low, high) == (pytest.approx(0.439, abs=2e-3), pytest.approx(0.521, abs=2e-3))
    assert interval(draws, 0.45)[1] == 0.45


def test_intervals_near_the_ends_stay_inside():
    draws = np.clip(np.random.default_rng(0).normal(0.995, 0.004, 10_000), 0, 1)
    low, high = interval(draws, 0.996)
    assert 0.9 < low < 0.996 <= high <= 1
    assert difference_interval(np.array([0.9, 1.0] * 50), 0.99)[1] == 1


def test_no_images_no_draws():
    comparison = compare(columns_of([]), columns_of([]))
    assert all(np.isnan(values).all() for values in bootstrap(comparison, {}, draws=5).values())
