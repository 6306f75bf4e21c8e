import json
import zipfile

import pytest
from manyfaces.core.archive import write_zip
from manyfaces.core.errors import DataError, UsageError
from manyfaces.leaderboard.export import reference as module
from manyfaces.leaderboard.export.reference import (
    open_reference,
    reference_members,
    require_committed,
)
from manyfaces.leaderboard.ledger.follow import reveal_truth


@pytest.fixture
def place(tmp_path):
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def test_only_the_truth_that_is_asked_for_and_never_the_salt(board, tmp_path):
    path = write_zip(tmp_path / "public.zip", reference_members(board.folder, ("val",)))
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        content = b"".join(archive.read(name) for name in names)
        facts = json.loads(archive.read("export.json"))
    assert {name for name in names if "truth" in name} == {
        "private/truth/clean/val.json",
        "private/truth/dark/val.json",
    }
    assert board.folder.salt.encode() not in content
    assert facts["splits"] == ["val"]
    assert facts["decimals"] == 3


@pytest.mark.parametrize("unpacked", [False, True])
def test_it_opens_as_the_challenge_that_it_was_made_of(board, reference, place, tmp_path, unpacked):
    if unpacked:
        with zipfile.ZipFile(reference) as archive:
            archive.extractall(tmp_path / "unpacked")
        reference = tmp_path / "unpacked"
    opened = open_reference(reference, place)
    assert opened.facts.splits == ("val", "test")
    assert opened.folder.truth_hashes() == board.folder.truth_hashes()
    assert opened.folder.manifest_hashes() == board.folder.manifest_hashes()
    assert opened.folder.commitment == board.folder.commitment
    assert opened.folder.protocol == board.folder.protocol
    assert opened.folder.incoming.is_dir()


def test_after_the_reveal_no_number_is_rounded(board, place, tmp_path):
    reveal_truth(board.folder, board.database)
    path = write_zip(tmp_path / "open.zip", reference_members(board.folder, ("val",)))
    assert open_reference(path, place).facts.decimals is None


def test_another_version_does_not_score_with_it(reference, place, monkeypatch):
    monkeypatch.setattr(module, "__version__", "99.0")
    with pytest.raises(UsageError, match=r"99\.0 here"):
        open_reference(reference, place)


def test_what_is_no_reference_is_refused(tmp_path, place):
    with pytest.raises(UsageError, match="no reference"):
        open_reference(tmp_path, place)


def test_truth_that_has_changed_is_not_exported(board):
    require_committed(board.folder)
    truth = board.folder.truth("dark", "test")
    truth.chmod(0o600)
    truth.write_bytes(truth.read_bytes() + b" ")
    with pytest.raises(DataError, match="committed to"):
        require_committed(board.folder)
