import os
import zipfile

import pytest
from manyfaces.core.archive import write_zip
from manyfaces.core.errors import DataError


def test_the_same_members_are_the_same_bytes_whenever_and_from_wherever(tmp_path):
    text = b"some text " * 1000
    (tmp_path / "a.txt").write_bytes(text)
    os.utime(tmp_path / "a.txt", (1e9, 1e9))
    (tmp_path / "a.txt").chmod(0o400)
    first = write_zip(tmp_path / "1.zip", {"b.zip": b"packed", "a.txt": tmp_path / "a.txt"})
    second = write_zip(tmp_path / "2.zip", {"a.txt": text, "b.zip": b"packed"})
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["a.txt", "b.zip"]
        assert archive.read("a.txt") == text
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.getinfo("a.txt").compress_size < 200
        assert archive.getinfo("b.zip").compress_type == zipfile.ZIP_STORED


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(DataError, match=r"1\.zip"):
        write_zip(tmp_path / "1.zip", {"a": tmp_path / "nothing"})
