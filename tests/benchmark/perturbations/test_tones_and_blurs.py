"""Hand-computed cases of colour, edge, noise and blur operators."""

import cv2
import numpy as np
import pytest
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.benchmark.perturbations.tone import curved

RAMP = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (40, 1))[:, :, None], 3, axis=2)
GRAY = np.full((200, 300, 3), 128, np.uint8)


def noise(height=120, width=160, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def apply(name, image, **params):
    return PERTURBATIONS[name].apply(image, params)


def curve(name, **params):
    """The new level of each level of gray."""
    return apply(name, RAMP, **params)[0, :, 0].astype(int)


def test_a_curve_is_rounded_and_clipped():
    assert curved(RAMP, np.full(256, 12.6))[0, 0, 0] == 13
    assert curved(RAMP, np.full(256, -5.0)).max() == 0


def test_brightness_multiplies_or_adds():
    assert curve("brightness", factor=0.5, step=0)[200] == 100
    assert curve("brightness", factor=1, step=30)[[0, 100, 250]].tolist() == [30, 130, 255]


def test_linear_contrast_turns_about_the_middle():
    assert curve("contrast-linear", factor=2)[[64, 127, 128, 191]].tolist() == [0, 126, 128, 254]
    assert curve("contrast-linear", factor=0.5)[[0, 255]].tolist() == [64, 191]


def test_the_sigmoid_passes_through_its_cutoff():
    levels = curve("contrast-sigmoid", gain=10, cutoff=0.5)
    assert abs(levels[128] - 128) <= 2
    assert levels[0] == round(255 / (1 + np.exp(5)))
    assert (np.diff(levels) >= 0).all()


def test_log_and_gamma_keep_black_and_white():
    for name, field in (("contrast-log", "gain"), ("gamma", "gamma")):
        levels = curve(name, **{field: 1.0})
        assert levels[[0, 255]].tolist() == [0, 255]
    assert curve("gamma", gamma=2)[128] == round(255 * (128 / 255) ** 2)


def test_auto_contrast_fills_the_range_and_clips_the_share():
    image = np.clip(noise() // 2 + 40, 0, 255).astype(np.uint8)
    full = apply("auto-contrast", image, cutoff=0.0)
    assert (full.min(), full.max()) == (0, 255)
    clipped = apply("auto-contrast", image, cutoff=0.1)
    assert (clipped == 0).mean() == pytest.approx(0.1, abs=0.02)
    assert (clipped == 255).mean() == pytest.approx(0.1, abs=0.02)
    assert np.array_equal(apply("auto-contrast", GRAY, cutoff=0.1), GRAY)


def test_an_equalised_histogram_is_flat():
    image = np.random.default_rng(0).normal(110, 25, (120, 160, 3)).clip(0, 255).astype(np.uint8)
    flat = apply("equalize", image, share=1.0)
    quartiles = np.quantile(flat[:, :, 0], [0.25, 0.5, 0.75])
    assert np.abs(quartiles - [64, 128, 191]).max() < 8


def test_the_whole_negative_of_a_negative_is_the_picture():
    image = noise()
    once = apply("invert", image, share=1.0)
    assert np.array_equal(once, 255 - image)
    assert np.array_equal(apply("invert", once, share=1.0), image)


def test_solarisation_inverts_from_its_threshold_on():
    whole = curve("solarize", threshold=150, share=1.0)
    assert whole[[149, 150, 255]].tolist() == [149, 105, 0]
    part = curve("solarize", threshold=150, share=0.2)
    assert part[[149, 150, 255]].tolist() == [149, 141, 204]


def test_quantisation_leaves_so_many_levels():
    for count in (3, 8, 20):
        levels = curve("quantize", levels=count)
        assert len(set(levels.tolist())) == count
        assert np.abs(levels - np.arange(256)).max() <= 128 / count + 1


def test_the_last_grayscale_has_no_colour_and_the_same_light():
    image = noise()
    gray = apply("grayscale", image, share=1.0)
    assert (np.ptp(gray.astype(int), axis=2) <= 1).all()
    assert abs(gray.mean() - cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).mean()) < 1


def test_saturation_leaves_gray_alone_and_hue_comes_round():
    assert np.array_equal(apply("saturation", GRAY, saturation=3.0), GRAY)
    red = np.zeros((8, 8, 3), np.uint8) + np.array([200, 20, 20], np.uint8)
    turned = apply("hue", red, hue=1 / 3)[0, 0].astype(int)
    assert turned.argmax() != 0
    assert abs(turned.max() - 200) <= 3


@pytest.mark.parametrize("name", ["contour", "edge-detect"])
def test_lines_are_where_the_edge_is(name):
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, 30:] = 255
    drawn = apply(name, image, share=1.0, sigma=1.0).astype(int)
    flat, edge = drawn[30, 10, 0], drawn[30, 30, 0]
    assert flat == (255 if name == "contour" else 0)
    assert abs(edge - flat) > 150


def test_enhanced_edges_overshoot_and_flat_stays_flat():
    image = np.full((40, 40, 3), 80, np.uint8)
    image[:, 20:] = 160
    sharp = apply("edge-enhance", image, strength=2.0, sigma=0.8)
    assert sharp[20, 5, 0] == 80
    assert sharp.min() < 75
    assert sharp.max() > 165


@pytest.mark.parametrize(
    ("name", "params", "deviation"),
    [
        ("laplace-noise", {"std": 0.08}, 0.08 * 255),
        # Of either sign, n varies about 0 by its root mean square: √(mean² + variance).
        ("poisson-noise", {"mean": 30}, (30**2 + 30) ** 0.5),
        ("speckle-noise", {"std": 0.1}, 12.8),
        ("multiply-noise", {"span": 0.3}, 0.3 * 128 / 3**0.5),
    ],
)
def test_noise_has_the_deviation_of_its_name(name, params, deviation):
    noisy = apply(name, GRAY, seed=5, **params)
    assert noisy.std() == pytest.approx(deviation, rel=0.03)


def test_poisson_noise_is_of_either_sign_and_as_far_as_its_mean():
    moved = apply("poisson-noise", GRAY, mean=20, seed=1).astype(float) - 128
    assert abs(moved.mean()) < 0.3
    assert np.abs(moved).mean() == pytest.approx(20, rel=0.01)
    assert np.abs(moved).var() == pytest.approx(20, rel=0.03)


def test_laplacian_noise_has_heavier_tails_than_normal_noise():
    far = [
        (np.abs(noisy.astype(int) - 128) > 3 * 0.08 * 255).mean()
        for noisy in (
            apply("laplace-noise", GRAY, std=0.08, seed=2),
            apply("gaussian-noise", GRAY, std=0.08, seed=2),
        )
    ]
    assert far[0] > 3 * far[1]


@pytest.mark.parametrize("per_channel", [0, 1])
def test_dropout_loses_its_share(per_channel):
    lost = apply("dropout", GRAY, share=0.2, per_channel=per_channel, seed=3) == 0
    assert lost.mean() == pytest.approx(0.2, abs=0.01)
    whole = (lost.all(axis=2) == lost.any(axis=2)).mean()
    assert (whole == 1) == (per_channel == 0)


def test_the_mean_of_a_square_by_hand():
    image = np.zeros((9, 9, 3), np.uint8)
    image[4, 4] = 225
    blurred = apply("average-blur", image, side=3.0)[:, :, 0]
    assert blurred[4, 4] == 25
    assert blurred[3, 3] == 25
    assert blurred[2, 4] == 0
    half = apply("average-blur", image, side=2.0)[:, :, 0]
    assert half[4, 4] == 56  # (1/2)² of it


def test_a_median_drops_lone_pixels_and_keeps_edges():
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, 20:] = 200
    image[10, 10] = 255
    cleaned = apply("median-blur", image, side=3.0)
    assert cleaned[10, 10, 0] == 0
    assert np.array_equal(cleaned[:, :19], np.zeros_like(image[:, :19]))
    assert (cleaned[:, 21:] == 200).all()


def test_zoom_leaves_its_point_sharp_and_moves_nothing_on_average():
    image = np.zeros((101, 201, 3), np.uint8)
    image[48:53, 98:103] = 255
    image[48:53, 178:183] = 255
    blurred = apply("zoom-blur", image, zoom=1.2, x=100.0, y=50.0)[:, :, 0].astype(float)
    assert blurred[50, 100] > 250
    assert blurred[50, 180] < 150
    columns = np.arange(140, 201)
    part = blurred[:, 140:].sum(axis=0)
    assert (part @ columns) / part.sum() == pytest.approx(180, abs=1)


def test_glass_scatters_within_its_reach():
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, 30:] = 255
    seen = apply("glass-blur", image, reach=4.0, seed=1)
    assert (seen[:, :18] < 5).all()
    assert (seen[:, 42:] > 250).all()
    assert 20 < seen[:, 29:31].mean() < 235


def test_the_grain_of_glass_grows_with_its_reach():
    image = np.zeros((200, 200, 3), np.uint8)
    image[:, 100:] = 255
    turns = [
        np.abs(np.diff(apply("glass-blur", image, reach=r, seed=1)[:, 100, 0].astype(int))).mean()
        for r in (3.0, 12.0)
    ]
    assert turns[0] > 2 * turns[1] > 0


def test_a_large_median_drops_specks_and_keeps_edges_as_no_mean_does():
    image = np.zeros((120, 120, 3), np.uint8)
    image[:, 60:] = 200
    image[28:34, 28:34] = 255
    found = apply("median-blur", image, side=20.0)[:, :, 0]
    assert found[:, :56].max() <= 2
    assert found[:, 64:].min() >= 198
    # A mean over 45 to 65 has 5.5 of its 20 pixels beyond the edge: 55.
    assert apply("average-blur", image, side=20.0)[80, 55, 0] == 55


def test_a_zoom_shows_no_separate_pictures():
    image = np.zeros((301, 601, 3), np.uint8)
    image[:, 499:501] = 255
    streak = apply("zoom-blur", image, zoom=1.2, x=0.0, y=150.0)[150, 460:540, 0].astype(int)
    assert streak.min() > 0
    assert np.abs(np.diff(streak)).max() <= 3


def test_local_equalisation_lifts_low_contrast():
    image = (100 + noise() // 16).astype(np.uint8)
    assert apply("clahe", image, clip=6.0, share=1.0).std() > 2 * image.std()
    assert np.array_equal(apply("clahe", image, clip=6.0, share=0.0), image)
