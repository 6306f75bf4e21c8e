"""The participants' kit as the server hands it out."""

import hashlib
import http.client
import io
import os
import shutil
import zipfile

import pytest
from manyfaces.annotations.manifest import Manifest, write_manifest
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import sha256_of_file
from manyfaces.leaderboard.boards import open_board
from manyfaces.leaderboard.challenge.kit import kit_names, pack_kit, write_kit

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.server.kit import open_kit
from serving import served


@pytest.fixture(scope="module")
def packed(made, tmp_path_factory):
    """A board beside its kit's folder and zip; not to be touched."""
    place = tmp_path_factory.mktemp("kit")
    shutil.copytree(made / "board", place / "board")
    board = open_board(place / "board")
    write_kit(board.folder, place / "kit")
    pack_kit(board.folder, place / "kit", place / "mine.zip")
    return place


@pytest.fixture(scope="module")
def server(packed):
    board = open_board(packed / "board")
    board.publisher.look(at_once=True)
    with served(board, kit=packed / "mine.zip") as running:
        running.ann, _ = running.account("Ann")
        yield running


@pytest.fixture
def changing(packed, tmp_path):
    """The same as one's own."""
    shutil.copytree(packed, tmp_path / "own")
    return open_board(tmp_path / "own" / "board").folder, tmp_path / "own" / "mine.zip"


def take(server, path, **headers):
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request("GET", path, headers=names)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def test_a_zip_has_the_kit_and_is_the_same_each_time(packed, tmp_path):
    folder = open_board(packed / "board").folder
    (packed / "kit" / "notes.txt").write_text("not of the kit")
    pack_kit(folder, packed / "kit", tmp_path / "again.zip")
    assert sha256_of_file(tmp_path / "again.zip") == sha256_of_file(packed / "mine.zip")
    with zipfile.ZipFile(tmp_path / "again.zip") as archive:
        assert sorted(archive.namelist()) == sorted(kit_names(folder))
        assert archive.read("README.md") == (packed / "kit" / "README.md").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"]


def test_an_account_gets_the_file_whose_size_and_hash_are_told(server, packed):
    status, told = server.api("GET", "/api/kit")
    data = (packed / "mine.zip").read_bytes()
    assert (status, told) == (
        200,
        {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
    )
    token = {"Authorization": f"Bearer {server.ann}"}
    status, headers, found = take(server, "/api/kit.zip", **token)
    assert (status, found == data) == (200, True)
    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == 'attachment; filename="kit.zip"'
    assert headers["ETag"] == f'"{told["sha256"]}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, _, rest = take(server, "/api/kit.zip", Range="bytes=100-", **token)
    assert (status, rest == data[100:]) == (206, True)
    names = zipfile.ZipFile(io.BytesIO(found)).namelist()
    assert not [name for name in names if "truth" in name or "annotations" in name]


def test_a_browser_gets_it_after_the_login(server, packed):
    assert 'href="/app/kit">Kit</a>' in server.ask("GET", "/")[2]
    for path in ("/app/kit", "/app/kit.zip"):
        status, headers, _ = server.ask("GET", path)
        assert (status, headers["Location"]) == (303, "/app/login")
    cookie = server.log_in(server.ann)
    page = server.ask("GET", "/app/kit", Cookie=cookie)[2]
    assert 'href="/app/kit.zip"' in page
    assert sha256_of_file(packed / "mine.zip") in page
    assert 'href="/app/kit"' in server.ask("GET", "/app", Cookie=cookie)[2]
    found = take(server, "/app/kit.zip", Cookie=cookie)[2]
    assert found == (packed / "mine.zip").read_bytes()


def test_nobody_else_gets_it_and_nothing_else_is_given(server):
    assert server.api("GET", "/api/kit.zip")[0] == 401
    token = {"Authorization": f"Bearer {server.ann}"}
    for path in ("/api/kit/..", "/api/kit.zip/README.md", "/api/kit/board.db", "/mine.zip",
                 "/app/kit/../board/board.db", "/kit/README.md", "/api/kit.zip%00"):  # fmt: skip
        assert take(server, path, **token)[0] in {303, 404}, path


def test_without_a_kit_there_is_neither_link_nor_file(packed):
    board = open_board(packed / "board")
    with served(board) as running:
        assert "/app/kit" not in running.ask("GET", "/")[2]
        cookie = running.log_in(running.account("Bob")[0])
        assert "/app/kit" not in running.ask("GET", "/app", Cookie=cookie)[2]
        assert running.api("GET", "/api/kit")[0] == 404
        assert running.ask("GET", "/app/kit.zip", Cookie=cookie)[0] == 404


def test_a_file_that_has_changed_is_not_handed_out(changing):
    folder, path = changing
    kit = open_kit(path, folder)
    kit.require_current(folder)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataError, match="changed since the server started"):
        kit.require_current(folder)
    path.unlink()
    with pytest.raises(DataError, match="changed since the server started"):
        kit.require_current(folder)


def test_a_kit_with_withdrawn_pictures_is_not_handed_out(changing):
    folder, path = changing
    kit = open_kit(path, folder)
    rows = folder.manifest("clean").images
    write_manifest(folder.manifest_file("clean"), Manifest(rows[1:]))
    with pytest.raises(DataError, match="older than the manifests"):
        kit.require_current(folder)
    with pytest.raises(UsageError, match=r"such as images/clean/images/val/000001\.png"):
        open_kit(path, folder)
    board = open_board(folder.root)
    write_kit(board.folder, path.parent / "kit")
    pack_kit(board.folder, path.parent / "kit", path)
    assert open_kit(path, folder).manifests == folder.manifest_hashes()


def test_any_other_zip_is_refused_the_datasets_above_all(made, changing, tmp_path):
    folder, path = changing
    dataset = tmp_path / "data.zip"
    shutil.make_archive(str(dataset.with_suffix("")), "zip", made / "data" / "clean")
    with_more = tmp_path / "more.zip"
    shutil.copy(path, with_more)
    with zipfile.ZipFile(with_more, "a") as archive:
        archive.writestr("annotations/test.json", "{}")
    (tmp_path / "text.zip").write_text("no zip")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(path) as kit, zipfile.ZipFile(other, "w") as archive:
        for name in kit.namelist():
            changed = name == "manifests/dark.json"
            archive.writestr(name, b"{}" if changed else kit.read(name))
    for wrong in (
        dataset,
        with_more,
        tmp_path / "text.zip",
        tmp_path / "none.zip",
        other,
        tmp_path,
    ):
        with pytest.raises(UsageError, match=r"not the kit of this challenge.*board kit"):
            open_kit(wrong, folder)


def test_a_server_does_not_start_with_another_zip(changing, tmp_path):
    from manyfaces.leaderboard.server.app import make_app
    from manyfaces.leaderboard.server.settings import Settings

    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(UsageError, match="not the kit"):
        make_app(open_board(changing[0].root), Settings("s" * 64, kit=tmp_path / "text.zip"))


def test_the_api_says_that_it_is_a_zip(server):
    paths = server.api("GET", "/api/openapi.json")[1]["paths"]
    assert "application/zip" in paths["/api/kit.zip"]["get"]["responses"]["200"]["content"]
