import json
import zipfile

import challenges
import pytest
from board_calls import call
from manyfaces.core.errors import UsageError


def test_a_bundle_is_made_and_scores(board, tmp_path):
    out = tmp_path / "out"
    done = call("export", board.folder.root, "--to", "evalai", "--out", out, "--json")
    assert json.loads(done.stdout)["private"] == ["annotations/reference.zip"]
    assert "evalai.zip holds the truth" in done.stderr
    with zipfile.ZipFile(out / "evalai.zip") as archive:
        archive.extract("annotations/reference.zip", tmp_path)
    words = (tmp_path / "annotations/reference.zip", out / "example.zip")
    assert "test Overall 0.0" in call("score", *words).stdout
    answer = json.loads(call("score", *words, "--json", "--out", tmp_path / "a.json").stdout)
    assert answer == json.loads((tmp_path / "a.json").read_text())
    assert answer["state"] == "scored"


def test_what_has_no_score_exits_with_1(board, tmp_path):
    out = tmp_path / "out"
    done = call("export", board.folder.root, "--to", "codabench", "--out", out)
    assert done.stdout.strip() == str(out / "README.md")
    with zipfile.ZipFile(out / "codabench.zip") as archive:
        archive.extract("reference_0.zip", tmp_path)
    challenges.write(tmp_path / "in" / "clean.json", [])
    done = call("score", tmp_path / "reference_0.zip", tmp_path / "in", code=1)
    assert "tracks are missing" in done.stderr


def test_a_board_of_result_files_has_nothing_to_export(tmp_path):
    with pytest.raises(UsageError, match="no challenge here"):
        call("export", tmp_path, "--to", "evalai", "--out", tmp_path / "out")
