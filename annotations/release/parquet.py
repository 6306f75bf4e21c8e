"""The splits as Parquet, pictures inside, as Hugging Face ``datasets`` reads and shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ...core.files import atomic, read_bytes
from ..coco import AnnotatedImage
from .lines import Line
from .rows import FEATURES, row

FOLDER: Final = "parquet"
SHARD_BYTES: Final = 400_000_000  # of pictures in one file
GROUP: Final = 64  # images in a row group: what a reader holds at once

_TYPES: Final = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string()}


def _arrow(feature: Any) -> pa.DataType:  # noqa: ANN401 - the nested JSON of a feature
    if isinstance(feature, list):
        return pa.list_(_arrow(feature[0]))
    kind = feature.get("_type") if isinstance(feature.get("_type"), str) else None
    if kind == "Value":
        return _TYPES[feature["dtype"]]
    if kind == "ClassLabel":
        return pa.int64()
    if kind == "Image":
        return pa.struct({"bytes": pa.binary(), "path": pa.string()})
    return pa.struct({name: _arrow(inner) for name, inner in feature.items()})


def schema() -> pa.Schema:
    """The columns, with the features that ``datasets`` looks for in the metadata."""
    fields = [pa.field(name, _arrow(feature)) for name, feature in FEATURES.items()]
    note = json.dumps({"info": {"features": FEATURES}})
    return pa.schema(fields, metadata={"huggingface": note})


def write_split(
    root: Path,
    split: str,
    images: Sequence[AnnotatedImage],
    lines: Mapping[int, Sequence[Line]],
    shown: Iterator[AnnotatedImage],
) -> list[Path]:
    """Write one split as ``parquet/<split>-00000-of-00001.parquet`` and so on.

    Args:
        root: the release's folder, its pictures in place.
        lines: provenance lines by image id.
        shown: ``images`` again, drawn while they are read, for a progress bar.

    Returns:
        The files written, in order.
    """
    shards = _shards(root, images)
    paths = [
        root / FOLDER / f"{split}-{number:05d}-of-{len(shards):05d}.parquet"
        for number in range(len(shards))
    ]
    for path, shard in zip(paths, shards, strict=True):
        taken = (next(shown) for _ in shard)
        _write(path, _tables(root, taken, lines))
    return paths


def _shards(root: Path, images: Sequence[AnnotatedImage]) -> list[list[AnnotatedImage]]:
    shards: list[list[AnnotatedImage]] = []
    room = 0
    for image in images:
        size = (root / image.entry.file_name).stat().st_size
        if not shards or size > room:
            shards.append([])
            room = SHARD_BYTES
        shards[-1].append(image)
        room -= size
    return shards


def _tables(
    root: Path, images: Iterable[AnnotatedImage], lines: Mapping[int, Sequence[Line]]
) -> Iterator[pa.Table]:
    rows: list[dict[str, Any]] = []
    for image in images:
        name = image.entry.file_name
        picture = {"bytes": read_bytes(root / name), "path": Path(name).name}
        rows.append({"image": picture, **row(image, lines.get(image.id, ()))})
        if len(rows) == GROUP:
            yield pa.Table.from_pylist(rows, schema=schema())
            rows = []
    if rows:
        yield pa.Table.from_pylist(rows, schema=schema())


def _write(path: Path, tables: Iterable[pa.Table]) -> None:
    # Pictures are compressed already; zstd is for the columns beside them.
    with atomic(path) as file, pq.ParquetWriter(file, schema(), compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
