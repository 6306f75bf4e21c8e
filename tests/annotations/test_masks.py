import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from manyfaces.annotations import masks
from manyfaces.core.errors import DataError

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@given(MASKS)
def test_encoding_is_lossless_and_counts_unpack(mask):
    rle = masks.encode(mask)
    assert np.array_equal(masks.decode(rle), mask)
    assert masks.area(rle) == mask.sum()
    runs = masks.unpack_counts(rle["counts"])
    flat = np.repeat(np.arange(len(runs)) % 2, runs).astype(bool)
    assert np.array_equal(flat.reshape(mask.shape, order="F"), mask)


@given(MASKS, st.integers(1, 5))
def test_the_boundary_is_a_band_inside_the_mask(mask, width):
    band = masks.boundary(mask, width)
    assert not (band & ~mask).any()
    assert band.any() == mask.any()
    if width > max(mask.shape):
        assert np.array_equal(band, mask)


def test_the_band_of_a_square_is_as_wide_as_asked():
    mask = np.zeros((20, 20), bool)
    mask[4:16, 4:16] = True
    assert masks.boundary(mask, 2).sum() == 12**2 - 8**2
    assert masks.boundary(np.ones((20, 20), bool), 2).sum() == 20**2 - 16**2


def test_iou_of_nothing_has_no_rows():
    one = [masks.encode(np.ones((3, 3), bool))]
    assert masks.iou([], one).shape == (0, 1)
    assert masks.iou(one, one)[0, 0] == 1


@pytest.mark.parametrize("counts", [b"", b"0", b"\x00", b"P", b"zzz", b"1"])
def test_damaged_run_lengths_are_refused(counts):
    with pytest.raises(DataError):
        masks.from_coco({"size": [5, 5], "counts": counts}, (5, 5))


@pytest.mark.parametrize("polygon", [[1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7]])
def test_what_is_no_polygon_is_refused(polygon):
    with pytest.raises(DataError, match="polygon"):
        masks.from_polygons([polygon], (9, 9))
