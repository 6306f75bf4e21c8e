"""Requests whose bodies and heads no honest client sends."""

import contextlib
import socket
import time

import pytest

pytest.importorskip("fastapi", reason="the server extra is not installed")
from serving import head, served, still_well


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
