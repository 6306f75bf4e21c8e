"""What is read from a file, its background and a mask, on pictures with known answers."""

import io

import cv2
import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.audit.background import compression, histogram
from manyfaces.annotations.audit.jpeg import quality, read_header
from manyfaces.annotations.audit.shape import SHAPE, describe
from manyfaces.core.images import decode_image, encode_jpeg, encode_png
from PIL import Image


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    return cv2.GaussianBlur(rng.integers(0, 256, (96, 120, 3), dtype=np.uint8), (0, 0), 2)


@pytest.mark.parametrize("stated", [30, 50, 75, 92])
def test_the_quality_is_estimated(picture, stated):
    assert quality(read_header(encode_jpeg(picture, stated))) == pytest.approx(stated, abs=1)


def test_what_is_no_jpeg_has_no_tables(picture):
    header = read_header(encode_png(picture))
    assert len(header.tables) == 0
    assert np.isnan(quality(header))


def test_metadata_is_counted_by_segment(picture):
    exif = Image.Exif()
    exif[0x010E] = "a description"
    buffer = io.BytesIO()
    Image.fromarray(picture).save(
        buffer, "JPEG", exif=exif, icc_profile=b"x" * 50, comment=b"abc", progressive=True
    )
    header = read_header(buffer.getvalue())
    assert header.exif == 1
    assert header.progressive
    assert np.flatnonzero(header.lengths).tolist() == [0, 1, 2, 16]
    assert header.lengths[16] == 3


def test_the_histogram_is_of_the_background_only(picture):
    picture[:, :60] = 255
    left = np.zeros(picture.shape[:2], bool)
    left[:, :60] = True
    assert histogram(picture, left).reshape(3, 5).tolist() == [[0, 0, 0, 0, 1]] * 3
    assert histogram(picture, ~left).reshape(3, 5)[:, 4].max() < 0.2
    assert np.isnan(histogram(picture, np.zeros_like(left))).all()


def test_an_earlier_compression_on_another_grid_leaves_edges(picture):
    ground = np.ones(picture.shape[:2], bool)
    earlier = decode_image(encode_jpeg(picture, 20), where="earlier")
    moved = np.roll(earlier, (3, 3), (0, 1))
    table = np.ones((8, 8))
    assert compression(earlier, ground, table)[9:].argmax() == 7
    assert compression(moved, ground, table)[9:].argmax() == 2


def test_first_digits_of_a_picture_are_shares(picture):
    found = compression(picture, np.ones(picture.shape[:2], bool), np.ones((8, 8)))
    assert found[:9].sum() == pytest.approx(1)
    assert found[0] > found[8]
    flat = compression(np.full_like(picture, 9), np.ones(picture.shape[:2], bool), np.ones((8, 8)))
    assert np.isnan(flat).all()


def test_a_tiny_picture_says_nothing():
    tiny = np.zeros((5, 3, 3), np.uint8)
    assert np.isnan(compression(tiny, np.ones((5, 3), bool), np.ones((8, 8)))).all()
    one = np.zeros((1, 1, 3), np.uint8)
    assert np.isnan(compression(one, np.ones((1, 1), bool), np.ones((8, 8)))).all()


def test_a_square_mask_is_described():
    mask = np.zeros((40, 40), bool)
    mask[5:25, 5:25] = True
    mask[10:14, 10:14] = False
    mask[30:32, 30:32] = True
    values = dict(zip(SHAPE, describe(masks.encode(mask)), strict=True))
    assert values["number of parts of the mask"] == 2
    assert values["holes of the mask"] == 1
    assert values["share of its box that the mask fills"] == pytest.approx((400 - 16 + 4) / 27**2)


def test_size_does_not_enter_the_shape():
    small, large = np.zeros((60, 60), np.uint8), np.zeros((240, 240), np.uint8)
    cv2.ellipse(small, (30, 30), (14, 20), 0, 0, 360, 1, -1)
    cv2.ellipse(large, (120, 120), (56, 80), 0, 0, 360, 1, -1)
    first, second = (describe(masks.encode(m.astype(bool))) for m in (small, large))
    assert first[0] == pytest.approx(second[0], abs=0.01)
    assert first[7:9] == pytest.approx(second[7:9], abs=0.05)


def test_an_empty_mask_is_missing():
    assert np.isnan(describe(masks.empty((9, 9)))).all()


def test_a_single_pixel_is_described():
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    assert np.isfinite(describe(masks.encode(mask))).all()
