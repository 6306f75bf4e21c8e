"""Datasets put together, as a builder would: two builds of drawn people into one."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from manyfaces.annotations.bulk import read_truth_columns
from manyfaces.annotations.combine import combine
from manyfaces.annotations.dataset import open_split, splits
from manyfaces.annotations.parts import RECORD
from manyfaces.annotations.verify import verify_dataset
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import read_json, read_json_lines, write_json_lines
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import Recipe


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    root = tmp_path_factory.mktemp("parts")
    for seed in (1, 2):
        recipe = Recipe(seed=seed, methods={"self-blend": 1.0}, splits={"train": 0.6, "test": 0.4})
        source = DrawnPeople(4, seed, size=(120, 160))
        build_dataset(source, root / f"part{seed}", recipe, options=Options(workers=1))
    return [root / "part1", root / "part2"]


@pytest.fixture(scope="module")
def combined(parts, tmp_path_factory):
    out = tmp_path_factory.mktemp("combined") / "all"
    combine(parts, out)
    return out


def faces_of(root):
    return Counter(
        (split, image.size, int(label), mask["counts"])
        for split in splits(root)
        for image in open_split(root, split).images
        for label, mask in zip(image.instances.labels, image.instances.masks, strict=True)
    )


def test_every_face_is_there_once_in_its_split(parts, combined):
    assert faces_of(combined) == faces_of(parts[0]) + faces_of(parts[1])


def test_the_whole_is_a_sound_dataset(combined):
    assert verify_dataset(combined) == []


def test_pictures_are_the_same_bytes(parts, combined):
    manifests = [read_json(root / "manifest.json")["images"] for root in (*parts, combined)]
    first, second, whole = ([row["sha256"] for row in rows] for rows in manifests)
    assert sorted(whole) == sorted(first + second)
    assert [row["id"] for row in manifests[2]] == list(range(1, len(whole) + 1))


def test_provenance_follows_its_faces(parts, combined):
    def origins(root):
        return Counter(
            (split, line["photo"]["sha256"], line["face"], line["method"])
            for split in splits(root)
            for line in read_json_lines(root / "provenance" / f"{split}.jsonl")
        )

    assert origins(combined) == origins(parts[0]) + origins(parts[1])


def test_the_record_names_what_was_put_together(parts, combined):
    record = read_json(combined / RECORD)
    assert [row["name"] for row in record["datasets"]] == ["part1", "part2"]


def test_the_order_of_the_datasets_changes_no_picture(parts, combined, tmp_path):
    combine(parts[::-1], tmp_path / "again")
    for name in ("manifest.json", "annotations/train.json", "provenance/test.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (combined / name).read_bytes()


def test_pictures_of_photographs_of_their_own_name_none(combined):
    images = [image for split in splits(combined) for image in open_split(combined, split).images]
    assert not any("source" in image.entry.extra for image in images)


def test_pictures_of_one_photograph_name_it_so_that_intervals_draw_photographs(parts, tmp_path):
    recipe = Recipe(
        seed=9, split_seed=1, methods={"self-blend": 1.0}, splits={"train": 0.6, "test": 0.4}
    )
    source = DrawnPeople(4, 1, size=(120, 160))
    build_dataset(source, tmp_path / "again", recipe, options=Options(workers=1))
    combine([parts[0], tmp_path / "again"], tmp_path / "all")
    for split in splits(tmp_path / "all"):
        lines = read_json_lines(tmp_path / "all" / "provenance" / f"{split}.jsonl")
        photos = {line["image_id"]: line["photo"]["sha256"] for line in lines}
        images = open_split(tmp_path / "all", split).images
        assert all(image.entry.extra["source"] == photos[image.id] for image in images)
        columns = read_truth_columns(tmp_path / "all" / "annotations" / f"{split}.json")
        assert len(columns.ids) == 2 * len(set(columns.photograph.tolist()))
    assert verify_dataset(tmp_path / "all") == []


def test_a_photograph_in_two_splits_is_refused(parts, other, tmp_path):
    train = read_json_lines(parts[0] / "provenance" / "train.jsonl")
    test = read_json_lines(other / "provenance" / "test.jsonl")
    write_json_lines(
        other / "provenance" / "test.jsonl", [{**test[0], "photo": train[0]["photo"]}, *test[1:]]
    )
    with pytest.raises(DataError, match="split_seed"):
        combine([parts[0], other], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def other(parts, tmp_path):
    return Path(shutil.copytree(parts[1], tmp_path / "other"))


@pytest.mark.parametrize(
    ("mark", "kind"), [("release.json", "a release"), ("perturbation", "a perturbed copy")]
)
def test_a_perturbed_or_released_copy_is_refused(parts, other, tmp_path, mark, kind):
    (other / mark).mkdir()
    with pytest.raises(UsageError, match=f"{kind} is no part to combine in .*other"):
        combine([parts[0], other], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dataset_is_refused_where_it_is_there_already(parts, combined, other, tmp_path):
    here = parts[0] / ".." / "part2"
    for twice in ([*parts, parts[1]], [*parts, here], [parts[1], other], [combined, parts[0]]):
        with pytest.raises(UsageError, match="put in twice"):
            combine(twice, tmp_path / "out")
    source = DrawnPeople(3, 8, size=(120, 160))
    recipe = Recipe(seed=8, methods={"self-blend": 1.0}, splits={"train": 0.6, "test": 0.4})
    build_dataset(source, tmp_path / "third", recipe, options=Options(workers=1))
    combine([combined, tmp_path / "third"], tmp_path / "three")
    with pytest.raises(UsageError, match="put in twice"):
        combine([tmp_path / "three", parts[1]], tmp_path / "out")


def test_pristine_pictures_that_two_builds_share_are_kept(parts, tmp_path):
    recipe = Recipe(
        seed=4, split_seed=1, methods={"self-blend": 1.0}, splits={"train": 0.6, "test": 0.4},
        pristine=1.0,
    )  # fmt: skip
    source = DrawnPeople(4, 1, size=(120, 160))
    build_dataset(source, tmp_path / "originals", recipe, options=Options(workers=1))
    counts = combine([parts[0], tmp_path / "originals"], tmp_path / "all")
    hashes = Counter(
        row["sha256"] for row in read_json(tmp_path / "all" / "manifest.json")["images"]
    )
    assert sum(counts.values()) == 8
    assert max(hashes.values()) == 2
    assert verify_dataset(tmp_path / "all") == []


def test_splits_that_differ_in_case_alone_are_refused(parts, other, tmp_path):
    (other / "annotations" / "test.json").rename(other / "annotations" / "Test.json")
    with pytest.raises(UsageError, match=r"'test' in .*part1, 'Test' in .*other.*`splits`"):
        combine([parts[0], other], tmp_path / "out")


def test_one_dataset_or_a_full_folder_is_refused(parts, combined, tmp_path):
    with pytest.raises(UsageError, match="two"):
        combine(parts[:1], tmp_path / "out")
    with pytest.raises(UsageError, match="holds something"):
        combine(parts, combined)
