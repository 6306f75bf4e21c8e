import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from manyfaces.annotations import masks
from manyfaces.core.errors import DataError
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

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


@given(MASKS, st.integers(1, 5))
def test_the_boundary_is_what_lies_near_the_outside(mask, width):
    """By definition: Chebyshev distance to the nearest pixel outside, the frame included."""
    outside = np.argwhere(~np.pad(mask, 1)) - 1
    inside = np.argwhere(mask)
    far = np.abs(inside[:, None] - outside[None]).max(axis=2).min(axis=1, initial=99)
    expected = np.zeros_like(mask)
    expected[tuple(inside[far <= width].T)] = True
    assert np.array_equal(masks.boundary(mask, width), expected)


def test_the_band_width_is_two_percent_of_the_diagonal():
    assert masks.band_width(np.zeros((300, 400), bool)) == 10
    assert masks.band_width(np.zeros((3, 4), bool)) == 1


@given(st.lists(st.binary(min_size=4 * 5, max_size=4 * 5), max_size=4))
def test_set_operations_are_those_of_arrays(rows):
    arrays = [np.frombuffer(row, np.uint8).reshape(4, 5) % 2 == 1 for row in rows]
    rles = [masks.encode(array) for array in arrays]
    union = np.any(arrays, axis=0) if arrays else np.zeros((4, 5), bool)
    assert np.array_equal(masks.decode(masks.union(rles, (4, 5))), union)
    if arrays:
        both = masks.decode(masks.intersection(rles, (4, 5)))
        assert np.array_equal(both, np.all(arrays, axis=0))
        expected = [
            [(one & two).sum() / max(1, (one | two).sum()) for two in arrays] for one in arrays
        ]
        for row, col in np.ndindex(len(arrays), len(arrays)):
            if (arrays[row] | arrays[col]).any():
                assert masks.iou(rles, rles)[row, col] == pytest.approx(expected[row][col])


@given(MASKS)
def test_the_box_is_tight(mask):
    x1, y1, x2, y2 = masks.box(masks.encode(mask)).astype(int)
    rows, columns = np.nonzero(mask)
    if mask.any():
        assert (x1, y1) == (columns.min(), rows.min())
        assert (x2, y2) == (columns.max() + 1, rows.max() + 1)
    else:
        assert (x1, y1, x2, y2) == (0, 0, 0, 0)


@given(*[st.integers(0, 9)] * 4)
def test_a_rectangle_is_filled(top, bottom, left, right):
    expected = np.zeros((9, 9), bool)
    expected[top:bottom, left:right] = True
    assert np.array_equal(masks.decode(masks.rectangle(top, bottom, left, right, (9, 9))), expected)


@given(MASKS)
def test_uncompressed_run_lengths_are_read(mask):
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat.astype(np.int8))) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    counts = [0, *runs] if flat[0] else runs
    rle = masks.from_coco({"size": list(mask.shape), "counts": counts}, mask.shape)
    assert np.array_equal(masks.decode(rle), mask)
    assert rle == masks.encode(mask)


POINTS = st.tuples(st.floats(-5, 45), st.floats(-5, 35))
POLYGON = st.lists(POINTS, min_size=3, max_size=8).map(lambda p: [c for point in p for c in point])


@given(st.lists(POLYGON, min_size=1, max_size=3))
def test_polygons_are_rasterised_as_by_pycocotools(polygons):
    reference = COCO()
    reference.imgs = {1: {"height": 30, "width": 40}}
    expected = reference.annToMask({"image_id": 1, "segmentation": polygons})
    assert np.array_equal(masks.decode(masks.from_coco(polygons, (30, 40))), expected)


def test_no_polygons_are_an_empty_mask():
    assert masks.area(masks.from_coco([], (4, 5))) == 0


def by_definition(counts):
    """COCO's ``rleFrString``, one character after the other."""
    runs, value, shift = [], 0, 0
    for byte in counts:
        value |= (byte - 48 & 31) << shift
        shift += 5
        if byte - 48 & 32:
            continue
        value -= (1 << shift) if byte - 48 & 16 else 0
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value, shift = 0, 0
    return runs if shift == 0 else None


@given(st.lists(st.integers(48, 111), min_size=1, max_size=12).map(bytes))
def test_run_lengths_are_unpacked_by_the_definition(counts):
    runs = by_definition(counts)
    try:
        assert masks.unpack_counts(counts).tolist() == runs
    except DataError:
        assert runs is None or min(runs) < 0 or max(runs) > 2**32


@given(MASKS, st.data())
def test_damaged_run_lengths_never_reach_pycocotools(mask, data):
    """What is accepted decodes to a mask of the whole image; the rest is a DataError."""
    counts = bytearray(masks.encode(mask)["counts"])
    place = data.draw(st.integers(0, len(counts) - 1))
    counts[place] = data.draw(st.integers(0, 255))
    counts = bytes(counts[: data.draw(st.integers(0, len(counts)))])
    try:
        rle = masks.from_coco({"size": list(mask.shape), "counts": counts}, mask.shape)
    except DataError:
        return
    assert masks.unpack_counts(counts).sum() == mask.size
    assert coco_mask.decode(rle).sum() == masks.area(rle) <= mask.size


@pytest.mark.parametrize(
    "segmentation",
    [
        None,
        "polygon",
        3,
        {},
        {"size": [5, 5]},
        {"size": [5, 5], "counts": None},
        {"size": 5, "counts": [25]},
        {"size": [5, 5, 1], "counts": [25]},
        {"size": [5, 5], "counts": [24]},
        {"size": [5, 5], "counts": [-1, 26]},
        {"size": [5, 5], "counts": ["25"]},
        {"size": [5, 5], "counts": [25.0]},
        {"size": [5, 5], "counts": "€€"},
        [1, 2, 3, 4, 5, 6],
        [[1, 2, "3", 4, 5, 6]],
        [[1, 2, None, 4, 5, 6]],
        [[1, 2, float("nan"), 4, 5, 6]],
        [[1, 2, 1e300, 4, 5, 6]],
        [{"x": 1}],
    ],
    ids=lambda value: f"{value!r:.30}",
)
def test_what_is_no_segmentation_is_refused(segmentation):
    with pytest.raises(DataError):
        masks.from_coco(segmentation, (5, 5))


@pytest.mark.parametrize("counts", [b"", b"0", b"\x00", b"P", b"zzz", b"1"])
def test_damaged_run_lengths_are_refused(counts):
    with pytest.raises(DataError):
        masks.from_coco({"size": [5, 5], "counts": counts}, (5, 5))


@pytest.mark.parametrize("polygon", [[1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7]])
def test_what_is_no_polygon_is_refused(polygon):
    with pytest.raises(DataError, match="polygon"):
        masks.from_polygons([polygon], (9, 9))
