"""Masks in bulk against masks one by one."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations import masks
from manyfaces.annotations.erosion import erode
from manyfaces.annotations.intervals import decode_counts, intersections
from manyfaces.core.errors import DataError


def some_masks(seed, count=5):
    """Noise, nothing, everything, discs and rings of one size."""
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(1, 40, 2))
    made = []
    for _ in range(count):
        mask = np.zeros((height, width), np.uint8)
        kind = rng.integers(5)
        if kind == 0:
            mask = (rng.random((height, width)) < rng.random()).astype(np.uint8)
        elif kind == 1:
            mask[:] = 1
        elif kind >= 3:
            centre = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.circle(mask, centre, int(rng.integers(1, 15)), 1, -1 if kind == 3 else 2)
        made.append(mask.astype(bool))
    return made


def bulk(made):
    counts = [masks.encode(mask)["counts"] for mask in made]
    return decode_counts(counts, np.array([mask.shape for mask in made]))


seeds = st.integers(0, 2**32)


@settings(max_examples=150, deadline=None)
@given(seed=seeds)
def test_areas_and_intersections_are_those_of_the_pictures(seed):
    made = some_masks(seed)
    found = bulk(made)
    assert found.area.tolist() == [mask.sum() for mask in made]
    first, second = np.divmod(np.arange(len(made) ** 2), len(made))
    shared = intersections(found, found, first, second)
    pairs = zip(first, second, strict=True)
    assert shared.tolist() == [(made[i] & made[j]).sum() for i, j in pairs]


@settings(max_examples=150, deadline=None)
@given(seed=seeds)
def test_erosion_takes_the_boundary_away(seed):
    made = some_masks(seed)
    widths = np.random.default_rng(seed).integers(1, 6, len(made))
    inner = [
        mask & ~masks.boundary(mask, int(width)) for mask, width in zip(made, widths, strict=True)
    ]
    found = erode(bulk(made), widths)
    assert found.area.tolist() == [mask.sum() for mask in inner]
    whole, rows = bulk(made), np.arange(len(made))
    assert intersections(found, whole, rows, rows).tolist() == found.area.tolist()
    again = intersections(found, bulk(inner), rows, rows)
    assert again.tolist() == found.area.tolist()


def test_masks_of_different_sizes_are_read_together():
    made = [np.ones((3, 5), bool), np.eye(7, dtype=bool), np.zeros((2, 2), bool)]
    found = bulk(made)
    assert found.area.tolist() == [15, 7, 0]
    assert found.width.tolist() == [5, 7, 0]


def test_no_masks_at_all():
    none = decode_counts([], np.zeros((0, 2), np.int64))
    assert len(none) == 0
    empty = np.zeros(0, np.int64)
    assert intersections(none, none, empty, empty).tolist() == []


@pytest.mark.parametrize(
    "counts",
    [b"", b"o", b"\x7f", b"3", b"`0", b"ooooooooo0", masks.encode(np.ones((3, 3), bool))["counts"]],
    ids=["nothing", "half a number", "no such byte", "too few", "odd", "endless", "other size"],
)
def test_what_is_no_mask_of_this_size_is_refused(counts):
    good = masks.encode(np.ones((2, 2), bool))["counts"]
    with pytest.raises(DataError):
        decode_counts([good, counts, good], np.full((3, 2), 2))


@settings(max_examples=300, deadline=None)
@given(text=st.binary(min_size=1, max_size=12), seed=seeds)
def test_any_bytes_are_refused_as_by_the_reader_of_single_masks(text, seed):
    counts = bytes(48 + byte % 64 for byte in text)
    size = tuple(int(side) for side in np.random.default_rng(seed).integers(1, 9, 2))
    try:
        single = masks.from_coco({"size": list(size), "counts": counts.decode()}, size)
    except DataError:
        with pytest.raises(DataError):
            decode_counts([counts], np.array([size]))
    else:
        assert decode_counts([counts], np.array([size])).area[0] == masks.area(single)
