import hashlib

import pytest
from manyfaces.core.errors import DataError
from manyfaces.generators.analysis.models import FOLDER_VARIABLE
from manyfaces.generators.learned.files import find_network, hash_of


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


def test_a_file_is_found_here_or_in_the_folder_of_models(tmp_path, monkeypatch):
    models = tmp_path / "models"
    models.mkdir()
    (models / "a.onnx").write_bytes(b"models")
    monkeypatch.setenv(FOLDER_VARIABLE, str(models))
    assert find_network("a.onnx").read_bytes() == b"models"
    (tmp_path / "here" / "a.onnx").write_bytes(b"here")
    assert find_network("a.onnx").read_bytes() == b"here"


def test_a_missing_file_names_the_places():
    with pytest.raises(DataError, match=r"a\.onnx is missing") as caught:
        find_network("a.onnx")
    assert "a.onnx" in str(caught.value.expected)


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path):
    with pytest.raises(DataError, match="the network"):
        find_network(str(tmp_path))
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(DataError, match="the pipeline"):
        find_network(str(tmp_path / "f"), folder=True)


def test_another_file_than_the_expected_one_is_refused(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"one")
    right = hashlib.sha256(b"one").hexdigest()
    assert find_network(str(path), right) == path
    path.write_bytes(b"other")
    with pytest.raises(DataError, match="not the expected one"):
        find_network(str(path), right)


def test_a_folders_hash_knows_names_and_contents_but_no_hidden_files(tmp_path):
    folder = tmp_path / "pipeline"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "a").write_bytes(b"1")
    first = hash_of(folder)
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x").write_bytes(b"2")
    assert hash_of(folder) == first
    (folder / "part" / "a").rename(folder / "part" / "b")
    assert hash_of(folder) != first
