"""200 participants hand in at once over loopback, while readers load the board; 1,000 entries.

`make bench` prints what was measured, and it goes into docs/board-server.md. That every
submission is accepted or refused, and scored once, is asserted, and that a board of 1,000
entries is published in time and in a page that loads.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import challenges
import numpy as np
import pytest
from challenges import work
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.results import Result, Score
from manyfaces.benchmark.scoring.bootstrap import DRAWS
from manyfaces.benchmark.scoring.kept_draws import KEPT, name_of, pack
from manyfaces.leaderboard.board import publish
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.entries import Entry
from manyfaces.leaderboard.ledger.chain import records
from manyfaces.leaderboard.ledger.verify import verify_board
from manyfaces.leaderboard.ranking import Headline
from manyfaces.leaderboard.submissions.accounts import create_account
from manyfaces.leaderboard.submissions.intake import check_part
from manyfaces.leaderboard.submissions.views import counts
from serving import Served, free_port, start

PARTICIPANTS = 200
DETECTIONS = 100_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("bench")
    board = create_board(place / "board", challenges.rules(place))
    board.publisher.look(at_once=True)
    running = Served(board, free_port())
    process = start(running, place)
    yield running
    process.kill()
    process.wait()


def body(number):
    """A participant's file; every tenth is faulty."""
    rows = challenges.predictions(number)
    if number % 10 == 0:
        rows[0]["score"] = 7
    return json.dumps(rows).encode()


def submit(server, token, data):
    """One participant's requests; the state that the submission comes to."""
    said = {"name": f"net {token[-8:]}", "authors": "A"}
    status, seen = server.api("POST", "/api/submissions", token, said)
    assert status == 201, seen
    path = f"/api/submissions/{seen['id']}"
    status, told = server.api("PUT", f"{path}/parts/clean", token, body=data)
    if status == 422:
        return "refused" if told["problems"] else "lost"
    assert status == 200, told
    status, seen = server.api("POST", f"{path}/hand-in", token)
    assert status == 200, seen
    return seen["state"]


# A process of its own: 200 threads beside it would be what it measures.
READER = r"""
import http.client, select, sys, time
while not select.select([sys.stdin], [], [], 0.02)[0]:
    begin = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    line.request("GET", "/")
    assert line.getresponse().read()
    line.close()
    print(time.perf_counter() - begin)
"""


def test_200_participants_at_once(benchmark, server):
    board = server.board
    tokens = [create_account(board.database, f"P{number}") for number in range(PARTICIPANTS)]
    bodies = [body(number) for number in range(PARTICIPANTS)]
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(server.port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def all_at_once():
        with ThreadPoolExecutor(PARTICIPANTS) as pool:
            return list(pool.map(submit, [server] * PARTICIPANTS, tokens, bodies))

    states = Counter(benchmark.pedantic(all_at_once, rounds=1))
    seconds = [float(line) for line in reader.communicate()[0].splitlines()]
    assert reader.returncode == 0
    assert states == {"queued": PARTICIPANTS * 9 // 10, "refused": PARTICIPANTS // 10}
    begin = time.perf_counter()
    assert work(board) == states["queued"]
    benchmark.extra_info.update(
        pages=len(seconds),
        page_p50_ms=round(1000 * float(np.percentile(seconds, 50)), 1),
        page_p95_ms=round(1000 * float(np.percentile(seconds, 95)), 1),
        scored_per_second=round(states["queued"] / (time.perf_counter() - begin), 1),
    )
    found = Counter(
        row.body["submission"] for row in records(board.folder.ledger) if row.kind == "scored"
    )
    assert set(found.values()) == {1}
    assert len(found) == counts(board.database)["scored"] == states["queued"]
    assert verify_board(board.folder, board.database) == ()


def test_the_check_of_100_000_detections(benchmark, tmp_path):
    quarter = DETECTIONS // 4
    splits = {"val": range(1, quarter + 1), "test": range(quarter + 1, 2 * quarter + 1)}
    path = challenges.write(tmp_path / "p.json", challenges.predictions(1, splits=splits))
    manifest = challenges.manifest(splits)
    most = 1 << 30
    checked = benchmark.pedantic(check_part, (manifest, "clean", path, most), rounds=3)
    assert (checked.entries, checked.problems) == (DETECTIONS, ())


ENTRIES = 1000
TRACKS = ("clean", *(f"{kind}-{level}" for kind in ("block", "fog") for level in (1, 3, 5)))
SECONDS = 30  # on two small cores, with other work on them
INDEX = 500_000  # bytes


HEADS = (
    ("mask", "AP", "all"), ("box", "AP", "all"), ("box", "AP50", "any"),
    ("box", "label_AUC", "any"), ("mask", "oLRP", "all"),
)  # fmt: skip
OTHERS = 528  # a real track has 533 scores


def score(track, task, metric, class_, value, stratum="all"):
    return Score(
        track=track, task=task, metric=metric, class_=class_, stratum=stratum,
        value=value, n=812, low=value / 2, high=value,
    )  # fmt: skip


def others():
    """What no table shows but an entry's own; all entries have the same, for memory's sake."""
    return [
        score(track, "mask", "AP75", "all", (number + 0.5) / OTHERS, f"size={number}")
        for track in TRACKS
        for number in range(OTHERS)
    ]


PHOTOGRAPHS = np.random.default_rng(0).normal(0, 0.03, DRAWS)  # what all entries share


def kept(value, rng):
    """Draws of a number: half of their spread is that of the photographs drawn."""
    return pack(np.clip(value + PHOTOGRAPHS + rng.normal(0, 0.03, DRAWS), 0, 1))


def row_key(row):
    return row.task, row.metric, row.class_


def row_name(row):
    return name_of(row.track, row_key(row))


def board_entry(number, shared):
    """One of many entries: seven tracks, draws, a date, hashes of everything."""
    rng = np.random.default_rng(number)
    values = iter(rng.random(len(TRACKS) * len(HEADS)).tolist())
    own = [score(track, *head, next(values)) for track in TRACKS for head in HEADS]
    hashes = {"truth": "t" * 64, "protocol": DEFAULT.sha256, "predictions": f"{number:064}"}
    hashes |= {f"predictions/{track}": f"{number:064}" for track in TRACKS}
    draws = {row_name(row): kept(row.value, rng) for row in own if row_key(row) in KEPT}
    result = Result(protocol=DEFAULT.record(), hashes=hashes, scores=(*own, *shared), draws=draws)
    date = f"2026-{1 + number % 12:02}-{1 + number % 28:02}"
    return Entry(name=f"A method of number {number}", result=result, date=date, authors="A. Person")


def test_a_board_of_1000_entries_is_published(benchmark, tmp_path):
    shared = others()
    entries = [board_entry(number, shared) for number in range(ENTRIES)]
    begin = time.perf_counter()
    benchmark.pedantic(publish, (entries, "Many", tmp_path / "site", Headline()), rounds=1)
    seconds = time.perf_counter() - begin
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    index = (tmp_path / "site" / "index.html").stat().st_size
    benchmark.extra_info.update(
        index_kB=round(index / 1000),
        site_MB=round(sum(path.stat().st_size for path in files) / 1e6),
        files=len(files),
    )
    assert len(list((tmp_path / "site" / "entries").iterdir())) == ENTRIES
    assert index < INDEX
    assert seconds < SECONDS
