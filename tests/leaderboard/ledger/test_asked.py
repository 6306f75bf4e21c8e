"""Rescorings that are asked for and done by a worker."""

import fcntl
import os
import signal
import time
from pathlib import Path

import pytest
from manyfaces.benchmark.protocol import Protocol
from manyfaces.core.errors import UsageError
from manyfaces.core.files import read_json, write_json
from manyfaces.leaderboard.ledger import asked
from manyfaces.leaderboard.ledger.asked import answer, ask, status
from manyfaces.leaderboard.scoring import process
from manyfaces.leaderboard.scoring.process import Bounds

FILES = Path("/proc/self/fd")
STRICT = Protocol(iou_thresholds=(0.5, 0.99), version="strict")


def change_protocol(board):
    write_json(board.folder.root / "protocol.json", STRICT.record())


def test_nothing_is_done_unasked(scored):
    assert status(scored.folder) is None
    assert answer(scored.folder, scored.database) is None
    assert status(scored.folder) is None


def test_who_moved_and_why_stands_there_when_it_is_done(scored):
    change_protocol(scored)
    ask(scored.folder, "Keeper")
    assert status(scored.folder)["state"] == "asked"
    with pytest.raises(UsageError, match="already"):
        ask(scored.folder, "Keeper")
    done = answer(scored.folder, scored.database)
    assert done.changed == 3
    told = status(scored.folder)
    assert (told["state"], told["by"], told["scored"], told["changed"]) == ("done", "Keeper", 3, 3)
    assert {move["name"]: move["why"] for move in told["moves"]}["second"] == ["protocol"]
    assert answer(scored.folder, scored.database) is None
    ask(scored.folder, "Keeper")
    assert answer(scored.folder, scored.database).changed == 0
    assert status(scored.folder)["moves"] == []


def test_progress_counts_submissions(scored, monkeypatch):
    seen, put = [], asked.write_json
    monkeypatch.setattr(asked, "write_json", lambda path, row: (seen.append(row), put(path, row)))
    ask(scored.folder, "Keeper")
    answer(scored.folder, scored.database)
    counts = [(row["done"], row["total"]) for row in seen if row["state"] == "running"]
    assert counts == [(0, 0), (0, 3), (1, 3), (2, 3)]


def test_one_worker_does_it(scored):
    ask(scored.folder, "Keeper")
    with (scored.folder.private / "rescoring.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert answer(scored.folder, scored.database) is None
    assert answer(scored.folder, scored.database) is not None


def test_what_a_dead_worker_had_begun_is_begun_again_but_not_for_ever(scored, monkeypatch):
    class Died(BaseException):
        pass

    def die(*_, **__):
        raise Died

    ask(scored.folder, "Keeper")
    with monkeypatch.context() as patch:
        patch.setattr(asked, "rescore", die)
        for _ in range(asked.TRIES):
            with pytest.raises(Died):
                answer(scored.folder, scored.database)
            assert status(scored.folder)["state"] == "running"
    assert answer(scored.folder, scored.database) is None
    assert status(scored.folder)["state"] == "failed"
    ask(scored.folder, "Keeper")
    assert answer(scored.folder, scored.database).scored == 3


def test_a_fault_is_told_without_what_it_quotes(scored, monkeypatch):
    def fail(*_, **__):
        raise ValueError("the truth is 42")

    monkeypatch.setattr(asked, "rescore", fail)
    ask(scored.folder, "Keeper")
    assert answer(scored.folder, scored.database) is None
    told = status(scored.folder)
    assert told["state"] == "failed"
    assert "ValueError" in told["reason"]
    assert "42" not in told["reason"]
    assert "42" in (scored.folder.logs / "rescoring.log").read_text()


def test_the_workers_of_a_board_do_it_and_publish(scored, monkeypatch):
    from manyfaces.cli.board_keep import work

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    change_protocol(scored)
    ask(scored.folder, "Keeper")
    before = read_json(scored.folder.site / "board.json")
    work(scored.folder.root, until_empty=True)
    assert status(scored.folder)["state"] == "done"
    assert read_json(scored.folder.site / "board.json") != before


def test_each_submission_is_scored_under_the_workers_limits(scored, monkeypatch):
    before = (scored.folder.ledger).read_bytes()
    change_protocol(scored)
    faults = {
        "stopped after 0 s": (lambda *_: time.sleep(60), Bounds(seconds=0.3)),
        "scoring raised MemoryError": (lambda *_: bytearray(64 << 30), Bounds(memory=8 << 30)),
        "the scoring process ended with -9": (die_at_once, Bounds()),
    }
    for why, (scoring, bounds) in faults.items():
        monkeypatch.setattr(process, "score_submission", scoring)
        ask(scored.folder, "Keeper")
        assert answer(scored.folder, scored.database, bounds) is None
        told = status(scored.folder)
        assert told["state"] == "failed"
        assert why in told["reason"]
        assert "--memory" in told["reason"]
        # The same files were scored before: nothing of it is on the board.
        assert scored.folder.ledger.read_bytes() == before
    monkeypatch.undo()
    ask(scored.folder, "Keeper")
    assert answer(scored.folder, scored.database, Bounds()).changed == 3


def die_at_once(*_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not FILES.is_dir(), reason="open files are looked up in /proc")
def test_the_lock_ends_with_the_worker_and_not_with_what_it_has_begun(scored, monkeypatch):
    lock = (scored.folder.private / "rescoring.lock").resolve()
    begun = process.score_submission

    def scoring(*arguments):
        assert lock not in {path.resolve() for path in FILES.iterdir()}
        return begun(*arguments)

    monkeypatch.setattr(process, "score_submission", scoring)
    ask(scored.folder, "Keeper")
    assert answer(scored.folder, scored.database).scored == 3, status(scored.folder)
