import pytest
from manyfaces.core.errors import DataError
from manyfaces.generators.analysis import models


def test_a_file_with_the_wrong_content_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MANYFACES_MODELS", str(tmp_path))
    (tmp_path / models.FACE_MESH.name).write_bytes(b"something else")
    with pytest.raises(DataError, match="not the expected one"):
        models.find_model(models.FACE_MESH)


def test_offline_the_error_says_which_file_to_put_where(tmp_path, monkeypatch):
    def unreachable(*_, **__):
        raise ConnectionError("no network")

    monkeypatch.delenv("MANYFACES_MODELS", raising=False)
    monkeypatch.setattr(models.platformdirs, "user_cache_dir", lambda _: str(tmp_path))
    monkeypatch.setattr(models.pooch, "retrieve", unreachable)
    with pytest.raises(DataError) as caught:
        models.find_model(models.FACE_DETECTOR)
    message = str(caught.value)
    assert models.FACE_DETECTOR.name in message
    assert models.FACE_DETECTOR.url in message
    assert str(tmp_path) in message


def test_the_files_are_found_where_the_variable_points(shared, monkeypatch):
    monkeypatch.setenv("MANYFACES_MODELS", str(shared / "models"))
    for model in (models.FACE_DETECTOR, models.FACE_MESH):
        assert models.find_model(model) == shared / "models" / model.name
