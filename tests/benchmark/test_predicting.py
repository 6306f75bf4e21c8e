"""Which pictures a folder has, and under which ids."""

import json

import pytest
from manyfaces.annotations.manifest import Manifest, ManifestEntry, write_manifest
from manyfaces.benchmark.predicting import files_to_predict
from manyfaces.core.errors import DataError

IDS = {"b.png": 3, "deep/a.png": 70}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in (*IDS, "unlisted.png"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.fixture
def listed(folder):
    rows = [ManifestEntry(key, name, 4, 4, "0", "val") for name, key in IDS.items()]
    write_manifest(folder / "manifest.json", Manifest(tuple(rows)))
    return folder


def test_a_folder_without_a_manifest_is_numbered_by_name(folder):
    names = ["b.png", "deep/a.png", "unlisted.png"]
    assert files_to_predict(folder) == (dict(enumerate(map(folder.joinpath, names), 1)), {})


def test_a_manifest_beside_the_pictures_says_which_they_are_and_their_ids(listed):
    assert files_to_predict(listed) == ({key: listed / name for name, key in IDS.items()}, {})


def test_a_picture_of_the_manifest_that_is_missing_is_named(listed):
    (listed / "b.png").unlink()
    with pytest.raises(DataError, match=r"b\.png"):
        files_to_predict(listed)


def test_a_damaged_manifest_is_not_passed_over(listed):
    (listed / "manifest.json").write_text(json.dumps({"images": [{"id": 1}]}))
    with pytest.raises(DataError, match=r"manifest row cannot be read.*images\[0\]"):
        files_to_predict(listed)


@pytest.mark.parametrize("value", [{"name": "a web application", "icons": []}, [1]])
def test_another_programs_file_of_that_name_is_not_a_manifest(folder, value):
    (folder / "manifest.json").write_text(json.dumps(value))
    assert sorted(files_to_predict(folder)[0]) == [1, 2, 3]


def test_a_manifest_leads_to_no_picture_outside_its_folder(listed, tmp_path):
    outside = tmp_path.parent / "outside.png"
    outside.write_bytes(b"x")
    row = ManifestEntry(1, "../outside.png", 4, 4, "0", "val")
    write_manifest(listed / "manifest.json", Manifest((row,)))
    with pytest.raises(DataError, match="missing"):
        files_to_predict(listed)
