"""What strangers may try, and the refusal that each gets."""

import contextlib
import gzip
import io
import json
import logging
import pickle
import re
import shutil
import socket
import stat
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import challenges
import pytest
from challenges import hand_in, work

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.core.files import read_json
from manyfaces.leaderboard.boards import create_board, open_board
from manyfaces.leaderboard.submissions.accounts import renew_token, set_disabled
from manyfaces.leaderboard.submissions.views import usage_of
from manyfaces.leaderboard.tables import Account
from serving import multipart, served
from sqlalchemy import select


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("attacked")
    limits = {"per_day": 500, "total": 500, "at_once": 100, "file_size": "1 MB",
              "uploads_per_hour": 10_000}  # fmt: skip
    rules = challenges.rules(place, limits=limits, registration="open", terms="Be honest")
    board = create_board(place / "board", rules)
    board.publisher.look(at_once=True)
    with served(board) as running:
        running.ann, running.ann_member = running.account("Ann")
        running.bob, _ = running.account("Bob")
        yield running


@pytest.fixture
def draft(server):
    status, seen = server.api(
        "POST", "/api/submissions", server.ann, {"name": f"d{time.time_ns()}", "authors": "A"}
    )
    assert status == 201
    yield f"/api/submissions/{seen['id']}"
    server.api("DELETE", f"/api/submissions/{seen['id']}", server.ann)


def put(server, draft, data, track="clean"):
    return server.api("PUT", f"{draft}/parts/{track}", server.ann, body=data)


def still_well(server):
    return server.api("GET", "/health")[0] == 200


# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/../private/salt.txt",
        "/../../../../../../etc/passwd",
        "/%2e%2e/private/salt.txt",
        "/..%2fprivate%2fsalt.txt",
        "/..%5cprivate%5csalt.txt",
        "/%252e%252e/private/salt.txt",
        "//etc/passwd",
        "/entries/../../private/data.json",
        "/./../private/truth/clean/test.json",
        "/board.json%00.html",
        "/.%00/private",
        "/%ff%fe/board.json",
        "/" + "a" * 9000,
        "/" + "a/" * 400 + "x",
        "/board.db",
        "/private/truth/clean/test.json",
    ],
)
def test_no_path_leads_out_of_the_site(server, path):
    status, _, text = server.ask("GET", path)
    assert status in {400, 404}
    assert server.board.folder.salt not in text
    assert "root:" not in text


def test_a_link_in_the_site_leads_nowhere(server):
    link = server.board.folder.site / "leak.txt"
    link.symlink_to(server.board.folder.private / "salt.txt")
    try:
        assert server.ask("GET", "/leak.txt")[0] == 404
    finally:
        link.unlink()


@pytest.mark.parametrize(
    "track", ["..%2f..%2fsalt.txt", "clean%00", "night", "'%20OR%201=1--", "%F0%9F%98%80"]
)
def test_no_track_is_a_path_or_a_query(server, draft, track):
    assert server.api("PUT", f"{draft}/parts/{track}", server.ann, body=b"[]")[0] in {
        400,
        404,
        405,
        422,
    }


# Who one is


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Bearer mf_wrong", "Bearer null", "Basic QW5uOnB3",
        "Bearer ' OR '1'='1",
        "Bearer mf_\xff\xfe", "Bearer " + "x" * 20_000, "bearer\tmf_",
    ],
    ids=range(10),
)  # fmt: skip
def test_a_forged_token_opens_nothing(server, header):
    status, _, text = server.ask("GET", "/api/account", Authorization=header.encode("latin-1"))
    assert (status, "Ann" in text) in {(401, False), (400, False)}


def test_a_token_in_the_address_is_not_taken(server):
    assert server.ask("GET", f"/api/account?token={server.ann}&access_token={server.ann}")[0] == 401


def test_a_disabled_account_is_out_at_once_with_its_sessions(server):
    token, _ = server.account("Gone")
    cookie = server.log_in(token)
    set_disabled(server.board.database, "Gone", True)
    assert server.api("GET", "/api/account", token)[0] == 401
    assert server.ask("GET", "/app", Cookie=cookie)[0] == 303


def test_a_new_token_ends_old_sessions(server):
    token, _ = server.account("Renewed")
    cookie = server.log_in(token)
    assert server.ask("GET", "/app", Cookie=cookie)[0] == 200
    renew_token(server.board.database, "Renewed")
    assert server.ask("GET", "/app", Cookie=cookie)[0] == 303


def test_a_forged_or_changed_cookie_is_nobody(server):
    cookie = server.log_in(server.ann)
    name, _, value = cookie.partition("=")
    number, expires, mark, signature = value.split(".")
    forged = [
        f"{int(number) + 1}.{expires}.{mark}.{signature}",
        f"{number}.{int(expires) + 9999}.{mark}.{signature}",
        f"{number}.{expires}.{mark}.{'0' * 64}",
        f"{number}.{expires}.{mark}.", "....", "1.2.3", "", "x" * 4000,
    ]  # fmt: skip
    for text in forged:
        assert server.ask("GET", "/app", Cookie=f"{name}={text}")[0] == 303


def test_a_session_is_no_token_for_the_api(server):
    assert server.ask("GET", "/api/account", Cookie=server.log_in(server.ann))[0] == 401


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(server):
    _, headers, _ = server.form("/app/login", {"token": server.ann})
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(headers["Set-Cookie"].split("; "))


def test_participants_are_no_maintainers(server):
    for method, path in (
        ("GET", "/api/maintainer"),
        ("POST", f"/api/maintainer/submissions/{'0' * 16}/requeue"),
    ):
        assert server.api(method, path, server.ann)[0] == 403
    assert server.ask("GET", "/app/maintain", Cookie=server.log_in(server.ann))[0] == 403


def test_nothing_of_another_account_can_be_read_or_changed(server, draft):
    for method, path in (
        ("GET", draft), ("DELETE", draft), ("POST", f"{draft}/hand-in"), ("POST", f"{draft}/final"),
        ("PUT", f"{draft}/parts/clean"),
    ):  # fmt: skip
        status, told = server.api(method, path, server.bob, body=b"[]")
        unknown = server.api(
            method, re.sub(r"[0-9a-f]{16}", "0" * 16, path), server.bob, body=b"[]"
        )
        assert status == unknown[0] == 404
        assert re.sub(r"[0-9a-f]{16}", "", told["error"]) == re.sub(
            r"[0-9a-f]{16}", "", unknown[1]["error"]
        )


def test_a_baseline_cannot_be_claimed(server):
    claimed = {"name": "b", "authors": "A", "baseline": True}
    assert server.api("POST", "/api/submissions", server.ann, claimed)[0] == 422


# Forms from other sites


def test_a_form_without_its_token_does_nothing(server):
    cookie = server.log_in(server.ann)
    key = hand_in(server.board, server.ann_member, 500)
    other = server.form_token(server.log_in(server.bob))
    for values in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": other}, {"csrf": "\ud7ff"}):
        assert server.form(f"/app/submissions/{key}/withdraw", values, cookie)[0] == 403
    assert server.api("GET", f"/api/submissions/{key}", server.ann)[1]["state"] == "queued"


@pytest.mark.parametrize("path", ["/app/login", "/app/register", "/app/logout", "/app/submit"])
def test_a_form_from_another_site_is_refused(server, path):
    cookie = server.log_in(server.ann)
    values = {"csrf": server.form_token(cookie), "token": server.ann, "name": "Elsewhere"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
    ):
        assert server.form(path, values, cookie, **headers)[0] == 403


def test_forms_change_nothing_by_get(server):
    cookie = server.log_in(server.ann)
    key = hand_in(server.board, server.ann_member, 501)
    assert server.ask("GET", f"/app/submissions/{key}/withdraw", Cookie=cookie)[0] in {404, 405}
    assert server.ask("GET", "/app/logout", Cookie=cookie)[0] in {404, 405}


# Bodies


def head(server, path, *lines, method="POST", token=None):
    rows = [
        f"{method} {path} HTTP/1.1",
        "Host: board",
        f"Authorization: Bearer {token or server.ann}",
        *lines,
    ]
    return "\r\n".join([*rows, "", ""]).encode()


def test_an_oversized_body_is_refused_by_its_head(server, draft):
    answer = server.raw(
        head(server, f"{draft}/parts/clean", "Content-Length: 99999999999", method="PUT")
    )
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 400, "+5", "5, 6"])
def test_an_odd_length_is_refused(server, length):
    answer = server.raw(head(server, "/api/submissions", f"Content-Length: {length}"), wait=5)
    assert answer[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 413"}


def test_an_oversized_body_in_pieces_is_stopped(server, draft):
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    start = head(server, f"{draft}/parts/clean", "Transfer-Encoding: chunked", method="PUT")
    answer = server.raw(start + piece * 16)
    assert b" 413 " in answer[:20]
    assert list(server.board.folder.incoming.glob("upload.*")) == []


def test_two_lengths_are_no_way_to_smuggle_a_request(server):
    for lines in (
        ("Content-Length: 4", "Content-Length: 5"),
        ("Content-Length: 4", "Transfer-Encoding: xchunked"),
    ):
        answer = server.raw(head(server, "/api/submissions", *lines) + b"{}{}{}", wait=5)
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 501"))
        assert answer.count(b"HTTP/1.1") == 1


def test_a_slow_body_is_cut_off(board):
    with served(board, first_byte=0.3) as server:
        token, _ = server.account("Slow")
        start = time.monotonic()
        answer = server.raw(
            head(server, "/api/archive", "Content-Length: 1000", token=token) + b"PK"
        )
        assert answer.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - start < 5
        assert still_well(server)


def trickle(line):
    """Send byte by byte; the seconds until the other side has had enough."""
    start = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - start < 10:
            line.sendall(b"x")
            time.sleep(0.05)
    return time.monotonic() - start


def test_a_body_that_trickles_is_cut_off(board):
    with served(board, grace=0.5, rate=10_000) as server:
        token, _ = server.account("Slow")
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
            line.sendall(head(server, "/api/archive", "Content-Length: 100000", token=token))
            assert trickle(line) < 5
        assert still_well(server)


def test_a_head_that_never_ends_is_cut_off(board, monkeypatch):
    from manyfaces.leaderboard.server import running

    monkeypatch.setattr(running, "HEAD", 0.4)
    with served(board) as server:
        start = time.monotonic()
        assert server.raw(b"GET / HTTP/1.1\r\nHost: board\r\nX: ") == b""
        assert time.monotonic() - start < 5
        answer = server.raw(b"GET /health HTTP/1.1\r\nHost: b\r\n\r\nGET /hea")
        assert answer.startswith(b"HTTP/1.1 200")
        assert time.monotonic() - start < 10


def test_a_large_head_is_refused(server):
    lines = ["Connection: close", *(f"X-{number}: {'y' * 1000}" for number in range(100))]
    assert server.raw(head(server, "/api/account", *lines), wait=5)[:12] != b"HTTP/1.1 200"
    assert still_well(server)


def test_a_client_that_goes_away_leaves_nothing_behind(server, draft):
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(
            head(server, f"{draft}/parts/clean", "Content-Length: 5000", method="PUT") + b"[1,"
        )
    for _ in range(100):
        if not list(server.board.folder.incoming.glob("upload.*")):
            break
        time.sleep(0.05)
    assert list(server.board.folder.incoming.glob("upload.*")) == []
    assert server.api("GET", draft, server.ann)[1]["state"] == "received"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b"[" * 60_000, b'{"name":' * 8000, b'"\xff"', b"\x00" * 100,
        b'{"name": "a", "name": "b"', b'{"name": 1}', b'{"name": {"$gt": ""}}', b"\xef\xbb\xbf{}",
        b'{"name": "x", "authors": "A", "__proto__": {}}', b'{"name": 1e999}', b"\x80\x04K\x01.",
    ],
    ids=range(15),
)  # fmt: skip
def test_json_that_is_none_is_refused(server, body):
    status, told = server.api(
        "POST", "/api/submissions", server.ann, body=body, Content_Type="application/json"
    )
    assert status in {400, 413, 422}
    assert told["error"]
    assert still_well(server)


# Files


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


# Text

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_markup_in_statements_is_text_on_every_page(server):
    token, _ = server.account("<i>Eve</i>")
    said = {"name": SCRIPT[:80], "authors": SCRIPT, "description": "{{ 7*7 }}${7*7}"}
    seen = server.api("POST", "/api/submissions", token, said)[1]
    key = seen["id"]
    data = json.dumps(challenges.predictions(600)).encode()
    assert server.api("PUT", f"/api/submissions/{key}/parts/clean", token, body=data)[0] == 200
    assert server.api("POST", f"/api/submissions/{key}/hand-in", token)[0] == 200
    work(server.board)
    server.board.publisher.look(at_once=True)
    keeper, _ = server.account(f"K{time.time_ns()}", maintainer=True)
    for who, paths in ((token, ["/app", f"/app/submissions/{key}"]), (keeper, ["/app/maintain"])):
        cookie = server.log_in(who)
        for path in paths:
            status, headers, text = server.ask("GET", path, Cookie=cookie)
            assert status == 200
            assert "<script>alert" not in text
            assert "<img" not in text
            assert "<i>Eve" not in text
            assert "49" not in text.partition("description")[2][:60]
            assert "script-src 'self'" in headers["Content-Security-Policy"]
    for page in server.board.folder.site.rglob("*.html"):
        assert "<script>alert(" not in page.read_text()


@pytest.mark.parametrize(
    "field", ["name", "authors", "paper", "code", "extra_data", "external_detectors", "description"]
)
def test_sql_in_any_field_is_text(server, field):
    said = {"name": f"sql {field}", "authors": "A"}
    evil = "'); DROP TABLE accounts; -- " + field
    said[field] = (
        evil if field not in {"paper", "code"} else f"https://x.org/{evil}".replace(" ", "+")
    )
    status, seen = server.api("POST", "/api/submissions", server.ann, said)
    assert status == 201
    assert seen["method"][field] == said[field]
    assert server.api("DELETE", f"/api/submissions/{seen['id']}", server.ann)[0] == 200
    with server.board.database.read() as session:
        assert session.scalar(select(Account.name).where(Account.name == "Ann")) == "Ann"


@pytest.mark.parametrize("key", ["1'%20OR%20'1'='1", "%00", "../0", "0" * 15, "G" * 16, "0" * 5000])
def test_an_id_that_is_none_is_refused(server, key):
    assert server.ask("GET", f"/api/submissions/{key}", Authorization=f"Bearer {server.ann}")[
        0
    ] in {404, 422, 400}


@pytest.mark.parametrize(
    "name",
    [
        "\ud800",
        "a\u0000b",
        "a\r\nSet-Cookie: x=1",
        "\u202egnp.exe",
        "\u200b",
        "",
        " ",
        "x" * 10_000,
    ],
)
def test_broken_or_hidden_characters_are_no_name(server, name):
    status, told = server.api(
        "POST", "/api/submissions", server.ann, {"name": name, "authors": "A"}
    )
    assert status == 422
    assert told["error"].isprintable()
    status, headers, _ = server.ask(
        "POST",
        "/api/accounts",
        json.dumps({"name": name}).encode(),
        Content_Type="application/json",
    )
    assert status == 422
    assert headers["Set-Cookie"] is None


def test_a_link_that_is_a_script_is_refused(server):
    for link in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example"):
        said = {"name": "m", "authors": "A", "paper": link}
        assert server.api("POST", "/api/submissions", server.ann, said)[0] == 422


def test_a_name_that_looks_like_anothers_is_taken(server):
    for name in ("ann", "ÁNN", "A nn", "\uff21nn"):
        assert server.api("POST", "/api/accounts", value={"name": name})[0] == 422


# Limits


def test_a_race_for_the_last_place_has_one_winner(made, tmp_path):
    shutil.copytree(made / "board", tmp_path / "board")
    board = open_board(tmp_path / "board")
    with served(board) as server:
        token, member = server.account("Racer")
        paths = []
        for number in range(6):
            said = {"name": f"r{number}", "authors": "A"}
            seen = server.api("POST", "/api/submissions", token, said)[1]
            paths.append(f"/api/submissions/{seen['id']}")
            data = json.dumps(challenges.predictions(700 + number)).encode()
            assert server.api("PUT", f"{paths[-1]}/parts/clean", token, body=data)[0] == 200
        with ThreadPoolExecutor(6) as pool:
            answers = list(
                pool.map(lambda path: server.api("POST", f"{path}/hand-in", token)[0], paths * 2)
            )
        assert answers.count(200) == board.folder.rules.limits.at_once
        assert set(answers) <= {200, 422, 429}
        assert usage_of(board.database, member).total == 2


def test_a_replayed_hand_in_counts_once(server, draft):
    put(server, draft, json.dumps(challenges.predictions(800)).encode())
    assert server.api("POST", f"{draft}/hand-in", server.ann)[0] == 200
    assert server.api("POST", f"{draft}/hand-in", server.ann)[0] == 422
    assert put(server, draft, b"[]")[0] == 422


def test_guessing_tokens_is_slowed_down(board):
    with served(board, logins_per_minute=5) as server:
        answers = [server.api("GET", "/api/account", f"mf_{number}")[0] for number in range(8)]
        assert answers == [401] * 5 + [429] * 3
        assert server.form("/app/login", {"token": "mf_x"})[0] == 429


def test_an_address_that_asks_too_often_waits(board):
    with served(board, requests_per_minute=20) as server:
        answers = [server.ask("GET", "/") for _ in range(25)]
        assert [status for status, _, _ in answers[:20]].count(429) == 0
        assert answers[-1][0] == 429
        assert int(answers[-1][1]["Retry-After"]) >= 1


def test_accounts_are_not_opened_in_bulk(tmp_path):
    rules = challenges.rules(tmp_path, registration="open")
    with served(create_board(tmp_path / "board", rules), logins_per_minute=3) as server:
        answers = [
            server.api("POST", "/api/accounts", value={"name": f"n{n}"})[0] for n in range(5)
        ]
        assert answers == [201, 201, 201, 429, 429]


def test_uploads_are_limited_by_the_hour(tmp_path):
    limits = {"uploads_per_hour": 3, "file_size": "1 MB"}
    with served(create_board(tmp_path / "b", challenges.rules(tmp_path, limits=limits))) as server:
        token, _ = server.account("Ann")
        answers = [server.api("POST", "/api/archive", token, body=b"x")[0] for _ in range(5)]
        assert answers == [422, 422, 422, 429, 429]


# The truth


def test_checks_and_pages_never_touch_the_truth(made, tmp_path):
    """Neither messages nor timings can tell what the server does not open."""
    shutil.copytree(made / "board", tmp_path / "board")
    board = open_board(tmp_path / "board")
    board.publisher.look(at_once=True)
    shutil.rmtree(board.folder.private / "truth")
    (board.folder.private / "salt.txt").unlink()
    with served(board) as server:
        token, _ = server.account("Ann")
        seen = server.api("POST", "/api/submissions", token, {"name": "m", "authors": "A"})[1]
        path = f"/api/submissions/{seen['id']}"
        good = json.dumps(challenges.predictions(1)).encode()
        assert server.api("PUT", f"{path}/parts/clean", token, body=b"[{}]")[0] == 422
        assert server.api("PUT", f"{path}/parts/clean", token, body=good)[0] == 200
        assert server.api("POST", f"{path}/hand-in", token)[0] == 200
        cookie = server.log_in(token)
        for page in ("/", "/app", f"/app/submissions/{seen['id']}", "/health", "/metrics"):
            assert server.ask("GET", page, Cookie=cookie)[0] == 200


def test_answers_to_perfect_and_empty_files_differ_in_nothing_but_the_file(server, draft):
    truth = challenges.predictions(0, off=0, wrong=0)
    perfect = put(server, draft, json.dumps(truth).encode())[1]
    far = challenges.predictions(0, off=6, wrong=1)
    poor = put(server, draft, json.dumps(far).encode())[1]
    for told in (perfect, poor):
        told.pop("sha256")
    assert perfect == poor


def test_a_scored_submission_shows_rounded_public_scores_and_no_picture(server):
    key = hand_in(server.board, server.ann_member, 900)
    work(server.board)
    seen = server.api("GET", f"/api/submissions/{key}", server.ann)[1]
    assert set(seen["scores"]) == {"val"}
    for score in seen["scores"]["val"].values():
        assert re.fullmatch(r"[01]\.\d{1,3}", repr(score["value"]))
    result = server.board.folder.results
    digest = next(path for path in result.iterdir())
    values = [
        row["value"] for row in read_json(digest)["scores"] if row["value"] not in {None, 0, 1}
    ]
    text = json.dumps(seen)
    assert not [value for value in values if len(repr(value)) > 10 and repr(value) in text]
    assert "image_id" not in text


def test_no_log_holds_a_token_or_a_query(server, caplog):
    logger = logging.getLogger("manyfaces.server")
    logger.propagate = True
    try:
        with caplog.at_level(logging.INFO, "manyfaces.server"):
            server.api("GET", "/api/account", server.ann)
            server.ask("GET", f"/?token={server.ann}")
            server.form("/app/login", {"token": server.ann})
            server.ask("GET", "/app", Cookie=server.log_in(server.ann))
    finally:
        logger.propagate = False
    lines = [json.loads(record.message) for record in caplog.records]
    assert {"/api/account", "/app/login", "/app"} <= {line.get("route") for line in lines}
    text = json.dumps(lines)
    assert server.ann not in text
    assert "manyfaces_session" not in text
    assert lines[0]["account"] == server.ann_member.id


def test_every_answer_is_told_to_browsers_strictly(server):
    for path in ("/", "/app/login", "/api/challenge", "/nothing", "/health"):
        headers = server.ask("GET", path)[1]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert headers["Server"] is None


def test_other_methods_are_refused(server):
    for method in ("TRACE", "DELETE", "PATCH", "CONNECT", "FOO"):
        assert server.ask(method, "/api/challenge")[0] in {400, 405, 404, 501}
    assert server.ask("POST", "/board.json", b"")[0] == 405


def test_a_host_of_ones_own_leads_no_browser_away(server):
    _, headers, _ = server.ask("GET", "/app", Host="evil.example")
    assert headers["Location"] == "/app/login"
