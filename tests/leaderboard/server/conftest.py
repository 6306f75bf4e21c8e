"""A server under attack, with two accounts, and a draft of one of them."""

import time

import challenges
import pytest
from manyfaces.leaderboard.boards import create_board


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("attacked")
    limits = {"per_day": 500, "total": 500, "at_once": 100, "file_size": "1 MB",
              "uploads_per_hour": 10_000}  # fmt: skip
    rules = challenges.rules(place, limits=limits, registration="open", terms="Be honest")
    pytest.importorskip("fastapi", reason="the server extra is not installed")
    from serving import served

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
