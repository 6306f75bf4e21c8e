import io
import stat
import zipfile

import challenges
import pytest
from manyfaces.core.errors import SubmissionError
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.submissions import archives
from manyfaces.leaderboard.submissions.archives import pack, unpack

TRACKS = ("clean", "dark")


def made(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def refused(tmp_path, data, most=1_000_000):
    (tmp_path / "a.zip").write_bytes(data)
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(SubmissionError) as caught:
        unpack(tmp_path / "a.zip", TRACKS, into, most)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and into not in path.parents]
    assert [path.name for path in outside] == ["a.zip"]
    return str(caught.value)


def test_what_is_packed_comes_out_again(tmp_path):
    files = challenges.files(tmp_path / "in")
    pack(tmp_path / "s.zip", Method(name="m"), files)
    (tmp_path / "into").mkdir()
    found, about = unpack(tmp_path / "s.zip", TRACKS, tmp_path / "into", 1_000_000)
    assert about["name"] == "m"
    assert {track: path.read_bytes() for track, path in found.items()} == {
        track: path.read_bytes() for track, path in files.items()
    }


LINK = zipfile.ZipInfo("clean.json")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "members",
    [
        [("../clean.json", "[]")],
        [("/etc/clean.json", "[]")],
        [("sub/clean.json", "[]")],
        [("..\\clean.json", "[]")],
        [("C:clean.json", "[]")],
        [("clean.json/", "")],
        [("clean.exe", "[]")],
        [("CLEAN.json", "[]")],
        [("clean.json\x00.txt", "[]"), ("other", "")],
        [(LINK, "/etc/passwd")],
        [("clean.json", "[]"), ("clean.json.gz", "[]")],
        [(f"{number}", "") for number in range(10_000)],
    ],
    ids=range(12),
)
def test_anything_that_is_no_tracks_file_is_refused(tmp_path, members):
    assert "holds" in refused(tmp_path, made(members))


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path):
    assert "more than it may" in refused(tmp_path, made([("clean.json", b" " * 3_000_000)]))
    bomb = made([("clean.json", b" " * (archives.ALWAYS + (1 << 20)))])
    (tmp_path / "more").mkdir()
    assert "more than it may" in refused(tmp_path / "more", bomb, most=1 << 40)


def test_a_zip_that_lies_about_its_size_is_no_way_around(tmp_path):
    data = bytearray(made([("clean.json", b" " * 3_000_000)]))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")  # the size unpacked
    assert refused(tmp_path, bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\x03\x04", b"no zip", made([("clean.json", b"[]" * 99)])[:-30],
        made([("clean.json", b"abc" * 999)]).replace(b"PK\x03\x04", b"PK\x00\x00"),
        made([("method.json", b"{" * 99_999)]), made([("method.json", b"[" * 60_000)]),
        made([("method.json", b"\xff\xfe")]),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_damaged_zip_is_one_sentence(tmp_path, data):
    assert refused(tmp_path, data)


def test_an_encrypted_zip_is_refused(tmp_path):
    data = bytearray(made([("clean.json", b"[]")]))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(tmp_path, bytes(data))
