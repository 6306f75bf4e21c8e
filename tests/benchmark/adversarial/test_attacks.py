"""Attacks on losses whose gradients are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.benchmark.adversarial.attacks import ATTACKS, folded, perturb, universal
from manyfaces.benchmark.perturbations.universal import add_pattern, tiled

IMAGE_WISE = [name for name, row in ATTACKS.items() if not row.universal]


@pytest.fixture
def weights():
    return np.random.default_rng(0).normal(size=(9, 11, 3)).astype(np.float32)


def picture(seed=1, size=(9, 11)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", IMAGE_WISE)
def test_against_a_linear_loss_every_value_goes_to_its_bound(name, weights):
    # The loss is Σ w x: its gradient is w everywhere, so the best is 8 along the sign of w.
    image = picture()
    shown = perturb(ATTACKS[name], image, lambda _: weights, 8)
    expected = np.clip(image + 8 * np.sign(weights), 0, 255)
    assert (shown == expected).all()
    assert shown.dtype == np.uint8


@pytest.mark.parametrize("name", IMAGE_WISE)
@given(bound=st.integers(1, 127), seed=st.integers(0, 99))
def test_nothing_is_further_from_the_picture_than_the_bound(name, bound, seed):
    rng = np.random.default_rng(seed)
    image = picture(seed)
    before = image.copy()
    shown = perturb(ATTACKS[name], image, lambda x: rng.normal(size=x.shape).astype("f4"), bound)
    assert np.abs(shown.astype(int) - image).max() <= bound
    assert (image == before).all()


@pytest.mark.parametrize("name", IMAGE_WISE)
def test_without_a_gradient_the_picture_stays(name):
    image = picture()
    assert (perturb(ATTACKS[name], image, np.zeros_like, 8) == image).all()


def test_steps_that_curve_climb_higher_than_one():
    # A loss with a ridge: one step of the sign overshoots in the narrow direction.
    centre = picture(2).astype(np.float32) + 3

    def slope(shown):
        return -(shown - centre)

    def loss(shown):
        return -((shown.astype(np.float32) - centre) ** 2).sum()

    one, ten = (perturb(ATTACKS[name], picture(2), slope, 8) for name in ("fgsm", "bim"))
    assert loss(ten) > loss(one)


def test_one_pattern_serves_pictures_of_different_sizes():
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(4, 4, 3)).astype(np.float32)
    images = [picture(4, (9, 11)), picture(5, (6, 7))]
    batch = [(image, lambda x: tiled(weights, x.shape[:2])) for image in images]
    pattern = universal(ATTACKS["universal"], [batch] * 20, 8, 4, 20)
    assert pattern.dtype == np.int8
    # Each place of the pattern is seen where the tiles lie: the sign of its weight wins.
    assert (np.sign(pattern) == np.sign(weights)).all()
    assert np.abs(pattern).max() <= 8
    for image in images:
        assert np.abs(add_pattern(image, pattern).astype(int) - image).max() <= 8


def test_folding_is_tiling_transposed():
    rng = np.random.default_rng(6)
    pattern, values = rng.normal(size=(4, 4, 3)), rng.normal(size=(9, 11, 3))
    assert np.isclose((tiled(pattern, (9, 11)) * values).sum(), (pattern * folded(values, 4)).sum())
