"""The same challenge from PostgreSQL: the same board, the same care."""

import itertools
import json
import re
import shutil
import threading
import time
from datetime import timedelta

import challenges
import pytest
from challenges import hand_in, member, work

pytest.importorskip("psycopg", reason="the server extra is not installed")
pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.boards import open_board
from manyfaces.leaderboard.database import Database
from manyfaces.leaderboard.ledger.chain import append, records
from manyfaces.leaderboard.ledger.verify import verify_board
from manyfaces.leaderboard.scoring import queue
from manyfaces.leaderboard.scoring import worker as worker_module
from manyfaces.leaderboard.store import Store
from manyfaces.leaderboard.submissions.quota import LimitError
from manyfaces.leaderboard.submissions.views import counts
from manyfaces.leaderboard.tables import Account, LedgerRow
from postgres import Postgres
from serving import served
from sqlalchemy import select

TIMES_AND_IDS = re.compile(
    rb"[0-9a-f]{16,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d:\d\d:\d\d[\d.]*Z?"
)


@pytest.fixture(scope="module")
def postgres():
    running = Postgres()
    yield running
    running.close()


def moved(made, place, url):
    """The board of ``made`` with its database elsewhere."""
    shutil.copytree(made / "board", place)
    old = open_board(place)
    with old.database.read() as session:
        rows = session.scalars(select(LedgerRow)).all()
    board = open_board(place, url)
    Store.create(place, board.folder.rules.title, url).database.close()
    with board.database.write() as session:
        session.add_all(
            LedgerRow(number=r.number, sha256=r.sha256, content=r.content) for r in rows
        )
    (place / "board.db").unlink()
    return board


def filled(board):
    ann, bob = member(board), member(board, "Bob")
    hand_in(board, ann, 1, name="first", off=4)
    hand_in(board, ann, 2, name="second", off=1)
    hand_in(board, bob, 3, name="other", off=3)
    assert work(board) == 3
    board.publisher.look(at_once=True)
    root = board.folder.site
    # The ledger tells times and ids, and the history is drawn over them; everything else is the
    # board, the feed apart from them.
    return {
        path.relative_to(root): TIMES_AND_IDS.sub(b"", path.read_bytes())
        if path.name == "feed.xml"
        else path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name not in {"ledger.jsonl", "history.html"}
    }


def test_the_same_submissions_give_the_same_board(made, postgres, tmp_path):
    shutil.copytree(made / "board", tmp_path / "sqlite")
    first = filled(open_board(tmp_path / "sqlite"))
    board = moved(made, tmp_path / "postgres", postgres.new("same"))
    assert filled(board) == first
    assert verify_board(board.folder, board.database) == ()
    board.database.close()


def test_limits_names_and_fences_hold(made, postgres, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    board = moved(made, tmp_path / "b", postgres.new("limits"))
    ann = member(board)

    def one(seed):
        try:
            return hand_in(board, ann, seed)
        except LimitError:
            return None

    with ThreadPoolExecutor(6) as pool:
        keys = [key for key in pool.map(one, range(6)) if key]
    assert len(keys) == board.folder.rules.limits.at_once
    now = worker_module.now()
    with ThreadPoolExecutor(6) as pool:
        held = list(pool.map(lambda n: queue.claim(board.database, f"w{n}", now), range(6)))
    assert sorted(claim.submission for claim in held if claim) == sorted(keys)
    board.database.close()


def test_records_written_at_once_make_one_chain(made, postgres, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from manyfaces.leaderboard.ledger.chain import write_file
    from sqlalchemy.exc import IntegrityError

    board = moved(made, tmp_path / "b", postgres.new("chain"))

    def add(number):
        for _ in range(100):
            try:
                with board.database.write() as session:
                    append(session, "scored", {"n": number}, worker_module.now())
                return
            except IntegrityError:
                time.sleep(0.005)
        raise AssertionError

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(add, range(20)))
    write_file(board.database, board.folder.ledger)
    chain = records(board.folder.ledger)
    assert sorted(record.body["n"] for record in chain[1:]) == list(range(20))
    assert all(b.previous == a.sha256 for a, b in itertools.pairwise(chain))
    board.database.close()


def test_hostile_text_is_text(made, postgres, tmp_path):
    board = moved(made, tmp_path / "b", postgres.new("text"))
    with served(board) as server:
        token, _ = server.account("O'Brien \"; DROP TABLE accounts; --")
        for name in ("a\u0000b", "\ud800"):
            said = {"name": name, "authors": "A"}
            assert server.api("POST", "/api/submissions", token, said)[0] == 422
        for wrong in ("mf_%00", "mf_\x00", "'"):
            assert server.ask("GET", "/api/account", Authorization="Bearer " + wrong)[0] in {
                400,
                401,
            }
        said = {"name": "'); DROP TABLE accounts; --", "authors": "A"}
        key = server.api("POST", "/api/submissions", token, said)[1]["id"]
        rows = challenges.predictions()
        rows[0]["image_id"] = "\u0000\ud800"
        body = json.dumps(rows).encode()
        status, _ = server.api("PUT", f"/api/submissions/{key}/parts/clean", token, body=body)
        assert status == 422
        assert server.api("GET", f"/api/submissions/{key}", token)[1]["name"] == said["name"]
    with board.database.read() as session:
        assert session.scalar(select(Account.id)) is not None
    board.database.close()


def test_a_database_that_is_killed_loses_and_doubles_nothing(made, postgres, tmp_path, monkeypatch):
    board = moved(made, tmp_path / "b", postgres.new("killed"))
    people = [member(board, f"P{number}") for number in range(6)]
    keys = [hand_in(board, who, number, tracks=("clean",)) for number, who in enumerate(people)]
    monkeypatch.setattr(queue, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(queue, "DEATHS", 100)
    monkeypatch.setattr(worker_module, "BEAT", timedelta(seconds=0.3))
    worker = worker_module.Worker(board.folder, Database(board.database.url))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        with served(board) as server:
            token, _ = server.account("Watcher")
            for pause in (0.4, 0.7):
                time.sleep(pause)
                postgres.kill()
                status, told = server.api("GET", "/api/account", token)
                assert (status, "does not answer" in told["error"]) == (503, True)
                postgres.start()
            end = time.monotonic() + 60
            while counts(board.database)["scored"] < len(keys):
                assert time.monotonic() < end, counts(board.database)
                time.sleep(0.1)
            assert server.api("GET", "/api/account", token)[0] == 200
    finally:
        worker.stop()
        thread.join()
    scored = [
        row.body["submission"] for row in records(board.folder.ledger) if row.kind == "scored"
    ]
    assert sorted(scored) == sorted(keys)
    assert verify_board(board.folder, board.database) == ()
    worker.database.close()
    board.database.close()
