import json
import shutil
import time

import challenges
import pytest
from challenges import hand_in, work
from manyfaces.annotations.manifest import Manifest, read_manifest, write_manifest
from manyfaces.benchmark.protocol import Protocol
from manyfaces.benchmark.results import read_result
from manyfaces.cli.score import score
from manyfaces.core.errors import DataError
from manyfaces.core.files import read_json, sha256_of_file, write_json
from manyfaces.leaderboard.challenge.commitment import opens
from manyfaces.leaderboard.challenge.folder import PROTOCOL
from manyfaces.leaderboard.ledger.chain import records, write_file
from manyfaces.leaderboard.ledger.follow import follow_data, reveal_truth
from manyfaces.leaderboard.ledger.rescore import apart, rescore
from manyfaces.leaderboard.ledger.verify import verify_board
from manyfaces.leaderboard.publishing import publish_challenge
from manyfaces.leaderboard.scoring import process
from manyfaces.leaderboard.scoring.process import Bounds, UnscoredError
from manyfaces.leaderboard.submissions.accounts import account_named
from manyfaces.leaderboard.submissions.views import submission_view
from manyfaces.leaderboard.tables import LedgerRow, Submission
from sqlalchemy import select


def codes(board):
    return {problem.code for problem in verify_board(board.folder, board.database)}


def site(board):
    publish_challenge(board.folder, board.database)
    root = board.folder.site
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_record_says_all_that_a_score_rests_on(scored):
    chain = records(scored.folder.ledger)
    assert [record.kind for record in chain] == ["challenge", *["scored"] * 3]
    body = chain[-1].body
    for track, digest in body["predictions"].items():
        assert sha256_of_file(scored.folder.predictions / digest) == digest
        assert body["manifests"][track] == sha256_of_file(scored.folder.manifest_file(track))
    assert body["commitment"] == scored.folder.commitment
    assert body["protocol"] == Protocol().sha256
    assert {"manyfaces", "python", "numpy"} <= set(body["software"])
    assert body["method"]["name"] == "other"


def test_nothing_is_wrong_with_an_untouched_board(scored):
    assert codes(scored) == set()


def flip(path, place=-20):
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def targets(folder):
    found = [
        ("record-changed", folder.ledger),
        ("commitment-changed", folder.root / "commitment.json"),
        ("manifest-changed", folder.manifest_file("dark")),
        ("truth-changed", folder.private / "salt.txt"),
    ]
    found += [("truth-changed", path) for path in sorted(folder.private.glob("truth/*/*.json"))]
    found += [("predictions-changed", path) for path in sorted(folder.predictions.iterdir())]
    return found + [("result-changed", path) for path in sorted(folder.results.iterdir())]


@pytest.mark.parametrize("row", range(20))
def test_any_changed_byte_is_found(scored, row):
    code, path = targets(scored.folder)[row]
    data = path.read_bytes()
    place = data.index(scored.folder.commitment.encode()) if code == "commitment-changed" else 0
    flip(path, place or len(data) // 2 - len(data) % 2)
    assert codes(scored) & {code, "ledger-unreadable"}
    path.unlink()
    path.write_bytes(data)
    assert codes(scored) == set()


def test_every_target_was_tried(scored):
    assert len(targets(scored.folder)) == 20


def test_a_ledger_that_was_shortened_or_written_anew_is_found(scored):
    lines = scored.folder.ledger.read_bytes().splitlines(keepends=True)
    scored.folder.ledger.write_bytes(b"".join(lines[:-1]))
    assert codes(scored) == {"record-changed", "record-missing"}
    scored.folder.ledger.write_bytes(b"".join([lines[0], lines[2], lines[1], lines[3]]))
    assert "ledger-broken" in codes(scored)
    scored.folder.ledger.write_bytes(b"")
    assert "ledger-headless" in codes(scored)
    scored.folder.ledger.unlink()
    assert codes(scored) == {"ledger-unreadable"}
    write_file(scored.database, scored.folder.ledger)
    assert codes(scored) == set()


def test_results_exchanged_in_the_database_are_found(scored):
    with scored.database.write() as session:
        first, second, _ = session.scalars(select(Submission).order_by(Submission.name)).all()
        first.public_result, second.public_result = second.public_result, first.public_result
    assert codes(scored) == {"result-exchanged"}


def test_a_record_forged_in_database_and_file_breaks_the_chain(scored):
    with scored.database.write() as session:
        row = session.scalar(select(LedgerRow).where(LedgerRow.number == 2))
        row.content = row.content.replace("first", "worst")
    scored.folder.ledger.unlink()
    write_file(scored.database, scored.folder.ledger)
    assert {"record-changed", "ledger-broken"} <= codes(scored)


def test_a_file_cut_within_a_line_is_completed(scored):
    whole = scored.folder.ledger.read_bytes()
    scored.folder.ledger.write_bytes(whole[:-30])
    write_file(scored.database, scored.folder.ledger)
    assert scored.folder.ledger.read_bytes() == whole


def test_the_same_protocol_rebuilds_the_board_byte_for_byte(scored):
    before, ledger = site(scored), scored.folder.ledger.read_bytes()
    done = rescore(scored.folder, scored.database)
    assert (done.scored, done.changed) == (3, 0)
    assert not any(move.moved or move.why for move in done.moves)
    assert site(scored) == before
    assert scored.folder.ledger.read_bytes() == ledger


def test_another_protocol_says_who_moved_and_why(scored):
    strict = Protocol(iou_thresholds=(0.5, 0.99), version="strict")
    done = rescore(scored.folder, scored.database, strict)
    assert done.changed == 3
    moves = {move.name: move for move in done.moves}
    assert moves["second"].why == ("protocol",)
    assert moves["second"].after.overall < moves["second"].before.overall
    kinds = [record.kind for record in records(scored.folder.ledger)]
    assert kinds[-3:] == ["rescored"] * 3
    assert codes(scored) == set()
    assert scored.folder.protocol == strict
    hand_in(scored, account_named(scored.database, "Bob"), 9)
    assert work(scored) == 1
    assert records(scored.folder.ledger)[-1].body["protocol"] == strict.sha256
    assert rescore(scored.folder, scored.database, Protocol()).changed == 4


@pytest.mark.parametrize("earlier", [None, Protocol(version="earlier")])
def test_what_cannot_be_scored_leaves_board_and_protocol_as_they_were(scored, monkeypatch, earlier):
    rescore(scored.folder, scored.database, earlier)
    monkeypatch.setattr(process, "score_submission", lambda *_: time.sleep(60))
    before, protocol = scored.folder.ledger.read_bytes(), scored.folder.protocol
    scorer = apart(scored.folder, scored.database, Bounds(seconds=0.3))
    strict = Protocol(iou_thresholds=(0.5, 0.99), version="strict")
    with pytest.raises(UnscoredError, match=r"stopped after .*--seconds"):
        rescore(scored.folder, scored.database, strict, scorer=scorer)
    assert scored.folder.ledger.read_bytes() == before
    assert scored.folder.protocol == protocol
    assert (scored.folder.root / PROTOCOL).is_file() == (earlier is not None)
    assert codes(scored) == set()


def test_a_kept_result_that_was_not_scored_is_named(scored):
    with scored.database.write() as session:
        first, second = session.scalars(select(Submission).order_by(Submission.name)).all()[:2]
        first.public_result = second.public_result
    done = rescore(scored.folder, scored.database)
    assert done.changed == 1
    why = [move.why for move in done.moves if move.why]
    assert all("nothing on record" in text for (text,) in why)


def test_the_board_shows_rounded_numbers_until_the_reveal(scored):
    before = {str(path): data for path, data in site(scored).items()}
    assert not [path for path in before if path.startswith("hidden")]
    data = json.loads(before["board.json"])
    values = [row["overall"] for row in data["entries"]]
    assert values == [round(value, 3) for value in values]
    reveal_truth(scored.folder, scored.database)
    after = {str(path): data for path, data in site(scored).items()}
    values = [row["overall"] for row in json.loads(after["board.json"])["entries"]]
    assert values != [round(value, 3) for value in values]
    assert "hidden/index.html" in after
    assert "reveal/salt.txt" in after


def test_before_the_reveal_nothing_public_holds_truth_or_hidden_scores(scored):
    folder = scored.folder
    truth = read_json(folder.truth("clean", "test"))
    counts = [row["segmentation"]["counts"] for row in truth["annotations"]]
    with scored.database.read() as session:
        rows = session.scalars(select(Submission)).all()
    hidden = [
        repr(score["value"])
        for row in rows
        for score in read_json(folder.results / f"{row.hidden_result}.json")["scores"]
        if score["value"] is not None and len(repr(score["value"])) > 12
    ]
    assert len(hidden) > 100
    for path, data in site(scored).items():
        text = data.decode()
        assert not [word for word in (*counts, *hidden, folder.salt) if word in text], path
    for path in folder.logs.iterdir():
        assert not [word for word in (*counts, *hidden) if word in path.read_text()]


def test_after_the_reveal_anyone_can_open_the_commitment_and_score_again(scored, tmp_path):
    place = reveal_truth(scored.folder, scored.database)
    assert reveal_truth(scored.folder, scored.database) == place
    assert [record.kind for record in records(scored.folder.ledger)].count("revealed") == 1
    salt = (place / "salt.txt").read_text().strip()
    hashes = {
        track: {
            split: sha256_of_file(place / "truth" / track / f"{split}.json")
            for split in ("val", "test")
        }
        for track in challenges.TRACKS
    }
    first = records(scored.folder.ledger)[0]
    assert opens(first.body["commitment"], hashes, salt)
    body = records(scored.folder.ledger)[1].body
    # The page of each entry names this command for the file as it was handed in.
    handed_in = scored.folder.predictions / body["predictions"]["clean"]
    truth = place / "truth" / "clean" / "test.json"
    score(handed_in, truth, out_path=tmp_path / "again.json", only_known=True)
    again = read_result(tmp_path / "again.json")
    kept = read_json(scored.folder.results / f"{body['results']['hidden']}.json")["scores"]
    kept = {
        (s["task"], s["metric"], s["class"], s["stratum"]): s["value"]
        for s in kept
        if s["track"] == "clean"
    }
    assert {(s.task, s.metric, s.class_, s.stratum): s.value for s in again.scores} == kept
    assert codes(scored) == set()
    flip(place / "truth" / "dark" / "val.json", 50)
    assert codes(scored) == {"reveal-changed"}


def drop(data, image_id, split):
    """What ``manyfaces release --withdraw`` does to manifest and truth."""
    manifest = read_manifest(data / "manifest.json")
    rows = tuple(row for row in manifest.images if row.id != image_id)
    write_manifest(data / "manifest.json", Manifest(rows))
    path = data / "annotations" / f"{split}.json"
    truth = read_json(path)
    for name, key in (("images", "id"), ("annotations", "image_id")):
        truth[name] = [row for row in truth[name] if row[key] != image_id]
    write_json(path, truth)


def test_withdrawn_photographs_leave_the_truth_and_the_scores(scored, tmp_path):
    for track in challenges.TRACKS:
        shutil.copytree(scored.folder.data(track), tmp_path / "data" / track)
    places = {track: str(tmp_path / "data" / track) for track in challenges.TRACKS}
    write_json(scored.folder.private / "data.json", places)
    assert not any(follow_data(scored.folder, scored.database).values())
    for track in challenges.TRACKS:
        drop(tmp_path / "data" / track, 8, "test")
    old = scored.folder.commitment
    assert follow_data(scored.folder, scored.database) == {"clean": [8], "dark": [8]}
    assert scored.folder.commitment != old
    done = rescore(scored.folder, scored.database)
    assert done.changed == 3
    assert {move.why for move in done.moves} == {("truth",)}
    assert not any(move.moved for move in done.moves)  # picture 8 is of the hidden split
    body = records(scored.folder.ledger)[4].body
    assert body["pictures_gone"] == {"clean": [8], "dark": [8]}
    assert codes(scored) == set()
    # Picture 8 in a predictions file is passed over from now on, and no reason to refuse it.
    key = hand_in(scored, account_named(scored.database, "Bob"), 9)
    warned = submission_view(
        scored.folder, scored.database, account_named(scored.database, "Bob"), key
    )
    assert "image-withdrawn" in str(warned["parts"])
    assert work(scored) == 1
    # A board that followed before the folder kept the ids learns them from its ledger.
    facts = read_json(scored.folder.root / "commitment.json")
    assert facts.pop("withdrawn") == {"clean": [8], "dark": [8]}
    write_json(scored.folder.root / "commitment.json", facts)
    assert not any(follow_data(scored.folder, scored.database).values())
    assert scored.folder.withdrawn("dark") == [8]
    assert codes(scored) == set()
    assert rescore(scored.folder, scored.database).changed == 0
    challenges.dataset(
        tmp_path / "data" / "dark", "dark", {"val": range(1, 9), "test": range(9, 13)}
    )
    with pytest.raises(DataError, match="image 7, new or changed"):
        follow_data(scored.folder, scored.database)
