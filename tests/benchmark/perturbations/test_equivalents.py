import numpy as np
import pytest
from manyfaces.benchmark.perturbations.equivalents import (
    LIBRARY,
    library_operator,
    own_operator,
    side_by_side,
)
from manyfaces.benchmark.perturbations.table import PERTURBATIONS


@pytest.fixture(scope="module")
def picture():
    rows, columns = np.mgrid[:60, :80]
    stripes = ((rows // 6 + columns // 8) % 2 * 120 + 60).astype(np.uint8)
    return np.stack([stripes, stripes // 2 + 40, 255 - stripes], axis=2)


@pytest.mark.parametrize("name", list(LIBRARY))
def test_both_sides_do_something_and_leave_the_picture(picture, name):
    before = picture.copy()
    for operator in (library_operator(name), own_operator(name)):
        found = operator(picture)
        assert found.shape == picture.shape
        assert found.dtype == np.uint8
        assert (found != picture).any()
    assert (picture == before).all()


def test_each_is_an_operator_of_ours():
    assert LIBRARY.keys() <= PERTURBATIONS.keys()


def test_the_sheet_has_three_pictures_a_line(picture):
    sheet = side_by_side(picture, list(LIBRARY))
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] == 3 * 176 + 4 * 6
    assert sheet.shape[0] == 26 + len(list(LIBRARY)) * (26 + 132)
