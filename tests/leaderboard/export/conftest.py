import json
import zipfile

import challenges
import pytest
from manyfaces.core.archive import write_zip
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.export.reference import reference_members
from manyfaces.leaderboard.submissions.archives import pack


@pytest.fixture
def zipped(tmp_path):
    """Makes a participant's zip from predictions as ``challenges.hand_in`` makes them."""

    def make(seed=1, name="first", **options):
        files = challenges.files(tmp_path / f"files-{seed}", seed, **options)
        pack(tmp_path / f"{name}.zip", Method(name=name, authors="A"), files)
        return tmp_path / f"{name}.zip"

    return make


@pytest.fixture
def other(tmp_path):
    """Makes a zip of any members: name → text, or rows of predictions."""

    def make(**members):
        path = tmp_path / "other.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                text = content if isinstance(content, str) else json.dumps(content)
                archive.writestr(name.replace("__", "/").replace("_", "."), text)
        return path

    return make


@pytest.fixture
def reference(board, tmp_path):
    """The private part of a bundle, both splits in it."""
    return write_zip(
        tmp_path / "reference.zip", reference_members(board.folder, board.folder.rules.splits.names)
    )
