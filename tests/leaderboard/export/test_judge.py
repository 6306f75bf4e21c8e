import json
import re
import zipfile

import challenges
import pytest
from board_fixtures import scored_once
from manyfaces.core.archive import write_zip
from manyfaces.core.errors import DataError
from manyfaces.leaderboard.export import judge as module
from manyfaces.leaderboard.export.judge import judge
from manyfaces.leaderboard.export.reference import reference_members
from manyfaces.leaderboard.ledger.follow import reveal_truth
from manyfaces.leaderboard.publishing import board_entries, publish_challenge
from manyfaces.leaderboard.ranking import standings

__all__ = ["scored_once"]
METHOD = '{"name": "x", "authors": "A"}'


def exported(board, path):
    return write_zip(path, reference_members(board.folder, ("val", "test")))


def on_the_board(board, name, *, hidden):
    """Column → every digit of what the board itself has."""
    entries = board_entries(board.folder, board.database, hidden=hidden)
    rows = standings(entries, board.folder.rules.ranking.headline)
    (row,) = [row for row in rows if row.entry.name == name]
    return {"Overall": row.overall, **row.columns}


def test_the_numbers_are_the_boards_rounded_as_its_pages_are(scored, zipped, tmp_path):
    answer = judge(exported(scored, tmp_path / "r.zip"), zipped(2, "second", off=1, wrong=0))
    assert answer.state == "scored"
    assert answer.name == "second"
    for split, hidden in (("val", False), ("test", True)):
        expected = on_the_board(scored, "second", hidden=hidden)
        assert answer.scores[split] == {key: round(value, 3) for key, value in expected.items()}
    published = json.loads((scored.folder.site / "board.json").read_text())
    (shown,) = [row for row in published["entries"] if row["name"] == "second"]
    assert answer.scores["val"] == {"Overall": shown["overall"], **shown["values"]}


def test_after_the_reveal_they_are_the_boards_to_the_last_digit(scored, zipped, tmp_path):
    reveal_truth(scored.folder, scored.database)
    publish_challenge(scored.folder, scored.database)
    answer = judge(exported(scored, tmp_path / "r.zip"), zipped(3, "other", off=3))
    for split, hidden in (("val", False), ("test", True)):
        assert answer.scores[split] == on_the_board(scored, "other", hidden=hidden)
    assert any(value != round(value, 6) for value in answer.scores["test"].values())


def test_intervals_are_told_with_the_tracks(reference, zipped):
    answer = judge(reference, zipped())
    assert [(row.split, row.track) for row in answer.tracks] == [
        (split, track) for split in ("val", "test") for track in ("clean", "dark")
    ]
    assert all(row.low <= row.value <= row.high for row in answer.tracks)
    assert all(round(row.low, 3) == row.low for row in answer.tracks)


def rows_with(**changes):
    rows = challenges.predictions()
    rows[3].update(changes)
    return rows


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"clean_json": []}, "tracks are missing"),
        ({"clean_json": rows_with(image_id=99), "dark_json": rows_with()}, "99"),
        ({"clean_json": "no JSON", "dark_json": rows_with()}, "clean: "),
        ({"clean_json": [], "dark_json": rows_with()}, "entries-none"),
        ({"clean_json": rows_with(category_id=7), "dark_json": rows_with()}, "clean: .*got 7"),
        ({"____evil_json": [], "clean_json": []}, "something else"),
        ({"sub__clean_json": [], "sub__dark_json": []}, "something else"),
    ],
)
def test_what_a_participant_can_mend_is_said_in_words(reference, other, members, said):
    answer = judge(reference, other(method_json=METHOD, **members))
    assert answer.state == "refused"
    assert answer.scores == {}
    assert re.search(said, " ".join(answer.messages)), answer.messages


def test_a_path_that_leaves_the_zip_writes_nothing(reference, other, tmp_path):
    before = set(tmp_path.iterdir())
    made = other(____evil_json=[], __tmp__evil_json=[])
    assert judge(reference, made).state == "refused"
    assert set(tmp_path.iterdir()) - before == {made}


def test_what_is_no_zip_is_refused(reference, tmp_path):
    (tmp_path / "x.zip").write_text("hello")
    answer = judge(reference, tmp_path / "x.zip")
    assert answer.state == "refused"
    assert "cannot be read" in answer.messages[0]


def test_a_number_that_is_undefined_has_no_place_on_a_hosts_board(board, other, tmp_path):
    ranking = board.folder.rules.ranking.model_copy(update={"metric": "label_AUC", "class_": "any"})
    rules = board.folder.rules.model_copy(update={"ranking": ranking})
    text = json.dumps(rules.model_dump(mode="json", by_alias=True))
    (board.folder.root / "challenge.yaml").write_text(text)
    far = challenges.predictions()
    for row in far:
        row.update(
            bbox=[0, 0, 2, 2], segmentation=challenges.masks.to_coco(challenges.rle((0, 0, 2, 2)))
        )
    members = {"clean_json": far, "dark_json": far, "method_json": METHOD}
    answer = judge(exported(board, tmp_path / "r.zip"), other(**members))
    assert answer.state == "refused"
    assert "label_AUC is undefined in Overall, clean, dark" in answer.messages[0]


def test_errors_of_scoring_are_told_to_the_maintainer_alone(reference, zipped, monkeypatch):
    def broken(*_):
        raise DataError("the truth of image 7 is a face at 3, 4")

    monkeypatch.setattr(module, "score_split", broken)
    answer = judge(reference, zipped())
    assert answer.state == "failed"
    assert "image 7" not in str(answer)
    assert "DataError" in answer.messages[0]
    with pytest.raises(DataError, match="image 7"):
        judge(reference, zipped(2, "again"), strict=True)


def test_truth_that_cannot_be_read_fails_without_a_word_of_it(reference, zipped, tmp_path):
    with zipfile.ZipFile(reference) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["private/truth/clean/test.json"] = b'{"annotations": "secret"}'
    answer = judge(write_zip(tmp_path / "bad.zip", members), zipped())
    assert answer.state == "failed"
    assert "secret" not in str(answer)
    assert answer.scores == {}
