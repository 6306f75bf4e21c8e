"""Files that are not what they say: archives, predictions, forms."""

import gzip
import io
import json
import pickle
import stat
import zipfile

import pytest

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.submissions.views import usage_of
from serving import multipart, put, served, still_well


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


LINK = zipfile.ZipInfo("clean.json")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "data",
    [
        zipped(("../../../clean.json", "[]")),
        zipped(("/tmp/clean.json", "[]")),
        zipped(("..\\clean.json", "[]")),
        zipped((LINK, "/etc/passwd")),
        zipped(("clean.json", b" " * 50_000_000)),
        zipped(("clean.json", zipped(("clean.json", b" " * 1_000_000)))),
        zipped(*[(f"{number}.json", "[]") for number in range(3000)]),
        zipped(("method.json", '{"name": "' + "x" * 70_000)),
        zipped(("method.json", '["' + "[" * 9000), ("clean.json", "[]")),
        zipped(("clean.json", "[]"))[:-15],
        b"PK\x05\x06" + b"\x00" * 18,
        b"PK\x03\x04" + b"\xff" * 500,
        b"Rar!\x1a\x07\x00",
    ],
    ids=range(13),
)
def test_a_hostile_zip_is_refused(server, data):
    status, told = server.api("POST", "/api/archive", server.ann, body=data)
    assert status in {413, 422}
    assert told["error"]
    assert list(server.board.folder.incoming.glob("upload.*")) == []


def entry(image_and_place):
    return b'[{"category_id": 1, "score": 1, "image_id": ' + image_and_place + b"}]"


class Evil:
    def __reduce__(self):
        return (open, ("/tmp/manyfaces-was-here", "w"))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"[" + b" " * 300_000_000 + b"]"),
        gzip.compress(gzip.compress(b" " * 10_000_000)),
        b"[" * 900_000,
        b"[" + b"{}," * 300_000 + b"{}]",
        b'[{"score":' + b"9" * 900_000 + b"}]",
        pickle.dumps(Evil()),
        b"PAR1" + b"\xff" * 1000 + b"PAR1",
        b"\x93NUMPY" + b"\x00" * 100,
        b'[{"image_id": 1, "category_id": 1, "score": NaN, "bbox": [0, 0, 5, 5]}]',
        entry(b'1, "segmentation": {"size": [99999999, 99999999], "counts": "0"}'),
        entry(b'1, "segmentation": [[1e308, 1, 2, 2, 3, -1e308]]'),
        entry(b'"\\ud800", "bbox": [0, 0, 5, 5]'),
        entry(b'"<script>alert(1)</script>", "bbox": [0, 0, 5, 5]'),
        '[{"image_id": "\u0000\u202e", "category_id": 1}]'.encode(),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_hostile_predictions_file_is_refused_with_its_problem(server, draft, data):
    status, told = put(server, draft, data)
    assert status == 422
    assert told["problems"][0]["mend"]
    assert not any(
        ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in json.dumps(told)
    )
    assert still_well(server)


def test_an_evil_pickle_has_not_run(server, draft):
    from pathlib import Path

    put(server, draft, pickle.dumps(Evil()))
    assert not Path("/tmp/manyfaces-was-here").exists()


def test_a_check_that_hangs_is_ended_and_uses_nothing(board):
    with served(board, check_seconds=0.001) as server:
        token, member = server.account("Ann")
        seen = server.api("POST", "/api/submissions", token, {"name": "m", "authors": "A"})[1]
        path = f"/api/submissions/{seen['id']}/parts/clean"
        status, told = server.api("PUT", path, token, body=b"[]")
        assert status == 503
        assert "uses no quota" in told["error"]
        assert still_well(server)
        assert usage_of(board.database, member).total == 0


def test_file_names_of_a_form_are_never_used(server):
    cookie = server.log_in(server.ann)
    fields = {"csrf": server.form_token(cookie), "name": "n", "authors": "A", "terms": "yes"}
    for name in ("../../../evil.json", "/tmp/evil.json", "con\\..\\evil"):
        body = multipart(fields, {"part.clean": (name, b"[]")})
        status, _, _ = server.ask(
            "POST",
            "/app/submit",
            body,
            Cookie=cookie,
            Content_Type="multipart/form-data; boundary=B",
        )
        assert status == 422
    assert not list(server.board.folder.root.parent.rglob("*evil*"))


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=B"],
)
def test_a_broken_or_crowded_form_is_refused(server, kind):
    cookie = server.log_in(server.ann)
    crowd = multipart({f"f{number}": "x" for number in range(500)}, {})
    status, _, _ = server.ask("POST", "/app/submit", crowd, Cookie=cookie, Content_Type=kind)
    assert status in {400, 403}
    assert still_well(server)
