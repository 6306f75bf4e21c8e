import numpy as np
import pytest
from manyfaces.benchmark.range_test import HIGHEST, LOWEST, RangeTest, Rise, draw_range_test
from manyfaces.core.images import decode_image


def curve(steepest=1e-3, steps=120, broken=0.3):
    """A loss that falls around one rate, by half within a few steps, and rises beyond another."""
    rates = np.geomspace(LOWEST, HIGHEST, steps)
    losses = 1 / (1 + (rates / steepest) ** 2) + (rates / broken) ** 4
    return RangeTest(rates, losses)


def test_the_rate_rises_by_the_same_factor_from_the_lowest_to_the_highest():
    rise = Rise(4)
    rates = [HIGHEST * rise.rate(step, 0) for step in range(4)]
    assert rates == pytest.approx([1e-6, 1e-4, 1e-2, 1])
    assert not rise.ended(3, 0)
    assert rise.ended(4, 0)


def test_the_running_mean_is_centred_and_without_bias_at_its_ends():
    flat = RangeTest(np.geomspace(1e-6, 1, 5), np.full(5, 3.0))
    assert flat.smoothed == pytest.approx(np.full(5, 3.0))
    # The neighbour's weight is (1 + cos 30°) / 2.
    near = (1 + np.cos(np.pi / 6)) / 2
    two = RangeTest(np.array([1e-6, 1]), np.array([1.0, 2.0]))
    assert two.smoothed == pytest.approx([(1 + 2 * near) / (1 + near), (near + 2) / (1 + near)])


@pytest.mark.parametrize("steepest", [1e-4, 1e-3, 1e-2])
def test_the_suggestion_is_where_the_loss_falls_fastest(steepest):
    assert curve(steepest).suggestion == pytest.approx(steepest, rel=0.2)


def test_what_falls_after_the_loss_has_gone_up_far_is_not_taken_for_training():
    whole = curve(broken=0.05)
    losses = np.minimum(whole.losses, 2.0)  # up to 2 at high rates, from 1
    losses[-8:] = 0
    found = RangeTest(whole.rates, losses)
    assert found.smoothed.argmin() > 110
    assert found.suggestion == whole.suggestion


def test_nothing_is_suggested_where_the_loss_never_falls():
    rates = np.geomspace(LOWEST, HIGHEST, 50)
    assert RangeTest(rates, 1 + rates).suggestion is None
    assert RangeTest(rates[:2], np.ones(2)).suggestion is None


def test_the_curve_is_a_picture_and_the_same_each_time():
    png = draw_range_test(curve())
    assert decode_image(png, where="test").shape == (504, 840, 3)
    assert png == draw_range_test(curve())
    assert draw_range_test(RangeTest(np.array([1e-6]), np.array([1.0])))


def test_the_record_is_plain_json():
    import json

    assert len(json.loads(json.dumps(curve().record()))["rates"]) == 120
