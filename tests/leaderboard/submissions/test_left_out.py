import challenges
import pytest
from manyfaces.annotations.manifest import Manifest, write_manifest
from manyfaces.core.archive import write_zip
from manyfaces.core.files import read_json, write_json
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.export.judge import judge
from manyfaces.leaderboard.export.reference import reference_members
from manyfaces.leaderboard.submissions.archives import pack


@pytest.fixture
def lessened(board):
    """A board whose track clean has lost pictures 8 and 9."""
    path = board.folder.manifest_file("clean")
    rows = tuple(row for row in board.folder.manifest("clean").images if row.id not in {8, 9})
    write_manifest(path, Manifest(rows))
    facts = read_json(board.folder.root / "commitment.json")
    write_json(board.folder.root / "commitment.json", {**facts, "withdrawn": {"clean": [8, 9]}})
    return board


def check(board, tmp_path, rows, track="clean"):
    return board.desk.check(track, challenges.write(tmp_path / "p.json", rows))


def test_entries_for_withdrawn_pictures_are_one_warning(lessened, tmp_path):
    checked = check(lessened, tmp_path, challenges.predictions())
    assert checked.problems == ()
    (warning,) = checked.warnings
    assert warning.code == "image-withdrawn"
    assert warning.got == "4 for withdrawn images: 8, 9"
    assert "left out of the scores" in warning.mend
    assert (checked.entries, checked.counts) == (20, {"image-withdrawn": 4})
    assert check(lessened, tmp_path, challenges.predictions(), "dark").warnings == ()


def test_an_id_that_never_was_is_still_refused(lessened, tmp_path):
    rows = challenges.predictions()
    checked = check(lessened, tmp_path, [*rows, {**rows[0], "image_id": 99}])
    assert [(row.code, row.got) for row in checked.problems] == [("image-unknown", "99")]
    assert checked.counts == {"image-unknown": 1, "image-withdrawn": 4}
    # Beyond the first ones of their kind, too.
    many = [{**rows[0], "image_id": 8, "score": number / 100} for number in range(40)]
    checked = check(lessened, tmp_path, [*rows, *many, {**rows[0], "image_id": 99}])
    (problem,) = checked.problems
    assert (problem.code, problem.got) == ("image-unknown", "1 for unknown images")


def test_a_file_of_withdrawn_pictures_alone_says_nothing(lessened, tmp_path):
    rows = [row for row in challenges.predictions() if row["image_id"] in {8, 9}]
    assert [row.code for row in check(lessened, tmp_path, rows).problems] == ["entries-none"]


def test_a_host_leaves_them_out_as_well(lessened, tmp_path):
    folder = lessened.folder
    reference = write_zip(tmp_path / "r.zip", reference_members(folder, ("val", "test")))
    files = challenges.files(tmp_path / "in", 1)
    pack(tmp_path / "mine.zip", Method(name="mine", authors="A"), files)
    answer = judge(reference, tmp_path / "mine.zip", strict=True)
    assert answer.state == "scored"
    assert any("image-withdrawn" in text for text in answer.messages)
