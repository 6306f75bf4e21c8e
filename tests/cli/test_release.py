"""The verb, on drawn people as a build leaves them."""

import json
import shutil
from pathlib import Path

import pytest
from manyfaces.annotations.release.marks import read_mark
from manyfaces.annotations.release.source_type import METHODS
from manyfaces.annotations.verify import verify_dataset
from manyfaces.cli.release import release
from manyfaces.core.errors import UsageError
from manyfaces.core.files import read_json, read_json_lines, sha256_of_file, write_json
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.methods.table import GENERATORS
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import Recipe

RECIPE = Recipe(seed=5, min_face=24, splits={"train": 0.6, "test": 0.4})


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built") / "dataset"
    build_dataset(DrawnPeople(5, 3, (180, 240)), root, RECIPE, options=Options(workers=1))
    return root


@pytest.fixture
def dataset(built, tmp_path):
    return shutil.copytree(built, tmp_path / "dataset")


def photo_of(root, split):
    return read_json_lines(root / f"provenance/{split}.jsonl")[0]["photo"]


def test_a_built_dataset_becomes_a_release_that_is_marked_and_sound(dataset, tmp_path, capfd):
    out = tmp_path / "release"
    release(dataset, out)
    assert capfd.readouterr().out.strip() == str(out)
    assert verify_dataset(out) == []
    pictures = sorted(out.rglob("*.jpg"))
    assert len(pictures) == 5
    assert {read_mark(path.read_bytes()) for path in pictures} == {"algorithmicMedia"}
    release(dataset, out)
    assert "up to date" in capfd.readouterr().err


def test_a_withdrawn_photograph_leaves_dataset_and_release_and_names_scores(
    dataset, tmp_path, capfd
):
    out, scores = tmp_path / "release", tmp_path / "scores"
    truth = sha256_of_file(dataset / "annotations/train.json")
    write_json(scores / "mine.json", {"hashes": {"truth": truth}, "scores": []})
    photo = photo_of(dataset, "train")
    release(dataset, out, day="2026-05-17")
    release(dataset, withdraw=[photo["name"]], dry_run=True)
    assert "would go" in capfd.readouterr().out
    release(dataset, out, withdraw=[photo["name"]], scores=[scores], day="2026-05-18")
    shown = capfd.readouterr().out
    assert "gone with" in shown
    assert "mine.json: scored on train as it was before; no longer comparable" in shown
    for root in (dataset, out):
        assert verify_dataset(root) == []
        for path in root.rglob("*"):
            if path.is_file() and path.name != "tombstones.jsonl":
                assert photo["sha256"].encode() not in path.read_bytes()
                assert photo["name"].encode() not in path.read_bytes()
        assert read_json_lines(root / "tombstones.jsonl")[0]["date"] == "2026-05-18"
    assert read_json(out / "release.json")["about"]["version"] == "1.1.0"
    release(dataset, out, withdraw=[photo["name"]])
    assert "withdrawn on 2026-05-18" in capfd.readouterr().out
    assert read_json(out / "release.json")["about"]["version"] == "1.1.0"


def test_a_finished_build_does_not_bring_the_photograph_back(dataset):
    photo = photo_of(dataset, "train")
    release(dataset, withdraw=[photo["name"]])
    before = sha256_of_file(dataset / "manifest.json")
    build_dataset(DrawnPeople(5, 3, (180, 240)), dataset, RECIPE, options=Options(workers=1))
    assert sha256_of_file(dataset / "manifest.json") == before


def test_a_release_made_again_keeps_its_split_hidden_until_told_otherwise(dataset, tmp_path, capfd):
    out = tmp_path / "release"
    release(dataset, out, hidden=["test"], purpose="evaluation", as_json=True)
    done = json.loads(capfd.readouterr().out)["release"]
    assert done["hidden"] == ["test"]
    assert "can be guessed" in done["cautions"][0]
    release(dataset, out, withdraw=[photo_of(dataset, "test")["name"]])
    assert not (out / "annotations/test.json").exists()
    assert read_json(out / "release.json")["purpose"] == "evaluation"
    release(dataset, out, hidden=["none"])
    assert (out / "annotations/test.json").exists()


def test_a_release_that_was_interrupted_at_its_end_does_not_open_the_hidden_split(
    dataset, tmp_path, monkeypatch
):
    out, replace = tmp_path / "release", Path.replace

    def stop(path, target):
        if target == out / "annotations":
            raise KeyboardInterrupt
        return replace(path, target)

    release(dataset, out, hidden=["test"])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            release(dataset, out, purpose="evaluation")
    release(dataset, out)
    assert not (out / "annotations/test.json").exists()
    assert read_json(out / "release.json")["hidden"] == ["test"]


def test_json_says_what_was_withdrawn(dataset, capfd):
    photo = photo_of(dataset, "test")
    release(dataset, withdraw=[photo["name"]], as_json=True)
    (row,) = json.loads(capfd.readouterr().out)["withdrawn"]
    assert row["photograph"] == photo["sha256"]
    assert list(row["images"]) == ["test"]
    assert row["already"] is False


def test_the_publishers_words_stand_in_the_files(dataset, tmp_path):
    about = tmp_path / "about.yaml"
    about.write_text("name: Small faces\ncontact: me@example.org\nlicence: CC0-1.0\n")
    release(dataset, tmp_path / "release", about=about)
    assert "# Small faces" in (tmp_path / "release/README.md").read_text()
    assert "me@example.org" in (tmp_path / "release/croissant.json").read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmae: Small faces", "nmae"),
        ("version: 1.0", "version"),
        ("pristine: painted", "pristine"),
        ("- a list", "the file"),
        ("a: [", "not YAML"),
    ],
)
def test_a_wrong_about_file_is_one_sentence(tmp_path, text, message):
    from manyfaces.annotations.release.about import read_about

    path = tmp_path / "about.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_about(path)


def test_every_method_of_the_package_has_its_digital_source_type():
    assert set(GENERATORS) <= set(METHODS)


def test_wrong_use_is_refused(tmp_path):
    with pytest.raises(UsageError, match="nothing to do"):
        release(tmp_path)
    with pytest.raises(UsageError, match="--dry-run"):
        release(tmp_path, tmp_path / "out", dry_run=True)
    with pytest.raises(UsageError, match="no day"):
        release(tmp_path, tmp_path / "out", day="yesterday")
    with pytest.raises(UsageError, match="no such folder"):
        release(tmp_path / "none", tmp_path / "out")
