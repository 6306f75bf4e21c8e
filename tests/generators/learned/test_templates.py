"""Alignment: there and back, and the squares that networks were trained on."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.generators.learned.templates import (
    cut,
    five_points,
    moved,
    put_back,
    resized,
    scale_of,
    similarity,
    to_crop,
)

TEMPLATES = ("ffhq", "arcface", "arcface-128", "arcface-v1", "box")


def upright(scale=1.0, shift=(100.0, 90.0)):
    """68 landmarks of a frontal face: eyes 40 pixels apart at scale 1."""
    points = np.zeros((68, 2))
    points[:17] = [(40 * np.cos(a), 45 * np.sin(a)) for a in np.linspace(np.pi, 0, 17)]
    points[17:27] = [(x, -28) for x in np.linspace(-32, 32, 10)]
    points[27:31] = [(0, y) for y in np.linspace(-15, 4, 4)]
    points[31:36] = [(x, 10) for x in np.linspace(-8, 8, 5)]
    points[36:42], points[42:48] = (-20, -15), (20, -15)
    points[48:] = (0, 25)
    points[48], points[54] = (-15, 25), (15, 25)
    return points * scale + shift


@given(
    angle=st.floats(-3, 3),
    scale=st.floats(0.2, 5),
    x=st.floats(-200, 200),
    y=st.floats(-200, 200),
)
def test_a_similarity_is_found_again_from_its_points(angle, scale, x, y):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = five_points(upright())
    found = similarity(source, source @ turn.T + (x, y))
    np.testing.assert_allclose(found, np.column_stack([turn, (x, y)]), atol=1e-6)


def test_no_other_similarity_leaves_less_where_points_do_not_fit_exactly():
    rng = np.random.default_rng(1)
    source, target = rng.normal(size=(2, 5, 2)) * 30
    arms, wanted = source - source.mean(axis=0), target - target.mean(axis=0)
    found = similarity(source, target)
    # No other turn and scale leaves less: the normal equations hold.
    left = moved(source, found) - target
    assert abs((left * arms).sum()) < 1e-9
    assert abs((left * np.stack([-arms[:, 1], arms[:, 0]], axis=1)).sum()) < 1e-9
    np.testing.assert_allclose(left.mean(axis=0), 0, atol=1e-12)
    assert (left**2).sum() < ((arms - wanted) ** 2).sum()


def test_arcface_points_land_where_insightface_puts_them():
    points = np.array(
        [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
         [70.7299, 92.2041]]
    )  # fmt: skip
    landmarks = upright()
    landmarks[36:42], landmarks[42:48] = points[0], points[1]
    landmarks[30], landmarks[48], landmarks[54] = points[2:]
    np.testing.assert_allclose(moved(points, to_crop(landmarks, "arcface", 112)), points, atol=1e-9)
    wider = moved(points, to_crop(landmarks, "arcface-128", 256))
    np.testing.assert_allclose(wider, (points + np.array([8.0, 0.0])) * 2, atol=1e-9)


def test_the_square_of_ffhq_by_hand():
    # Eyes 40 apart, mouth 40 below them: half the side is max(2 × 40, 1.8 × 40) = 80 along
    # (40, 0) + (40, 0); its middle is a tenth of the way down from the eyes.
    way = to_crop(upright(shift=(100.0, 100.0)), "ffhq", 160)
    assert scale_of(way) == pytest.approx(1.0)
    np.testing.assert_allclose(moved(np.array([[100.0, 89.0]]), way), [[79.5, 79.5]])


@pytest.mark.parametrize("template", TEMPLATES)
def test_all_features_lie_in_the_crop_whatever_the_size(template):
    for scale in (0.5, 3.0):
        landmarks = upright(scale)
        small, large = (to_crop(landmarks, template, size) for size in (64, 512))
        inside = moved(landmarks[17:], small)
        assert (inside > 0).all()
        assert (inside < 63).all()
        np.testing.assert_allclose(resized(small, 64, 512)[:, :2], large[:, :2], rtol=1e-9)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("scale", [0.6, 1.0, 2.5])
def test_a_crop_put_back_shows_what_was_there(template, scale):
    rows, columns = np.mgrid[:300, :320]
    image = np.stack([columns / 2, rows / 2, (columns + rows) / 4], axis=2).astype(np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 2)
    landmarks = upright(scale, (150.0, 140.0))
    size = 128
    way = to_crop(landmarks, template, size)
    back, inside = put_back(cut(image, way, size), way, (20, 30), (240, 250))
    there = image[20:260, 30:280].astype(float)
    assert inside.mean() > 0.05
    assert np.abs(back - there)[inside].max() <= 3.5


def test_beyond_the_picture_its_edge_goes_on():
    image = np.full((60, 60, 3), 90, np.uint8)
    crop = cut(image, to_crop(upright(shift=(0.0, 0.0)), "ffhq", 64), 64)
    assert (crop == 90).all()


def test_a_face_much_larger_than_the_crop_is_averaged_not_sampled():
    fine = np.indices((600, 600)).sum(axis=0) % 2 * 255
    image = np.repeat(fine[:, :, None], 3, axis=2).astype(np.uint8)
    crop = cut(image, to_crop(upright(4.0, (300.0, 300.0)), "ffhq", 64), 64)
    assert np.abs(crop.astype(float) - 127.5).max() < 12
