"""Submissions that are made to exhaust whoever checks them."""

import gzip

import pytest
from manyfaces.annotations.check import check_submission
from submissions import MANIFEST, bounded, entry, first, seg, sound, text

MANY = 3_000


def checked(tmp_path, data):
    """The report, which must come quickly, with little memory, and be short."""
    path = tmp_path / "p.json"
    path.write_bytes(data)
    with bounded(seconds=30, megabytes=500):  # 1 s at most on an idle machine, not traced
        report = check_submission(path, MANIFEST, "test")
    assert len(text(report.to_json())) < 100_000
    return report


@pytest.mark.parametrize("size", [[100_000, 100_000], [10**9, 10**9], [60, 2**62], [10**300, 80]])
def test_a_claimed_size_allocates_nothing(tmp_path, size):
    rows = [*seg(size=size), entry(segmentation={"size": size, "counts": [size[0] * size[1]]})]
    assert "mask-size" in checked(tmp_path, text(rows)).counts


def test_ten_million_entries(tmp_path):
    data = b"[" + b'{"image_id":3},' * 9_999_999 + b"{}]"
    report = checked(tmp_path, gzip.compress(data, 1))
    assert set(report.counts) <= {"entries-too-many", "file-unpacks-too-large"}
    assert report.problems


@pytest.mark.parametrize(
    "row",
    [
        {"image_id": "x" * 1000, "category_id": "y" * 1000, "score": "z" * 1000, "bbox": "b" * 999},
        {"image_id": [[[[]]]] * 9, "category_id": {}, "score": {}, "bbox": [{}] * 4},
        entry(segmentation=[[0, 0, 1e6, 1e6, 0, 1e6]]),
        entry(segmentation=[[0, 0, 80, 60, 0, 60]] * 20),
        entry(segmentation={"size": [60, 80], "counts": "0" * 900}),
        entry(segmentation={"size": [60, 80], "counts": [0] * 900 + [4800]}),
        entry(segmentation={"size": [60, 80], "counts": "oooooo1" * 90}),
    ],
)
def test_the_same_fault_thousands_of_times(tmp_path, row):
    report = checked(tmp_path, text([row] * MANY))
    assert max(report.counts.values()) >= MANY - 1


def test_a_different_fault_in_each_entry(tmp_path):
    rows = [{**entry(image=9 + n, label=2 + n, score=2 + n), f"name {n}": n} for n in range(MANY)]
    report = checked(tmp_path, text(rows))
    assert report.counts["image-unknown"] == report.counts["fields-surplus"] == MANY


def test_values_without_end_are_shown_in_short(tmp_path):
    huge = "9" * 1_000_000
    deep = b"[" * 900 + b"]" * 900
    for data in (
        text(first(image_id=huge)),
        text(first(score=list(range(300_000)), bbox={huge: huge})),
        text(sound()).replace(b"0.8", huge.encode()),
        text([{**entry(), "image_id": "DEEP"}] * 3).replace(b'"DEEP"', deep),
        text([{**entry(), "bbox": "DEEP"}] * 3).replace(b'"DEEP"', deep),
        text([{**entry(), "score": "DEEP"}] * 3).replace(b'"DEEP"', deep),
        text([{**entry(), "segmentation": "DEEP"}] * 3).replace(b'"DEEP"', deep),
    ):
        assert checked(tmp_path, data).problems


def test_one_mask_of_a_million_characters_is_not_decoded(tmp_path):
    report = checked(tmp_path, text(seg(counts="0" * 5_000_000)))
    assert set(report.counts) == {"mask-too-long"}
