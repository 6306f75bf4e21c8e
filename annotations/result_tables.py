"""The entries of a predictions file in Parquet, as the JSON form has them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from .result_rows import Limits, refuse

BATCH: Final = 1024  # rows made at a time
MASK_COLUMNS: Final = ("counts", "height", "width")
TEXTS: Final = ("string", "large_string", "binary", "large_binary")
INDEX: Final = "__index_level_0__"  # pandas writes its row numbers under this name


def parquet_rows(data: bytes, path: Path, limits: Limits) -> list[Any]:
    """The rows of a Parquet table: columns as the fields of COCO results.

    ``segmentation`` is a struct of size and counts, or JSON text; or there are columns
    ``counts``, ``height`` and ``width``.

    Raises:
        SubmissionError: the table cannot be read, or is over a limit.
    """
    from pyarrow import ArrowException

    rows: list[Any] = []
    try:
        for part in _parts(data, path, limits):
            rows += map(_entry, part)
    except (ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        got = str(error).strip().partition("\n")[0][:200]
        raise refuse("parquet-unreadable", path, got) from error
    return rows


def _parts(data: bytes, path: Path, limits: Limits) -> Iterator[list[dict[str, Any]]]:
    """The rows in batches, as long as they stay within the limits."""
    from pyarrow import parquet

    known = parquet.ParquetFile(io.BytesIO(data)).metadata
    _check_claims(known, path, limits)
    # As dictionaries texts stay as small as in the file: there one may stand for thousands.
    columns = (known.schema.column(number) for number in range(known.num_columns))
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    file = parquet.ParquetFile(io.BytesIO(data), read_dictionary=texts)
    made = 0
    for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
        made += sum(map(_size, batch.columns))
        _require(made, path, limits)
        yield batch.to_pylist()


def _check_claims(known: Any, path: Path, limits: Limits) -> None:  # noqa: ANN401 - has no types
    """Refuse what a file itself says is too large."""
    most = limits.values if limits.entries is None else limits.entries
    if known.num_rows > most:
        got = f"{known.num_rows:,} entries"
        raise refuse("entries-too-many", path, got, f"at most {most:,}")
    groups = [known.row_group(number) for number in range(known.num_row_groups)]
    _require(sum(group.total_byte_size for group in groups), path, limits)
    columns = (group.column(n) for group in groups for n in range(group.num_columns))
    values = sum(column.num_values for column in columns)
    if values > limits.values:
        raise refuse("file-too-large", path, f"{values:,} values", f"at most {limits.values:,}")


def _size(array: Any) -> int:  # noqa: ANN401 - pyarrow has no types
    """The bytes of an array's values, each counted wherever it stands."""
    from pyarrow import compute, types

    if types.is_struct(array.type):
        return sum(map(_size, array.flatten()))
    if types.is_list(array.type) or types.is_large_list(array.type):
        return _size(array.flatten())
    if types.is_dictionary(array.type) and str(array.type.value_type) in TEXTS:
        lengths = compute.binary_length(array.dictionary).take(array.indices)
        return int(compute.sum(lengths.cast("int64")).as_py() or 0)
    return int(array.nbytes)


def _require(size: int, path: Path, limits: Limits) -> None:
    if size > limits.size:
        got, most = f"{size:,} bytes or more", f"at most {limits.size:,}"
        raise refuse("file-unpacks-too-large", path, got, most)


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    # An empty cell is a field that this entry does not have.
    entry = {name: value for name, value in row.items() if value is not None and name != INDEX}
    if "segmentation" not in entry and "counts" in entry:
        counts, height, width = (entry.pop(name, None) for name in MASK_COLUMNS)
        entry["segmentation"] = {"size": [height, width], "counts": counts}
    part = entry.get("segmentation")
    if isinstance(part, str | bytes):
        part = entry["segmentation"] = _json(part)
    if isinstance(part, dict) and isinstance(part.get("counts"), bytes):
        # One character a byte: what is no RLE text then still is none.
        entry["segmentation"] = {**part, "counts": part["counts"].decode("latin-1")}
    return entry


def _json(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON; the text itself where it is none
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
