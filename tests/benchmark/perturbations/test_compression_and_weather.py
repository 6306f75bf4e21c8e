"""Hand-computed cases: pooling, codecs, weather, and what people and screens do."""

import io

import cv2
import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.perturbations import compression
from manyfaces.benchmark.perturbations.compression import jpeg
from manyfaces.benchmark.perturbations.operator import SEVERITIES
from manyfaces.benchmark.perturbations.pooling import segments, starts
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.core.errors import MissingDependencyError
from PIL import Image

SIZE = (240, 320)
BLACK = np.zeros((*SIZE, 3), np.uint8)
GRAY = np.full((*SIZE, 3), 128, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)


def drawn(name, severity=3, seed=0, size=SIZE, **changed):
    return {**PERTURBATIONS[name].draw(np.random.default_rng(seed), severity, size), **changed}


def apply(name, image, severity=3, seed=0, **changed):
    params = drawn(name, severity, seed, image.shape[:2], **changed)
    return PERTURBATIONS[name].apply(image, params)


def soft(size=SIZE):
    small = np.random.default_rng(1).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)


# Pooling


def test_blocks_begin_as_evenly_as_whole_pixels_allow():
    assert starts(12, 4).tolist() == [0, 4, 8]
    assert starts(7, 2.4).tolist() == [0, 2, 4]
    assert starts(3, 10).tolist() == [0]
    assert starts(4, 0.7).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("name", "pool"),
    [
        ("max-pooling", np.max),
        ("min-pooling", np.min),
        ("average-pooling", np.mean),
        ("median-pooling", np.median),
    ],
)
@pytest.mark.parametrize(("high", "wide"), [(4, 3), (3, 9), (8, 4)])
def test_each_block_has_the_colour_of_its_pool(name, pool, high, wide):
    result = apply(name, NOISE, height=high, width=wide)
    blocks = NOISE.reshape(24 // high, high, 36 // wide, wide, 3)
    expected = pool(blocks, axis=(1, 3))
    assert np.abs(result[::high, ::wide] - expected).max() <= 0.5
    assert np.array_equal(result, np.repeat(np.repeat(result[::high, ::wide], high, 0), wide, 1))


def test_uneven_blocks_pool_their_own_pixels():
    image = np.repeat(np.array([[1, 2, 3, 40, 50, 60, 70]], np.uint8)[:, :, None], 3, axis=2)
    # Seven pixels in three blocks: 1 2 | 3 40 | 50 60 70. The median takes as many from each,
    # so that the first of two counts twice.
    expected = {"max": [2, 40, 70], "min": [1, 3, 50], "average": [2, 22, 60], "median": [1, 3, 60]}
    for name, values in expected.items():
        result = apply(f"{name}-pooling", image, height=1, width=2.4)
        assert result[0, [0, 2, 4], 0].tolist() == values
        assert (result[0, :, 0] == np.repeat(result[0, [0, 2, 4], 0], [2, 2, 3])).all()


def test_superpixels_have_the_mean_of_their_segment():
    image = soft()
    labels = segments(image, 12)
    result = apply("superpixels", image, side=12, share=1)
    assert 0.5 < len(np.unique(labels)) / (240 * 320 / 144) < 1.5
    for label in np.unique(labels)[::20]:
        inside = labels == label
        assert np.abs(result[inside] - image[inside].mean(axis=0)).max() <= 0.51


def test_superpixels_end_at_edges_and_keep_what_is_not_drawn():
    halves = BLACK.copy()
    halves[:, 157:] = 255
    shown = apply("superpixels", halves, side=16, share=1).astype(int)
    assert np.abs(shown - halves).mean() < 0.01 * 255
    assert np.array_equal(apply("superpixels", NOISE, share=0), NOISE)


# Codecs


@pytest.mark.parametrize(("name", "codec"), [("webp", "WEBP"), ("avif", "AVIF")])
def test_a_codec_is_the_one_of_its_name(name, codec):
    image = soft().astype(int)
    for quality in (5, 60):
        file = io.BytesIO()
        Image.fromarray(soft()).save(file, codec, quality=quality)
        theirs = np.abs(np.asarray(Image.open(file).convert("RGB")) - image).mean()
        ours = np.abs(apply(name, soft(), quality=quality) - image).mean()
        assert ours == pytest.approx(theirs, rel=0.3)


def test_avif_without_a_pillow_that_writes_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(compression.features, "check", lambda _name: False)
    with pytest.raises(MissingDependencyError, match=r"pillow>=11\.3"):
        apply("avif", GRAY)


def test_resize_takes_every_other_pixel_or_the_mean_of_four():
    nearest = apply("resize", NOISE, factor=2, down=cv2.INTER_NEAREST, up=cv2.INTER_NEAREST)
    assert np.array_equal(nearest, np.repeat(np.repeat(NOISE[::2, ::2], 2, 0), 2, 1))
    area = apply("resize", NOISE, factor=2, down=cv2.INTER_AREA, up=cv2.INTER_NEAREST)
    means = NOISE.reshape(12, 2, 18, 2, 3).mean(axis=(1, 3))
    assert np.abs(area[::2, ::2] - means).max() <= 0.51


def test_a_hop_that_keeps_size_and_edges_is_its_codec():
    hop = {"hops": 1, "scale_0": 1.0, "sharpen_0": 0.0, "quality_0": 40, "webp_0": 0}
    chain = PERTURBATIONS["platform-chain"]
    assert np.array_equal(chain.apply(soft(), hop), jpeg(soft(), 40))
    assert np.array_equal(
        chain.apply(soft(), {**hop, "webp_0": 1}), compression.webp(soft(), 40, method=0)
    )


def test_a_later_hop_does_not_bring_back_what_a_smaller_one_lost():
    hops = {f"{key}_{hop}": value for hop in (0, 1) for key, value in
            {"sharpen": 0.0, "quality": 100, "webp": 0}.items()}  # fmt: skip
    board = np.kron(np.indices((120, 160)).sum(axis=0) % 2, np.ones((2, 2)))
    image = np.repeat(board[:, :, None] * 255, 3, axis=2).astype(np.uint8)
    chain = PERTURBATIONS["platform-chain"]
    shown = chain.apply(image, {"hops": 2, "scale_0": 0.25, "scale_1": 0.8, **hops})
    assert np.abs(shown.astype(int) - 128).max() < 8


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severe_chain_has_more_hops_of_a_lower_quality(severity):
    params = drawn("platform-chain", severity)
    assert params["hops"] == severity == sum(key.startswith("scale_") for key in params)
    mild = drawn("platform-chain", 1)
    assert params["quality_0"] <= mild["quality_0"]
    assert params["scale_0"] <= mild["scale_0"]
    assert params["webp_0"] == mild["webp_0"]


# Weather


def test_there_is_clear_air_between_clouds():
    for seed in range(5):
        sky = apply("clouds", BLACK, seed=seed, cover=0.5, opacity=0.8, gray=240)
        assert 0.15 < (sky == 0).mean() < 0.85
        assert sky.max() == pytest.approx(0.8 * 240, abs=1)


def test_frost_is_bluish_white_and_denser_towards_the_frame():
    panes = np.stack([apply("frost", BLACK, severity=2, seed=seed) for seed in range(10)])
    assert panes[..., 2].mean() > panes[..., 0].mean()
    middle = panes[:, 60:-60, 80:-80].mean()  # a quarter of the picture
    frame = (panes.mean() - middle / 4) / 0.75
    assert frame > 1.3 * middle


@pytest.mark.parametrize("slant", [-30, 0, 30])
def test_flakes_leave_the_air_clear_and_are_streaked_along_their_fall(slant):
    air = apply("snowflakes", BLACK, flakes=40, width=2.0, length=40.0, slant=slant)[:, :, 0]
    assert (air == 0).mean() > 0.5
    dx, dy = (cv2.Sobel(air, cv2.CV_64F, *order) for order in ((1, 0), (0, 1)))
    # Edges lie along the fall, so that gradients stand across it.
    across = 0.5 * np.arctan2(2 * (dx * dy).mean(), (dx**2 - dy**2).mean())
    assert np.degrees(across) == pytest.approx(-slant, abs=6)


def test_mud_is_brown_and_opaque_and_water_lets_the_picture_through():
    white = np.full_like(BLACK, 255)
    mud = apply("spatter", white, severity=5, mud=1)
    red, green, blue = mud[(mud < 150).all(axis=2)].mean(axis=0)
    assert red > green > blue
    covered = (mud < 200).all(axis=2).mean()
    assert 0.1 < covered < 0.4
    water = apply("spatter", GRAY, severity=5, mud=0)
    assert water.mean() == pytest.approx(128, abs=3)
    assert water.std() > 5


# People and their light


def test_stickers_are_plain_and_cover_about_their_share():
    row = PERTURBATIONS["sticker"]
    for severity, settings in enumerate(row.severities, 1):
        shares = [
            (apply("sticker", BLACK, severity, seed) > 0).any(axis=2).mean() for seed in range(20)
        ]
        # Arrows, stars and hearts fill about half of their circle; some leave the picture.
        assert 0.2 < np.mean(shares) / settings["share"] < 1
    colors, counts = np.unique(
        apply("sticker", BLACK, 5).reshape(-1, 3), axis=0, return_counts=True
    )
    assert np.sort(counts)[-9:].sum() / counts.sum() > 0.98
    assert len(colors) > 3


def test_more_stickers_continue_fewer():
    few, many = (apply("sticker", BLACK, count=count, radius=12.0) for count in (2, 6))
    last = apply("sticker", few, count=6, radius=12.0)
    assert np.abs(last.astype(int) - many).max() < 128  # smooth rims are blended twice
    assert ((many > 0) >= (few > 0)).mean() > 0.999


@pytest.mark.parametrize(("place", "rows"), [(0.0, slice(0, 50)), (1.0, slice(190, 240))])
@pytest.mark.parametrize(("style", "ground"), [(0, 250), (1, 15)])
def test_a_band_is_opaque_and_elsewhere_the_picture_stays(place, rows, style, ground):
    told = apply("caption", GRAY, lines=2, letters=20.0, place=place, style=style, text_1=3)
    band = np.zeros(SIZE, bool)
    band[rows] = True
    assert (told[~band] == 128).all()
    values, counts = np.unique(told[band], return_counts=True)
    assert values[counts.argmax()] == ground
    assert 0.5 < counts.max() / counts.sum() < 0.98


def test_outlined_letters_are_white_in_black_and_have_no_band():
    told = apply("caption", GRAY, lines=1, letters=40.0, place=0.5, style=2, text_0=0)
    assert (told == 128).mean() > 0.7
    assert {0, 255} <= set(np.unique(told))
    assert (told[0] == 128).all()


def test_a_long_line_is_no_wider_than_the_picture():
    image = np.full((240, 90, 3), 128, np.uint8)
    told = apply("caption", image, lines=1, letters=40.0, place=0.5, style=1, text_0=9)
    bright = (told > 200).all(axis=2).any(axis=0)
    assert bright.any()
    assert not bright[0]
    assert not bright[-1]


def test_night_is_darker_bluer_and_noisier_and_its_lamps_are_clipped():
    picture = GRAY.copy()
    picture[100:104, 100:104] = 255
    night = apply("night", picture, severity=4).astype(float)
    dark = night[150:]
    assert dark.mean() < 64
    assert dark[..., 2].mean() > dark[..., 0].mean() + 10
    assert dark[..., 1].std() == pytest.approx(8, abs=0.5)
    assert night[101:103, 101:103].mean() > 235


def test_backlight_is_white_at_its_source_and_dark_far_from_it():
    lit = apply("backlight", GRAY, severity=5, x=0.2, y=0.2, warmth=0.0).astype(int)
    assert lit[48, 64].min() >= 245
    far = lit[200:, 280:].mean()
    assert far < 128
    assert lit[48, 130].mean() > far


# Screens


@pytest.mark.parametrize(("dark", "ground"), [(0, 247), (1, 28)])
def test_a_screenshot_has_bars_above_and_below(dark, ground):
    shot = apply("screenshot", GRAY, severity=5, dark=dark, quality=95, gamma=1.0).astype(int)
    assert np.abs(np.median(shot[4:12]) - ground) < 4
    assert np.abs(np.median(shot[-24:-6]) - ground) < 4
    assert np.abs(shot[40:190] - 128).max() < 4


def test_the_battery_shows_its_charge():
    inked = []
    for charge in (0.1, 0.9):
        shot = apply("screenshot", GRAY, severity=5, dark=0, charge=charge, quality=95, gamma=1.0)
        inked.append((shot[:16, 280:] < 100).sum())
    assert inked[1] > 2 * inked[0]


STILL = {f"{axis}_{corner}": 0.0 for axis in "xy" for corner in range(4)}
PLAIN = {**STILL, "grid": 0.0, "vignette": 0.0, "noise": 0.0, "red": 1.0, "green": 1.0, "blue": 1.0}


def test_a_photograph_of_a_screen_without_its_faults_is_the_picture():
    assert np.array_equal(apply("re-photograph", NOISE, **PLAIN), NOISE)


def test_the_corners_of_the_photograph_lie_within_the_screen_as_drawn():
    row = PERTURBATIONS["re-photograph"]
    params = {**PLAIN, "x_0": 0.1, "y_0": 0.05, "x_2": 0.2, "y_3": 0.1}
    field = row.field((101, 201), params)
    assert np.allclose(field[0, 0], [20, 5], atol=1e-2)
    assert np.allclose(field[0, -1], [0, 0], atol=1e-2)
    assert np.allclose(field[-1, -1], [-40, 0], atol=1e-2)
    assert np.allclose(field[-1, 0], [0, -10], atol=1e-2)


def test_a_photograph_moves_the_faces_with_the_screen():
    mask = np.zeros(SIZE, bool)
    mask[100:140, 150:200] = True
    image = np.repeat(mask[:, :, None] * np.uint8(200), 3, axis=2)
    params = {**drawn("re-photograph", 5, 1), **{key: PLAIN[key] for key in ("grid", "noise")}}
    row = PERTURBATIONS["re-photograph"]
    moved = row.apply_instances(Instances.from_masks(SIZE, [mask], [1]), params)
    rows, columns = np.nonzero(row.apply(image, params).max(axis=2) > 90)
    shown = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(moved.boxes[0] - shown).max() <= 1


def test_moire_swings_about_the_light_and_vignetting_takes_it_from_the_corners():
    waves = apply("re-photograph", GRAY, **{**PLAIN, "grid": 0.1}).astype(float)
    assert waves.max() == pytest.approx(128 * 1.1, abs=1)
    assert waves.min() == pytest.approx(128 * 0.9, abs=1)
    assert waves.mean() == pytest.approx(128, abs=0.5)
    dark = apply("re-photograph", GRAY, **{**PLAIN, "vignette": 0.5})
    assert dark[0, 0, 0] == 64
    assert dark[120, 160, 0] == 128


def test_a_cast_and_noise_have_the_strength_of_their_numbers():
    cast = apply("re-photograph", GRAY, **{**PLAIN, "red": 1.25, "blue": 0.75})
    assert cast[5, 5].tolist() == [160, 128, 96]
    noisy = apply("re-photograph", GRAY, **{**PLAIN, "noise": 6.0})
    assert noisy.std() == pytest.approx(6, abs=0.2)
