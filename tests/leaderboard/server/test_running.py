import threading
import time

import pytest

pytest.importorskip("uvicorn", reason="the server extra is not installed")

import uvicorn
from manyfaces.cli import board_serve
from manyfaces.leaderboard.server import running

# In place of `board work`: writes down what it was told, and waits to be stopped.
WORKER = """
import sys, time
with open({path!r}, "a") as file: file.write(" ".join(sys.argv[1:]) + chr(10))
time.sleep({lasts})
"""


def lines(path):
    return path.read_text().splitlines() if path.is_file() else []


def wait_for(path, count):
    started = time.monotonic()
    while len(lines(path)) < count:
        assert time.monotonic() - started < 30
        time.sleep(0.05)
    return lines(path)


@pytest.fixture
def serve(made, tmp_path, monkeypatch):
    """Serves until as many workers have begun as are asked for; gives what they were told."""

    def serve(lasts, starts, **options):
        path = tmp_path / "told"
        monkeypatch.setattr(running, "_WORK", WORKER.format(path=str(path), lasts=lasts))
        monkeypatch.setattr(running, "BACK", 0.05)
        monkeypatch.setattr(uvicorn.Server, "run", lambda _: wait_for(path, starts))
        before = set(threading.enumerate())
        board_serve.serve(made / "board", **options)
        assert set(threading.enumerate()) <= before  # no worker is left behind
        return lines(path)

    return serve


def test_workers_score_within_the_limits_that_serve_was_told(serve, made):
    told = serve(60, 2, workers=2, seconds=90, memory=1.5)
    assert told == [f"board work {made / 'board'} --seconds 90 --memory 1.5"] * 2


def test_without_a_limit_of_memory_there_is_none(serve, made):
    assert serve(60, 1) == [f"board work {made / 'board'} --seconds 3600"]


def test_a_worker_that_ends_is_started_again(serve):
    assert len(serve(0, 3)) >= 3
