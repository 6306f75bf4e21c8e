import pytest
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import (
    atomic,
    claim_folder,
    read_json,
    read_json_lines,
    replace_folder,
    write_json,
)


def test_json_round_trip(tmp_path):
    write_json(tmp_path / "a" / "x.json", {"b": [1, 2.5, None]})
    assert read_json(tmp_path / "a" / "x.json") == {"b": [1, 2.5, None]}


def write_half(path):
    with atomic(path) as file:
        file.write(b"half")
        raise RuntimeError("power cut")


def test_an_interrupted_write_leaves_the_old_file_and_no_debris(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def write_to_full_disk(path):
    with atomic(path):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="No space left on device"):
        write_to_full_disk(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_broken_json_is_named_with_its_line(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n{"a":\n')
    with pytest.raises(DataError, match="line 2"):
        read_json_lines(tmp_path / "x.jsonl")
    with pytest.raises(DataError, match="cannot be read"):
        read_json(tmp_path / "missing.json")


def test_a_folder_is_claimed_once_and_never_from_others(tmp_path):
    fresh = tmp_path / "new"
    assert claim_folder(fresh, marker="mark", purpose="this") is False
    (fresh / "mark").touch()
    assert claim_folder(fresh, marker="mark", purpose="this") is True
    with pytest.raises(UsageError, match="something else"):
        claim_folder(fresh, marker="other", purpose="that")
    with pytest.raises(UsageError, match="is a file"):
        claim_folder(fresh / "mark", marker="other", purpose="that")


def folder(path, word):
    path.mkdir()
    (path / "word.txt").write_text(word)
    return path


def test_a_folder_takes_the_place_of_another_and_leaves_no_debris(tmp_path):
    replace_folder(folder(tmp_path / "new", "first"), tmp_path / "out")
    replace_folder(folder(tmp_path / "new", "second"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "word.txt").read_text() == "second"


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path):
    folder(tmp_path / "out", "old")
    with pytest.raises(DataError, match="cannot be written"):
        replace_folder(tmp_path / "missing", tmp_path / "out")
    assert (tmp_path / "out" / "word.txt").read_text() == "old"
