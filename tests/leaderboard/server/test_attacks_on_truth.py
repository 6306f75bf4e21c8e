"""What could tell the hidden truth, a token or a query; and what browsers are told."""

import json
import logging
import re
import shutil
import time

import challenges
import pytest
from challenges import hand_in, work

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.core.files import read_json
from manyfaces.leaderboard.boards import open_board
from serving import put, served


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
            # A line may come a moment after its answer.
            deadline = time.monotonic() + 10
            while '"route": "/app"' not in caplog.text and time.monotonic() < deadline:
                time.sleep(0.01)
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
