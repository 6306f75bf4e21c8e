"""Names and statements that mean to be more than text, and demands without end."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import challenges
import pytest
from challenges import work

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.boards import create_board, open_board
from manyfaces.leaderboard.submissions.views import usage_of
from manyfaces.leaderboard.tables import Account
from serving import put, served
from sqlalchemy import select

# Text


SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_markup_in_statements_is_text_on_every_page(server):
    token, _ = server.account("<i>Eve</i>")
    said = {"name": SCRIPT[:80], "authors": SCRIPT, "description": "{{ 7919*7907 }}${7919*7907}"}
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
            assert str(7919 * 7907) not in text
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
