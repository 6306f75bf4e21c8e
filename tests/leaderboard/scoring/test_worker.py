import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from challenges import hand_in, member
from manyfaces.core.errors import UsageError
from manyfaces.leaderboard.database import now
from manyfaces.leaderboard.scoring import process, queue
from manyfaces.leaderboard.scoring.process import Bounds, Scored, rules_of
from manyfaces.leaderboard.scoring.worker import Worker
from manyfaces.leaderboard.submissions.views import (
    counts,
    notices,
    queue_view,
    submission_view,
    usage_of,
)


def run(board, **bounds):
    return Worker(board.folder, board.database, Bounds(**bounds)).run(until_empty=True)


def seen(board, who, key):
    return submission_view(board.folder, board.database, who, key)


def test_a_submission_is_scored_and_its_public_score_shown_rounded(board):
    ann = member(board)
    key = hand_in(board, ann, off=2)
    assert run(board) == 1
    found = seen(board, ann, key)
    assert found["state"] == "scored"
    assert [event["state"] for event in found["events"]][-3:] == ["queued", "scoring", "scored"]
    assert set(found["scores"]) == {"val"}
    for score in found["scores"]["val"].values():
        assert score["value"] == round(score["value"], 3)
        assert 0 < score["low"] <= score["value"] <= score["high"] <= 1


def test_a_worker_tells_what_became_of_each_submission(board, monkeypatch):
    told = []
    worker = Worker(board.folder, board.database, told=lambda *said: told.append(said))
    key = hand_in(board, member(board))
    assert worker.run(until_empty=True) == 1
    other = hand_in(board, member(board, "Bob"))
    monkeypatch.setattr(process, "score_submission", dies)
    worker.run(until_empty=True)
    assert told == [(key, "scored"), (other, "queued"), (other, "set aside")]


def test_a_fence_lets_one_finish(board):
    ann = member(board)
    hand_in(board, ann)
    start = now()
    first = queue.claim(board.database, "one", start)
    assert queue.claim(board.database, "two", start) is None
    late = start + queue.LEASE + timedelta(seconds=1)
    second = queue.claim(board.database, "two", late)
    assert second.submission == first.submission
    assert not queue.beat(board.database, first, late)
    assert queue.beat(board.database, second, late)
    worker = Worker(board.folder, board.database)
    rules = rules_of(board.folder)
    assert not worker._finish(first, {}, Scored("a" * 64, None, *rules))
    assert seen(board, ann, second.submission)["state"] == "scoring"
    parts = worker._parts(second.submission)
    assert worker._finish(second, parts, Scored("b" * 64, None, *rules))
    assert not worker._finish(second, parts, Scored("c" * 64, None, *rules))
    assert counts(board.database)["scored"] == 1


def test_a_beat_keeps_the_lease(board):
    hand_in(board, member(board))
    start = now()
    held = queue.claim(board.database, "one", start)
    assert queue.beat(board.database, held, start + queue.LEASE / 2)
    assert queue.claim(board.database, "two", start + queue.LEASE * 1.2) is None
    assert queue.claim(board.database, "two", start + queue.LEASE * 1.6) is not None


def dies(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_ends_its_worker_twice_is_set_aside_with_its_log(board, monkeypatch):
    ann = member(board)
    key = hand_in(board, ann)
    with monkeypatch.context() as patch:
        patch.setattr(process, "score_submission", dies)
        assert run(board) == 0
    found = seen(board, ann, key)
    assert (found["state"], found["reason"]) == ("set aside", queue.SET_ASIDE)
    assert usage_of(board.database, ann).total == 0
    assert (board.folder.logs / f"{key}.log").read_text().count("scoring clean, dark") == 2
    assert "ended with -9" in notices(board.database)[0]["reason"]
    assert queue_view(board.database)[0]["state"] == "set aside"
    queue.requeue(board.database, key, now())
    assert run(board) == 1
    assert seen(board, ann, key)["state"] == "scored"
    with pytest.raises(UsageError, match="cannot become queued"):
        queue.requeue(board.database, key, now())


def test_silent_workers_are_deaths_as_well(board):
    ann = member(board)
    key = hand_in(board, ann)
    at = now()
    for _ in range(queue.DEATHS):
        assert queue.claim(board.database, "one", at)
        at += queue.LEASE * 2
    assert queue.claim(board.database, "one", at) is None
    assert seen(board, ann, key)["state"] == "set aside"


def test_what_fails_by_our_fault_uses_no_quota_and_says_nothing_of_the_truth(board, monkeypatch):
    ann = member(board)
    key = hand_in(board, ann)

    def broken(*_):
        raise RuntimeError("the truth of image 7 is a face at 3, 4")

    monkeypatch.setattr(process, "score_submission", broken)
    monkeypatch.setattr(queue, "PAUSE", timedelta(0))
    run(board)
    found = seen(board, ann, key)
    assert (found["state"], found["reason"]) == ("failed", queue.FAILED)
    assert "image 7" not in str(found)
    assert "image 7" in (board.folder.logs / f"{key}.log").read_text()
    assert usage_of(board.database, ann).total == 0


def test_scoring_that_takes_too_long_is_stopped(board, monkeypatch):
    ann = member(board)
    key = hand_in(board, ann)
    monkeypatch.setattr(process, "score_submission", lambda *_: time.sleep(60))
    start = time.monotonic()
    run(board, seconds=0.2)
    assert time.monotonic() - start < 10
    assert seen(board, ann, key)["state"] == "set aside"


def test_memory_is_bounded(board, monkeypatch):
    ann = member(board)
    key = hand_in(board, ann)
    monkeypatch.setattr(process, "score_submission", lambda *_: bytearray(64 << 30))
    monkeypatch.setattr(queue, "PAUSE", timedelta(0))
    run(board, memory=32 << 30)
    assert seen(board, ann, key)["state"] == "failed"
    assert "MemoryError" in (board.folder.logs / f"{key}.log").read_text()


def test_a_worker_that_is_asked_to_stop_gives_its_job_back(board, monkeypatch):
    ann = member(board)
    key = hand_in(board, ann)
    monkeypatch.setattr(process, "score_submission", lambda *_: time.sleep(60))
    worker = Worker(board.folder, board.database)
    threading.Timer(0.5, worker.stop).start()
    assert worker.run() == 0
    assert seen(board, ann, key)["state"] == "queued"
    assert queue_view(board.database)[0]["deaths"] == 0


def test_what_is_withdrawn_while_it_is_scored_stays_withdrawn(board):
    ann = member(board)
    hand_in(board, ann)
    held = queue.claim(board.database, "one", now())
    board.desk.withdraw(ann, held.submission)
    worker = Worker(board.folder, board.database)
    scored = Scored("a" * 64, None, *rules_of(board.folder))
    assert not worker._finish(held, {}, scored)
    assert seen(board, ann, held.submission)["state"] == "withdrawn"


def test_a_score_by_rules_that_have_changed_meanwhile_is_made_again(board):
    ann = member(board)
    key = hand_in(board, ann)
    held = queue.claim(board.database, "one", now())
    worker = Worker(board.folder, board.database)
    assert not worker._finish(held, {}, Scored("a" * 64, None, "another protocol", "x"))
    assert seen(board, ann, key)["state"] == "queued"
    assert run(board) == 1
