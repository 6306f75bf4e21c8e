import json
import stat

import challenges
import pytest
from manyfaces.annotations.check import check_submission
from manyfaces.annotations.manifest import read_manifest
from manyfaces.core.errors import UsageError
from manyfaces.core.files import sha256_of_file
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.challenge.commitment import commit, new_salt, opens
from manyfaces.leaderboard.challenge.kit import example, write_kit
from manyfaces.leaderboard.challenge.rules import TEMPLATE
from manyfaces.leaderboard.ledger.verify import verify_board


def test_a_commitment_opens_with_its_salt_and_truth_alone():
    salt, truth = new_salt(), {"b": {"t": "2", "v": "1"}, "a": {"v": "3"}}
    made = commit(truth, salt)
    assert made == commit({"a": {"v": "3"}, "b": {"v": "1", "t": "2"}}, salt)
    assert opens(made, truth, salt)
    assert not opens(made, {**truth, "a": {"v": "4"}}, salt)
    assert not opens(made, truth, new_salt())


def test_the_truth_is_where_nobody_else_can_go(board):
    folder = board.folder
    assert stat.S_IMODE(folder.private.stat().st_mode) == 0o700
    truth = folder.truth("clean", "test")
    assert stat.S_IMODE(truth.stat().st_mode) == 0o400
    public = [path for path in folder.root.rglob("*") if path.is_file()]
    public = [path for path in public if folder.private not in path.parents]
    assert {"challenge.yaml", "commitment.json", "ledger.jsonl"} <= {path.name for path in public}
    secret = [folder.salt, sha256_of_file(truth), '"annotations"']
    for path in public:
        text = path.read_bytes().decode(errors="replace")
        assert not [word for word in secret if word in text], path


def test_a_board_is_made_once(board, made):
    with pytest.raises(UsageError, match="a challenge here already"):
        create_board(board.folder.root, made / "challenge.yaml")


def test_a_board_whose_making_was_interrupted_is_finished(board, made):
    first = board.folder.ledger.read_bytes()
    board.folder.ledger.unlink()
    create_board(board.folder.root, made / "challenge.yaml")
    assert board.folder.ledger.read_bytes() == first
    board.folder.ledger.unlink()
    (board.folder.root / "board.db").unlink()
    again = create_board(board.folder.root, made / "challenge.yaml")
    assert verify_board(again.folder, again.database) == ()
    assert again.folder.commitment == board.folder.commitment


def test_a_split_that_is_not_there_is_found_before_anything_is_made(tmp_path):
    path = challenges.rules(tmp_path, splits={"public": "val", "hidden": "secret"})
    with pytest.raises(UsageError, match="secret"):
        create_board(tmp_path / "board", path)
    assert not (tmp_path / "board").exists()
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    with pytest.raises(UsageError, match=r"the track 'clean' has no dataset.*datasets/clean"):
        create_board(tmp_path / "board", tmp_path / "t.yaml")


def test_the_kit_has_pictures_and_no_labels(board, tmp_path):
    write_kit(board.folder, tmp_path / "kit")
    kit = tmp_path / "kit"
    pictures = list((kit / "images").rglob("*.png"))
    assert len(pictures) == 24
    for row in read_manifest(kit / "manifests" / "dark.json").images:
        assert sha256_of_file(kit / "images" / "dark" / row.file_name) == row.sha256
    truth = json.loads(board.folder.truth("clean", "test").read_bytes())
    counts = truth["annotations"][0]["segmentation"]["counts"]
    for path in kit.rglob("*.*"):
        text = path.read_bytes().decode(errors="replace")
        assert counts not in text
        assert str(board.folder.root.parent) not in text
    page = (kit / "README.md").read_text()
    assert "--part clean=clean.json" in page
    assert "{" not in page.replace("[{", "").replace('{"', "")
    write_kit(board.folder, kit)  # again: nothing is in the way


def test_predictions_over_the_kit_have_the_manifests_ids(board, tmp_path, monkeypatch):
    from manyfaces.cli.predict import predict

    kit, out = tmp_path / "kit", tmp_path / "clean.json"
    write_kit(board.folder, kit)
    page = (kit / "README.md").read_text()
    assert "manyfaces predict RUN images/clean --out clean.json" in page
    assert "manyfaces check clean.json --manifest manifests/clean.json" in page
    monkeypatch.chdir(kit)
    predict(["bright_faces:BrightFaces", "images/clean"], out)
    report = check_submission(out, read_manifest(kit / "manifests" / "clean.json"))
    assert not report.problems
    # The pictures are brighter by their ids, and with them the only face of each.
    scores = {row["image_id"]: row["score"] for row in json.loads(out.read_bytes())}
    assert scores == {key: pytest.approx((160 + key) / 255) for key in range(1, 13)}


def test_the_example_passes_the_check(board):
    for track in challenges.TRACKS:
        manifest = board.folder.manifest(track)
        path = challenges.write(board.folder.incoming / "e.json", example(manifest))
        report = check_submission(path, manifest)
        assert not report.problems
        assert report.entries == len(manifest.images)


def test_a_kit_goes_into_no_other_folder(board, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="something else"):
        write_kit(board.folder, tmp_path)
