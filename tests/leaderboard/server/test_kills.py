"""Server and workers killed at random moments while many submit: nothing lost, nothing twice."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import challenges
import pytest
from challenges import hand_in, member, work

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.boards import create_board, open_board
from manyfaces.leaderboard.database import now
from manyfaces.leaderboard.ledger.chain import records
from manyfaces.leaderboard.ledger.verify import verify_board
from manyfaces.leaderboard.scoring import queue
from manyfaces.leaderboard.submissions.accounts import create_account
from manyfaces.leaderboard.submissions.views import all_submissions, counts
from serving import Served, free_port, start

# Imports once, then forks a worker for each line, so that a kill costs no second of imports.
WORKERS = r"""
import os, sys
from datetime import timedelta
from pathlib import Path
from manyfaces.leaderboard.boards import open_board
from manyfaces.leaderboard.scoring import queue, worker
import manyfaces.benchmark.scoring.files
queue.LEASE, worker.BEAT = timedelta(seconds=1.5), timedelta(seconds=0.3)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        board = open_board(Path(sys.argv[1]))
        worker.Worker(board.folder, board.database).run()
        os._exit(0)
    print(child, flush=True)
"""


def once(board, keys):
    """Every submission has one record, and all bytes are as recorded."""
    rows = [row for row in records(board.folder.ledger) if row.kind == "scored"]
    found = Counter(row.body["submission"] for row in rows)
    assert found == Counter(dict.fromkeys(keys, 1))
    assert verify_board(board.folder, board.database) == ()


@pytest.mark.parametrize("seed", [1])
def test_workers_killed_at_random_score_each_submission_once(board, seed):
    rng = random.Random(seed)
    people = [member(board, f"P{number}") for number in range(24)]
    keys = [hand_in(board, who, number, tracks=("clean",)) for number, who in enumerate(people)]
    zygote = subprocess.Popen(
        [sys.executable, "-c", WORKERS, str(board.folder.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert zygote.stdout.readline() == "ready\n"

    def fork():
        zygote.stdin.write("\n")
        zygote.stdin.flush()
        return int(zygote.stdout.readline())

    workers, kills, end = [fork(), fork()], 0, time.monotonic() + 60
    try:
        while (left := counts(board.database))["queued"] + left["scoring"]:
            assert time.monotonic() < end, left
            time.sleep(rng.uniform(0.05, 0.5))
            if kills < 12:
                kills += 1
                os.kill(workers.pop(rng.randrange(2)), signal.SIGKILL)
                workers.append(fork())
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        zygote.stdin.close()
        zygote.wait()
        zygote.stdout.close()
    assert kills >= 4
    for row in all_submissions(board.database, ["set aside"]):
        queue.requeue(board.database, row["id"], now())
    work(board)
    assert counts(board.database)["scored"] == len(keys)
    once(board, keys)


class Client(threading.Thread):
    """A participant who goes on until the submission is in, whatever happens on the way."""

    def __init__(self, server, token, number):
        super().__init__()
        self.server, self.token, self.number, self.key = server, token, number, None

    def run(self):
        said = {"name": f"net {self.number}", "authors": "A"}
        path = f"/api/submissions/{self.ask('POST', '/api/submissions', 201, value=said)['id']}"
        body = json.dumps(challenges.predictions(self.number)).encode()
        self.ask("PUT", f"{path}/parts/clean", 200, body=body)
        # Whether a hand-in that was not answered has counted is told by the submission.
        while self.ask("GET", path, 200)["state"] == "received":
            with contextlib.suppress(OSError, ValueError):
                self.server.api("POST", f"{path}/hand-in", self.token)
        self.key = path.rpartition("/")[2]

    def ask(self, method, path, status, **what):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError, ValueError, AssertionError):
                got, told = self.server.api(method, path, self.token, **what)
                if got == status:
                    return told
                assert got in {429, 503}, (got, told)
            time.sleep(0.1)
        raise AssertionError(f"{path} was never answered")


def test_a_server_killed_at_random_loses_no_submission_and_takes_none_twice(tmp_path):
    rules = challenges.rules(tmp_path, limits={"file_size": "1 MB", "uploads_per_hour": 1000})
    board = create_board(tmp_path / "board", rules)
    tokens = [create_account(board.database, f"P{number}") for number in range(14)]
    port = free_port()
    server, rng = Served(board, port), random.Random(2)
    clients = [Client(server, token, number) for number, token in enumerate(tokens)]
    for client in clients:
        client.start()
    process, kills = None, 0
    try:
        while any(client.is_alive() for client in clients):
            if process is None or process.poll() is not None:
                process = start(server, tmp_path)
            if kills < 3:
                time.sleep(rng.uniform(0.1, 0.7))
                process.kill()
                process.wait()
                kills += 1
            time.sleep(0.05)
    finally:
        if process is not None:
            process.kill()
            process.wait()
    assert kills == 3
    keys = [client.key for client in clients]
    assert None not in keys
    assert {row["id"] for row in all_submissions(board.database, ["queued"])} == set(keys)
    assert work(board) == len(keys)
    once(board, keys)


def test_a_publication_killed_on_the_way_leaves_a_board(scored):
    """The site is exchanged at once: a reader finds the old one or the new one."""
    code = (
        "import sys; from pathlib import Path\n"
        "from manyfaces.leaderboard.boards import open_board\n"
        "from manyfaces.leaderboard.publishing import publish_challenge\n"
        "board = open_board(Path(sys.argv[1])); print('ready', flush=True)\n"
        "while True: publish_challenge(board.folder, board.database)\n"
    )
    rng = random.Random(3)
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(scored.folder.root)], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        time.sleep(rng.uniform(0.05, 0.5))
        process.kill()
        process.wait()
        process.stdout.close()
        # A kill between the two renames leaves no site for a moment; publishing again mends it.
        board = open_board(scored.folder.root)
        board.publisher.look(at_once=True)
        shown = json.loads((board.folder.site / "board.json").read_text())["entries"]
        assert {row["name"] for row in shown} == {"second", "other"}
