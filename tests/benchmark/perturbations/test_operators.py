"""Hand-computed cases of single operators."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.benchmark.perturbations.convolution import convolve, disc_kernel, line_kernel
from manyfaces.benchmark.perturbations.external import blend, plasma
from manyfaces.benchmark.perturbations.operator import levels, size_scale
from manyfaces.benchmark.perturbations.table import PERTURBATIONS, get_perturbation, of_group
from manyfaces.core.errors import UsageError
from PIL import Image

GRAY = np.full((200, 300, 3), 128, np.uint8)


def test_a_disc_of_radius_one_by_hand():
    corner = 1.5 - 2**0.5
    weights = np.array([[corner, 0.5, corner], [0.5, 1, 0.5], [corner, 0.5, corner]])
    assert np.allclose(disc_kernel(1), weights / weights.sum())


def test_a_line_of_two_pixels_is_three_pixels_wide_and_one_high():
    assert np.allclose(line_kernel(2, 0), [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 0]])
    assert np.allclose(line_kernel(2, 90), line_kernel(2, 0).T, atol=1e-6)


@given(st.floats(0.2, 40), st.floats(0, 180))
@settings(max_examples=50, deadline=None)
def test_kernels_sum_to_one_and_are_point_symmetric(length, angle):
    for kernel in (disc_kernel(length), line_kernel(length, angle)):
        assert kernel.sum() == pytest.approx(1, abs=1e-4)
        assert np.allclose(kernel, kernel[::-1, ::-1], atol=1e-6)
        assert kernel.min() >= 0


def test_a_blur_keeps_a_flat_picture_and_the_mean_light():
    assert np.array_equal(convolve(GRAY, disc_kernel(4.3)), GRAY)
    image = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    assert abs(convolve(image, line_kernel(15, 30)).mean() - image.mean()) < 1


def test_noise_has_the_deviation_of_its_name():
    noisy = PERTURBATIONS["gaussian-noise"].apply(GRAY, {"std": 0.1, "seed": 3})
    assert noisy.std() == pytest.approx(25.5, rel=0.02)
    shot = PERTURBATIONS["shot-noise"].apply(GRAY, {"photons": 100, "seed": 3})
    # n photons vary by √n: 100·128/255 of them make the gray 128.
    assert shot.std() == pytest.approx(128 / (100 * 128 / 255) ** 0.5, rel=0.02)
    assert shot.mean() == pytest.approx(128, abs=0.3)


def test_impulses_hit_the_share_of_pixels():
    hit = PERTURBATIONS["impulse-noise"].apply(GRAY, {"amount": 0.1, "seed": 1})
    assert (hit != 128).any(axis=2).mean() == pytest.approx(0.1, abs=0.005)
    assert set(np.unique(hit)) == {0, 128, 255}


@pytest.mark.parametrize("quality", [6, 50])
def test_jpeg_is_what_another_encoder_makes_of_the_same_quality(quality):
    image = cv2.resize(np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8), (128, 128))
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    expected = np.asarray(Image.open(file)).astype(int)
    ours = PERTURBATIONS["jpeg"].apply(image, {"quality": quality})
    assert np.abs(ours - expected).mean() < 1


def test_pixelate_takes_the_mean_of_each_block():
    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    blocks = PERTURBATIONS["pixelate"].apply(image, {"block": 8})
    means = image.reshape(2, 8, 3, 8, 3).mean(axis=(1, 3))
    assert np.abs(blocks[::8, ::8] - means).max() <= 0.51
    assert np.array_equal(blocks, np.repeat(np.repeat(blocks[::8, ::8], 8, 0), 8, 1))


def test_dropout_covers_its_share():
    row = PERTURBATIONS["coarse-dropout"]
    for severity, settings_ in enumerate(row.severities, 1):
        params = row.draw(np.random.default_rng(0), severity, GRAY.shape[:2])
        covered = (row.apply(GRAY, params) != 128).any(axis=2).mean()
        # A pixel is missed by every hole with the chance exp(-share).
        assert covered == pytest.approx(1 - np.exp(-settings_["share"]), abs=0.03)


def test_sharpening_adds_the_difference_to_the_blurred_copy():
    image = np.full((9, 9, 3), 100, np.uint8)
    image[4, 4] = 140
    sharp = PERTURBATIONS["sharpen"].apply(image, {"amount": 1.0, "sigma": 1.0})
    blurred = cv2.GaussianBlur(image, (0, 0), 1.0)
    expected = np.clip(2.0 * image - blurred, 0, 255)
    assert np.abs(sharp - expected).max() <= 1


def test_warm_light_is_redder_and_cool_light_bluer():
    apply = PERTURBATIONS["color-temperature"].apply
    warm, cool = (apply(GRAY, {"kelvin": k})[0, 0].astype(int) for k in (3400, 15000))
    assert warm[0] > warm[2]
    assert cool[2] > cool[0]


def test_the_severities_of_brightness_go_both_ways():
    row = PERTURBATIONS["brightness-contrast"]
    drawn = {row.draw(np.random.default_rng(s), 5, (9, 9))["brightness"] > 1 for s in range(20)}
    assert drawn == {True, False}


def test_plasma_fills_the_range_at_any_size():
    for size in ((1, 1), (7, 300), (200, 150)):
        clouds = plasma(size, np.random.default_rng(1))
        assert clouds.shape == size
        assert clouds.min() >= 0
        assert clouds.max() <= 1
    assert clouds.max() - clouds.min() == pytest.approx(1)


def test_an_opaque_layer_hides_and_an_empty_one_does_not():
    layer = np.zeros(GRAY.shape[:2], np.uint8)
    assert np.array_equal(blend(GRAY, layer, 250), GRAY)
    assert (blend(GRAY, layer + 255, 250) == 250).all()
    assert (blend(GRAY, layer + 51, 228) == 148).all()  # a fifth of the way


def test_lengths_grow_with_the_diagonal_and_never_vanish():
    assert size_scale((600, 800)) == pytest.approx(1)
    assert size_scale((1200, 1600)) == pytest.approx(2)
    assert size_scale((32, 32)) == size_scale((1, 1)) == pytest.approx(0.35)


def test_levels_are_columns_turned_to_rows():
    rows = levels(a=(1, 2, 3, 4, 5), b=(9, 8, 7, 6, 5))
    assert rows[1] == {"a": 2, "b": 8}
    assert len(rows) == 5


def test_rows_are_found_by_name_and_group():
    assert get_perturbation("fog").group == "external"
    names = {row.name for row in of_group("convolution")}
    assert {"gaussian-blur", "motion-blur", "defocus"} < names
    with pytest.raises(UsageError, match="motion-blur"):
        get_perturbation("motion_blur")
