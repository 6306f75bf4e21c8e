import csv
import hashlib
import json

import pytest
from manyfaces.annotations.release import make
from manyfaces.annotations.release.make import guessable, release_dataset
from manyfaces.annotations.release.marks import read_mark
from manyfaces.annotations.verify import verify_dataset
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import read_json, read_json_lines, write_bytes, write_json
from manyfaces.core.images import read_image


def pictures(root):
    return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*.jpg"))}


def snapshot(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def rows_of(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_public_copies_carry_their_source_type_and_the_same_pixels(release, dataset):
    folder = release()
    terms = {number: read_mark(path.read_bytes()) for number, path in enumerate(
        sorted(folder.rglob("*.jpg"), key=lambda path: path.name), 1)}  # fmt: skip
    assert terms == {
        1: "digitalCapture", 2: "digitalCapture", 3: "compositeCapture",
        4: "algorithmicallyEnhanced", 5: "compositeCapture", 6: "composite",
    }  # fmt: skip
    for name, path in pictures(folder).items():
        assert (read_image(path) == read_image(dataset / name)).all()
        added = path.stat().st_size - (dataset / name).stat().st_size
        assert added == 4096 + 33  # the same for all: a file's size says nothing


def test_evaluation_copies_are_the_datasets_own_bytes(release, dataset):
    folder = release(purpose="evaluation")
    assert pictures(folder).keys() == pictures(dataset).keys()
    for name, path in pictures(folder).items():
        assert path.read_bytes() == (dataset / name).read_bytes()
    assert (folder / "manifest.json").read_bytes() == (dataset / "manifest.json").read_bytes()


def test_a_release_is_a_sound_dataset_with_right_checksums(release):
    folder = release()
    assert verify_dataset(folder) == []
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    files = snapshot(folder)
    del files["SHA256SUMS"]
    assert {name: digest for digest, name in lines} == files


def test_the_same_dataset_gives_the_same_bytes_and_is_not_written_twice(
    release, dataset, terms, tmp_path
):
    first, second = release("first"), release("second")
    assert snapshot(first) == snapshot(second)
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert not release_dataset(dataset, first, terms())
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == before


def test_credits_name_each_photograph_with_licence_and_every_image_of_it(release):
    rows = rows_of(release() / "CREDITS.csv")
    found = {row["photograph"]: row for row in rows}
    assert len(found) == len(rows) == 6
    anna = found["anna.jpg"]
    assert anna["licence"] == "CC-BY-4.0"
    assert anna["origin"] == "https://example.org/a"
    assert anna["images"] == "images/train/000001.jpg"
    assert anna["faces_in"] == "images/train/000003.jpg"
    assert found["cleo.jpg"]["faces_in"] == "images/train/000006.jpg"
    assert found["dora.jpg"]["licence"] == "unknown"


def test_each_image_states_the_licences_and_photographs_that_it_shows(release):
    rows = {
        row["image_id"]: row for row in read_json_lines(release() / "images/train/metadata.jsonl")
    }
    assert rows[3]["licence"] == "CC0-1.0; CC-BY-4.0"
    assert rows[3]["credit"] == (
        "bert.jpg, https://example.org/b; anna.jpg, https://example.org/a (faces altered)"
    )
    assert "altered" not in rows[1]["credit"]


def test_card_and_datasheet_tell_the_facts_and_what_is_open(release):
    folder = release(name="Small faces", contact="privacy@example.org")
    card, sheet = ((folder / name).read_text() for name in ("README.md", "DATASHEET.md"))
    for text in (card, sheet):
        assert "| train | 4 " in text
        assert "CC-BY-ND-2.0" in text
    assert "a forged image is one: 1 of the photographs" in card
    assert "| composite |" in card
    assert "privacy@example.org" in sheet
    assert "For the publisher to answer" in sheet
    assert "generative network" not in card  # a method from elsewhere may be one


def test_a_hidden_split_has_pictures_and_manifest_and_nothing_that_tells(release, dataset, texts):
    folder = release(hidden=["test"])
    hidden = folder / "hidden/test"
    for number in (2, 5):
        name = f"images/test/{number:06d}.jpg"
        assert (hidden / name).read_bytes() == (dataset / name).read_bytes()
    assert [row["id"] for row in read_json(hidden / "manifest.json")["images"]] == [2, 5]
    assert sorted(path.name for path in hidden.iterdir()) == [
        "CREDITS.csv", "images", "manifest.json",
    ]  # fmt: skip
    assert verify_dataset(folder) == []
    for path, text in texts(folder).items():
        if path != hidden / "CREDITS.csv":
            assert "emil" not in text, path
            assert "fred" not in text, path
    for split in ("annotations", "provenance", "parquet", "images"):
        assert not list((folder / split).glob("*test*"))


def test_credits_of_a_hidden_split_do_not_lead_from_an_image_to_its_original(release):
    rows = rows_of(release(hidden=["test"]) / "hidden/test/CREDITS.csv")
    assert [row["photograph"] for row in rows] == ["emil.jpg", "fred.jpg"]
    assert set(rows[0]) == {"photograph", "licence", "origin", "split"}


def test_the_seed_which_makes_hidden_labels_again_is_not_released(release, dataset):
    assert (release("open") / "recipe.yaml").is_file()
    folder = release("hidden", hidden=["test"])
    assert not (folder / "recipe.yaml").exists()
    assert not (folder / "report.json").exists()
    lines = read_json_lines(folder / "provenance/train.jsonl")
    assert lines
    assert all(line["seed"] is None for line in lines)
    assert "can be guessed" in guessable(dataset, ["test"])[0]
    (dataset / "recipe.yaml").write_text(f"seed: {10**17}\n")
    assert guessable(dataset, ["test"]) == guessable(dataset, []) == []


def test_a_release_made_again_keeps_nothing_of_the_old_one(release, dataset, terms):
    folder = release()
    release_dataset(dataset, folder, terms(hidden=["test"]))
    assert not (folder / "images/test").exists()
    assert not (folder / "recipe.yaml").exists()
    assert not (folder / ".release").exists()
    assert snapshot(folder) == snapshot(release("fresh", hidden=["test"]))


def test_an_interrupted_release_is_made_whole_by_the_next(release, dataset, terms, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    folder = release()
    with monkeypatch.context() as patch:
        patch.setattr(make, "_publish", stop)
        with pytest.raises(KeyboardInterrupt):
            release_dataset(dataset, folder, terms(hidden=["test"]))
    release_dataset(dataset, folder, terms(hidden=["test"]))
    assert snapshot(folder) == snapshot(release("fresh", hidden=["test"]))


def test_an_altered_picture_is_not_released(release, dataset):
    write_bytes(dataset / "images/train/000003.jpg", b"\xff\xd8other")
    with pytest.raises(DataError, match=r"000003\.jpg.*manyfaces verify"):
        release()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda root: (root / "provenance/train.jsonl").unlink(), "where its pictures come from"),
        (lambda root: (root / "manifest.json").unlink(), "where its pictures come from"),
        (lambda root: (root / "report.json").rename(root / ".build"), "not finished"),
        (lambda root: write_json(root / "release.json", {}), "is a release itself"),
    ],
)
def test_what_is_no_finished_dataset_is_refused(release, dataset, damage, message):
    if message == "not finished":
        (dataset / "report.json").unlink()
        (dataset / ".build").mkdir()
    else:
        damage(dataset)
    with pytest.raises(UsageError, match=message):
        release()


def test_other_folders_are_left_alone(dataset, terms, tmp_path):
    other = tmp_path / "other"
    write_bytes(other / "thesis.tex", b"years of work")
    for out in (other, dataset, dataset / "inner", tmp_path):
        before = snapshot(tmp_path)
        with pytest.raises(UsageError):
            release_dataset(dataset, out, terms())
        assert snapshot(tmp_path) == before


def test_wrong_hidden_splits_are_refused(release):
    with pytest.raises(UsageError, match="no split 'challenge'"):
        release(hidden=["challenge"])
    with pytest.raises(UsageError, match="every split is hidden"):
        release(hidden=["train", "val", "test"])


def test_the_record_has_no_photograph_and_reads_again(release, terms, day):
    from manyfaces.annotations.release.record import read_record

    folder = release(name="Small faces", collected=("2020-01-01", "2021-02-03"))
    assert read_record(folder).terms == terms(
        name="Small faces", collected=("2020-01-01", "2021-02-03")
    )
    assert "anna" not in json.dumps(read_json(folder / "release.json"))
    write_json(folder / "release.json", {"about": {}})
    with pytest.raises(DataError, match="record of the release"):
        read_record(folder)
