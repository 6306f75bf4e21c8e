import challenges
import pytest
from manyfaces.core.errors import SubmissionError
from manyfaces.leaderboard.export.handed_in import take


@pytest.fixture
def place(tmp_path):
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies"


@pytest.fixture
def folder(tmp_path):
    """A submission as Codabench unpacks it, with the host's own file beside it."""
    root = tmp_path / "res"
    for track in challenges.TRACKS:
        challenges.write(root / f"{track}.json", [])
    (root / "metadata").write_text("exitCode: null")
    (root / "method.json").write_text('{"name": "mine", "authors": "A"}')
    return root


def test_a_zip_and_the_folder_of_it_are_the_same(board, zipped, folder, place, tmp_path):
    (tmp_path / "others").mkdir()
    packed = take(zipped(), board.folder.rules, place)
    unpacked = take(folder, board.folder.rules, tmp_path / "others")
    assert set(packed.files) == set(unpacked.files) == {"clean", "dark"}
    assert (packed.name, unpacked.name) == ("first", "mine")
    assert all(path.parent == tmp_path / "others" for path in unpacked.files.values())


def test_every_track_must_be_there(board, folder, place):
    (folder / "dark.json").unlink()
    with pytest.raises(SubmissionError, match=r"tracks are missing .*dark\.json"):
        take(folder, board.folder.rules, place)


@pytest.mark.parametrize("name", ["clean.json.gz", "notes.txt", "inner"])
def test_anything_else_is_refused_by_name(board, folder, place, name):
    (folder / name).mkdir() if name == "inner" else (folder / name).write_text("")
    with pytest.raises(SubmissionError, match=rf"something else.*{name}"):
        take(folder, board.folder.rules, place)


def test_a_link_is_not_followed(board, folder, place):
    (folder / "dark.json").unlink()
    (folder / "dark.json").symlink_to(board.folder.truth("dark", "test"))
    with pytest.raises(SubmissionError, match="something else"):
        take(folder, board.folder.rules, place)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no fields"),
        ('{"name": "x"}', "expected authors"),
        ('{"name": "x", "authors": "A", "web": 1}', "no field 'web'"),
        (" " * 70_000, "too large"),
        (None, "method.json is missing"),
    ],
)
def test_the_method_is_stated_as_the_rules_require(board, folder, place, text, said):
    path = folder / "method.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(SubmissionError, match=said):
        take(folder, board.folder.rules, place)


def test_without_required_fields_no_method_is_needed(board, folder, place):
    (folder / "method.json").unlink()
    free = board.folder.rules.model_copy(update={"required": ()})
    assert take(folder, free, place).method is None
