import json

import pytest
from manyfaces.annotations.manifest import (
    Manifest,
    ManifestEntry,
    read_manifest,
    write_manifest,
)
from manyfaces.core.errors import DataError

ENTRIES = (
    ManifestEntry(1, "images/train/1.jpg", 30, 40, "ab" * 32, "train"),
    ManifestEntry(2, "images/test/2.jpg", 50, 60, "cd" * 32, "test"),
)


def test_a_manifest_survives_a_round_trip(tmp_path):
    path = tmp_path / "manifest.json"
    write_manifest(path, Manifest(ENTRIES))
    again = read_manifest(path)
    assert again.images == ENTRIES
    assert again.sizes() == {1: (30, 40), 2: (50, 60)}
    assert again.sizes("test") == {2: (50, 60)}


def test_a_manifest_tells_nothing_about_labels(tmp_path):
    path = tmp_path / "manifest.json"
    write_manifest(path, Manifest(ENTRIES))
    [row, _] = json.loads(path.read_text())["images"]
    assert list(row) == ["id", "file_name", "height", "width", "sha256", "split"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.append(3), r"images\[2\]"),
        (lambda rows: rows[1].pop("split"), r"images\[1\]"),
        (lambda rows: rows[0].update(labels=[1]), r"images\[0\]"),
        (lambda rows: rows[0].update(id="1"), r"images\[0\]"),
        (lambda rows: rows[0].update(height=0), r"images\[0\]"),
        (lambda rows: rows[0].update(sha256=None), r"images\[0\]"),
        (lambda rows: rows[0].update(id=2), "stands twice"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, message):
    path = tmp_path / "manifest.json"
    write_manifest(path, Manifest(ENTRIES))
    data = json.loads(path.read_text())
    change(data["images"])
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match=message):
        read_manifest(path)


def test_what_is_no_manifest_is_refused(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text("[]")
    with pytest.raises(DataError, match="not a manifest"):
        read_manifest(path)
