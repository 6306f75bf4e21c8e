"""Predictions files as they come, hostile ones among them."""

import contextlib
import gzip
import json
import os
import pickle
import time

import pyarrow as pa
import pytest
from manyfaces.annotations.result_rows import (
    Limits,
    UnreadableResultsError,
    load_results,
    load_rows,
)
from manyfaces.core.errors import SubmissionError
from pyarrow import parquet
from submissions import bounded, content, entry, sound, text

ROWS = sound()


def saved(tmp_path, data):
    path = tmp_path / "p.json"
    path.write_bytes(data)
    return path


def refused(path, limits=Limits()):  # noqa: B008 - frozen
    """The code of a refusal, which must come quickly and with little memory."""
    with bounded(seconds=10, megabytes=400), pytest.raises(SubmissionError) as caught:
        load_rows(path, limits)
    assert len(str(caught.value)) < 700
    return caught.value.code


def test_json_plain_and_gzipped(tmp_path):
    assert load_rows(saved(tmp_path, text(ROWS))) == ROWS
    assert load_rows(saved(tmp_path, gzip.compress(text(ROWS)))) == ROWS


def parquet_file(tmp_path, rows, **columns):
    table = pa.Table.from_pylist(rows)
    for name, column in columns.items():
        table = table.append_column(name, column)
    parquet.write_table(table, tmp_path / "p.parquet")
    return tmp_path / "p.parquet"


def without_masks():
    return [{k: v for k, v in row.items() if k != "segmentation"} for row in ROWS]


def test_parquet_with_masks_as_structs(tmp_path):
    assert load_rows(parquet_file(tmp_path, ROWS)) == ROWS


def test_parquet_with_masks_as_json(tmp_path):
    masks = pa.array([json.dumps(row["segmentation"]) for row in ROWS])
    assert load_rows(parquet_file(tmp_path, without_masks(), segmentation=masks)) == ROWS


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.large_string()])
def test_parquet_with_masks_in_columns(tmp_path, kind):
    counts = pa.array([row["segmentation"]["counts"] for row in ROWS], kind)
    sides = {"height": pa.array([60] * 4, pa.int32()), "width": pa.array([80] * 4, pa.int16())}
    assert load_rows(parquet_file(tmp_path, without_masks(), counts=counts, **sides)) == ROWS


def test_an_empty_cell_is_a_missing_field(tmp_path):
    masks = pa.array([None, *(row["segmentation"] for row in ROWS[1:])])
    rows = load_rows(parquet_file(tmp_path, without_masks(), segmentation=masks))
    assert rows == [without_masks()[0], *ROWS[1:]]


def test_pandas_writes_what_is_read(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS).astype({"category_id": "category"})
    frame[frame["score"] > 0].to_parquet(tmp_path / "p.parquet")
    assert load_rows(tmp_path / "p.parquet") == ROWS


@pytest.mark.parametrize("damage", range(4, 400, 7))
def test_a_damaged_table_is_refused_or_read(tmp_path, damage):
    path = parquet_file(tmp_path, ROWS)
    data = bytearray(path.read_bytes())
    data[-damage % len(data)] ^= 0x55
    path.write_bytes(data)
    with contextlib.suppress(UnreadableResultsError):
        assert isinstance(load_rows(path), list)


def test_numbers_that_json_does_not_have_are_read_and_told(tmp_path):
    results = load_results(saved(tmp_path, b'[{"score": NaN},\n{"score": 1e999}]'))
    assert str(results.rows) == "[{'score': nan}, {'score': inf}]"
    assert results.not_a_number == "line 1, column 12"
    assert load_results(saved(tmp_path, b"[1.5]")).not_a_number is None


def test_a_number_with_a_million_digits_is_just_too_large(tmp_path):
    start = time.perf_counter()
    rows = load_rows(saved(tmp_path, b"[" + b"9" * 1_000_000 + b"]"))
    assert rows == [float("inf")]
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("file-nested-too-deep", b"[" * 5_000_000),
        ("file-nested-too-deep", b'{"a":' * 1_000_000),
        ("file-not-json", b"[NaN," + b"[" * 1_000_000),
        ("file-not-json", b'["' + b"\\ud800" * 100_000 + b'"]'),
        ("file-truncated", b'["' + b"a" * 10_000_000),
        ("file-not-list", b'"' + b"a" * 10_000_000 + b'"'),
        ("file-not-utf8", b'["' + b"a" * 1_000_000 + b'\xc3"]'),
        ("file-not-utf8", os.urandom(100_000)),
    ],
)
def test_hostile_text_is_refused_quickly(tmp_path, code, data):
    assert refused(saved(tmp_path, data)) == code


@pytest.mark.parametrize("item", [b"{}", b"0", b"[]", b'""', b'{"image_id":3}'])
def test_ten_million_entries_are_refused_unread(tmp_path, item):
    path = saved(tmp_path, b"[" + (item + b",") * 9_999_999 + item + b"]")
    limits = Limits(values=5_000_000, entries=100_000)
    assert refused(path, limits) in {"file-too-large", "entries-too-many"}


def test_more_entries_than_the_limit_are_refused(tmp_path):
    path = saved(tmp_path, text([entry()] * 11))
    assert len(load_rows(path, Limits(entries=11))) == 11
    assert refused(path, Limits(entries=10)) == "entries-too-many"


def test_a_large_file_is_refused_unread(tmp_path):
    path = tmp_path / "p.json"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    assert refused(path) == "file-too-large"


def test_a_bomb_is_not_unpacked(tmp_path):
    bomb = saved(tmp_path, gzip.compress(b" " * (80 << 20)))
    assert refused(bomb) == "file-unpacks-too-large"
    assert refused(bomb, Limits(size=1 << 20)) == "file-unpacks-too-large"


def test_a_text_that_a_table_repeats_is_counted_each_time(tmp_path):
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 2000, pa.int32()), ["a" * (5 << 20)])
    table = pa.table({"image_id": [3] * 2000, "counts": column})
    parquet.write_table(table, tmp_path / "p", dictionary_pagesize_limit=1 << 30)
    assert refused(tmp_path / "p", Limits(size=1 << 30)) == "file-unpacks-too-large"


def test_a_table_over_a_limit_is_refused_by_what_it_says(tmp_path):
    boxes = pa.array([[0.0] * 1_000_000])
    path = parquet_file(tmp_path, [{"image_id": 3}], bbox=boxes)
    assert refused(path, Limits(values=500_000)) == "file-too-large"
    path = parquet_file(tmp_path, [{"image_id": 3}] * 1000)
    assert refused(path, Limits(entries=999)) == "entries-too-many"


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none", tmp_path / "a\0b"):
        assert refused(path) == "file-unreadable"


def test_a_file_beyond_the_memory_is_refused(tmp_path, monkeypatch):
    def no_memory(data):
        raise MemoryError

    monkeypatch.setattr("manyfaces.annotations.result_rows.orjson.loads", no_memory)
    assert refused(saved(tmp_path, b"[]")) == "file-too-large"


def test_the_error_is_whole_after_a_worker_sent_it(tmp_path):
    with pytest.raises(UnreadableResultsError) as caught:
        load_rows(saved(tmp_path, content({})))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.code) == (str(caught.value), "file-not-list")
