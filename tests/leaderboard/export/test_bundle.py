import io
import json
import re
import stat
import zipfile
from pathlib import Path

import challenges
import numpy as np
import pytest
from manyfaces import __version__
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.images import decode_image
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.export import bundle as module
from manyfaces.leaderboard.export.bundle import HOSTS, write_bundle
from manyfaces.leaderboard.export.options import Options

BOTH = pytest.mark.parametrize("host", list(HOSTS))


def contents(data, prefix=""):
    """Every file of a zip and of the zips in it: path → content."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith(".zip"):
                found |= contents(content, f"{prefix}{name}!")
            else:
                found[prefix + name] = content
    return found


def everything(out):
    found = {}
    for path in Path(out).iterdir():
        data = path.read_bytes()
        packed = path.suffix == ".zip"
        found |= contents(data, f"{path.name}!") if packed else {path.name: data}
    return found


@BOTH
def test_the_truth_is_in_the_private_part_and_nowhere_else(board, tmp_path, host):
    made = write_bundle(board.folder, host, tmp_path / "out")
    inside = tuple(f"{made.upload}!{name}!" for name in made.private)
    secrets = [board.folder.truth(track, split).read_bytes()
               for track in challenges.TRACKS for split in challenges.SPLITS]  # fmt: skip
    found = everything(tmp_path / "out")
    truth = {name for name, content in found.items() if content in secrets}
    assert len(truth) == len(secrets)
    assert all(name.startswith(inside) for name in truth)
    boxes = [str(list(box)).encode() for box, _ in challenges.faces(8)]
    for name, content in found.items():
        assert board.folder.salt.encode() not in content, name
        if not name.startswith(inside):
            assert b'"annotations"' not in content, name
            assert not [box for box in boxes if box in content.replace(b",", b", ")], name


@BOTH
def test_only_its_owner_can_read_it(board, tmp_path, host):
    made = write_bundle(board.folder, host, tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "out" / made.upload).stat().st_mode) == 0o600


@BOTH
def test_the_same_challenge_is_the_same_bytes(board, tmp_path, host):
    for name in ("one", "two"):
        write_bundle(board.folder, host, tmp_path / name)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    made = write_bundle(board.folder, host, tmp_path / "one")
    assert json.loads(one["bundle.json"])["sha256"] == made.sha256


def test_what_is_there_is_not_written_over(board, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        write_bundle(board.folder, "evalai", out)
    with pytest.raises(UsageError, match="something else"):
        write_bundle(board.folder, "evalai", out / "notes.txt")
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_a_bundle_for_another_host_is_not_written_over(board, tmp_path):
    write_bundle(board.folder, "evalai", tmp_path / "out")
    with pytest.raises(UsageError, match="an earlier bundle for codabench"):
        write_bundle(board.folder, "codabench", tmp_path / "out")


def test_the_truth_is_never_written_where_it_is_published(board):
    with pytest.raises(UsageError, match="published"):
        write_bundle(board.folder, "evalai", board.folder.site / "bundle")


def test_an_unknown_host_is_named(board, tmp_path):
    with pytest.raises(UsageError, match="got kaggle, expected evalai or codabench"):
        write_bundle(board.folder, "kaggle", tmp_path / "out")


def test_what_is_interrupted_leaves_the_earlier_bundle(board, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_bundle(board.folder, "evalai", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(*_):
        raise DataError("the disk is full")

    monkeypatch.setattr(module, "maintainers_page", full)
    with pytest.raises(DataError, match="disk is full"):
        write_bundle(board.folder, "evalai", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


@BOTH
def test_a_package_travels_with_the_program(board, tmp_path, host):
    wheel = tmp_path / f"manyfaces-{__version__}-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    write_bundle(board.folder, host, tmp_path / "out", Options(wheel=wheel))
    found = everything(tmp_path / "out")
    (settings,) = [json.loads(found[name]) for name in found if name.endswith("!settings.json")]
    assert settings["requirement"] == wheel.name
    (inside,) = [name for name in found if name.endswith(f"!{wheel.name}")]
    assert found[inside] == b"a wheel"
    if host == "codabench":
        assert f"COPY {wheel.name}" in found["Dockerfile"].decode()
        assert found[wheel.name] == b"a wheel"


def test_a_package_of_another_version_is_refused(tmp_path):
    wheel = tmp_path / "manyfaces-99.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    with pytest.raises(UsageError, match="no package of this version"):
        Options(wheel=wheel)


@BOTH
def test_pages_show_the_rules_and_no_markup_of_theirs(tmp_path, host):
    path = challenges.rules(tmp_path, description="<b>x</b>\n\nsecond", terms="be <i>fair</i>")
    folder = create_board(tmp_path / "board", path).folder
    write_bundle(folder, host, tmp_path / "out", Options(kit="https://example.org/kit.zip"))
    found = everything(tmp_path / "out")
    pages = {re.split("[!/]", name)[-1]: found[name].decode() for name in found if ".html" in name}
    assert set(pages) == {"description.html", "evaluation.html", "terms.html", "submission.html"}
    assert "<p>&lt;b&gt;x&lt;/b&gt;</p>\n<p>second</p>" in pages["description.html"]
    assert "be &lt;i&gt;fair" in pages["terms.html"]
    assert 'href="https://example.org/kit.zip"' in pages["description.html"]
    assert folder.commitment in pages["evaluation.html"]
    assert "zip mine.zip method.json clean.json dark.json" in pages["submission.html"]
    assert "3 a day, 5 in all, 1 MB a file" in pages["submission.html"]


@BOTH
def test_the_logo_is_a_picture(board, tmp_path, host):
    write_bundle(board.folder, host, tmp_path / "out")
    (logo,) = [data for name, data in everything(tmp_path / "out").items() if "logo" in name]
    image = decode_image(logo, where="logo.png")
    assert image.shape == (256, 256, 3)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 4
