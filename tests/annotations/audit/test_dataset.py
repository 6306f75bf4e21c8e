"""Every audit finds a leak that is planted in its channel, and none where there is none."""

import json

import pytest
from manyfaces.annotations.audit import AUDITS, Settings, audit_dataset, to_markdown
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import write_bytes, write_json_lines, write_text
from manyfaces.core.tables import table


def some(*names):
    return table([AUDITS[name] for name in names])


@pytest.mark.parametrize("name", AUDITS)
def test_a_leak_in_its_channel_is_found(dataset, name):
    report = audit_dataset(dataset(name), audits=some(name))
    (finding,) = report.findings
    assert finding.decisive.auc > 0.8
    assert finding.verdict == "leak"
    assert "AUC" in finding.because
    assert not report.clean


@pytest.fixture(scope="module")
def sound(drawn):
    return drawn(images=400)


def test_a_dataset_without_leaks_is_clean(sound):
    report = audit_dataset(sound)
    assert {row.audit: row.decisive.auc for row in report.findings if row.decisive.auc >= 0.6} == {}
    assert [finding.audit for finding in report.findings] == list(AUDITS)
    assert report.clean
    assert (report.images, report.faces, report.forged) == (400, 800, 200)
    assert "no channel beside the face is known to tell a forgery" in to_markdown(report)


def test_the_same_seed_gives_the_same_report(dataset):
    sound = dataset()
    names = some("file-size", "position")
    first, again = (audit_dataset(sound, audits=names).to_json() for _ in range(2))
    assert first == again
    other = audit_dataset(sound, Settings(seed=1), audits=names).to_json()
    assert other["findings"] != first["findings"]


def test_the_page_has_every_channel_and_the_mend_of_leaks(dataset):
    report = audit_dataset(dataset("metadata"), audits=some("metadata", "face-count"))
    page = to_markdown(report)
    assert "by metadata." in page
    assert f"**metadata** (leak): {report.findings[0].because}" in page
    assert "Strip the metadata" in page
    assert "| face-count | image |" in page


def test_the_marks_of_published_copies_are_a_leak_although_they_have_one_length(dataset):
    report = audit_dataset(dataset("source-type"), audits=some("metadata", "file-size"))
    found = {finding.audit: finding for finding in report.findings}
    assert found["metadata"].verdict == "leak"
    assert "states that it is" in found["metadata"].because
    assert found["file-size"].verdict == "ok"


def test_few_forgeries_leave_it_open(dataset):
    report = audit_dataset(dataset("file-size", images=30), audits=some("file-size"))
    assert report.findings[0].verdict == "unsure"
    assert report.clean
    assert "too few to be sure" in to_markdown(report)


def test_images_that_are_all_forged_leave_images_open(dataset, annotate):
    def only_forged(data):
        forged = {row["image_id"] for row in data["annotations"] if row["category_id"]}
        data["images"] = [row for row in data["images"] if row["id"] in forged]
        data["annotations"] = [row for row in data["annotations"] if row["image_id"] in forged]

    root = dataset()
    annotate(root, "train", only_forged)
    report = audit_dataset(root, audits=some("file-size", "order"))
    assert report.findings[0].everything.auc is None
    assert [row.verdict for row in report.findings] == ["unsure", "ok"]
    assert report.findings[0].everything.n == 40


def test_small_real_faces_do_not_count_where_the_recipe_keeps_them_real(dataset, annotate):
    root = dataset("face-size")
    write_text(root / "recipe.yaml", "min_face: 21\n")

    def enlarge(data):
        # Forged faces are small by the plant; the other way round is what builders do.
        for row in data["annotations"]:
            row["category_id"] = 1 - row["category_id"]

    annotate(root, "train", enlarge)
    report = audit_dataset(root, audits=some("face-size"))
    (finding,) = report.findings
    assert report.min_face == 21
    assert finding.everything.n > finding.forgeable.n
    # No real face of that size is left to compare with: then size does tell.
    assert finding.judged == "everything"
    assert finding.verdict == "leak"


def test_faces_that_the_builder_could_not_forge_are_not_compared(dataset):
    root = dataset()
    path = root / "provenance" / "train.jsonl"
    data = json.loads((root / "annotations" / "train.json").read_text())
    real = [row for row in data["annotations"] if not row["category_id"]]
    refused = {row["id"] for row in real[: len(real) // 2]}
    lines = [
        {"annotation_id": row["id"], "image_id": row["image_id"],
         "photo": {"name": str(row["image_id"])},
         "refusal": "turned too far" if row["id"] in refused else None}
        for row in data["annotations"]
    ]  # fmt: skip
    before = audit_dataset(root, audits=some("mask-shape")).findings[0]
    write_json_lines(path, lines)
    after = audit_dataset(root, audits=some("mask-shape")).findings[0]
    assert after.everything.n == before.everything.n
    assert after.forgeable.n == before.forgeable.n - len(refused)


def test_forgeable_only_judges_images_by_those_with_a_large_face(dataset):
    root = dataset()
    names = some("file-size")
    assert audit_dataset(root, audits=names).findings[0].judged == "everything"
    narrow = audit_dataset(root, Settings(forgeable_only=True), audits=names)
    assert narrow.findings[0].judged == "forgeable"


def test_no_forgery_at_all_is_an_error(dataset, annotate):
    def all_real(data):
        for row in data["annotations"]:
            row["category_id"] = 0

    root = dataset(images=4)
    annotate(root, "train", all_real)
    with pytest.raises(DataError, match=r"no forged face .* \(got 8 faces, 0 of them forged"):
        audit_dataset(root)


def test_a_damaged_row_is_an_error(dataset, annotate):
    root = dataset(images=4)
    annotate(root, "train", lambda data: data["annotations"][0].update(bbox="none"))
    with pytest.raises(DataError, match="Run manyfaces verify"):
        audit_dataset(root)


def test_a_missing_picture_is_an_error(dataset):
    root = dataset(images=4)
    next(root.glob("images/train/*.jpg")).unlink()
    with pytest.raises(DataError, match=r"\.jpg"):
        audit_dataset(root)


def test_a_damaged_picture_is_an_error(dataset):
    root = dataset(images=4)
    write_bytes(next(root.glob("images/train/*.jpg")), b"no picture")
    with pytest.raises(DataError, match="not a picture"):
        audit_dataset(root)


def test_a_picture_of_another_size_is_an_error(dataset, annotate):
    root = dataset(images=4)

    def shrink(data):
        data["images"][0]["height"] = 50
        data["annotations"] = [
            row for row in data["annotations"] if row["image_id"] != data["images"][0]["id"]
        ]

    annotate(root, "train", shrink)
    with pytest.raises(DataError, match="annotated size"):
        audit_dataset(root)


def test_a_damaged_recipe_is_an_error(dataset):
    root = dataset(images=4)
    write_text(root / "recipe.yaml", "a: [")
    with pytest.raises(DataError, match="not YAML"):
        audit_dataset(root)


def test_wrong_use_is_told(dataset, tmp_path):
    with pytest.raises(UsageError, match="no split"):
        audit_dataset(dataset(images=4), Settings(split="none"))
    with pytest.raises(UsageError, match="not a dataset"):
        audit_dataset(tmp_path)
    with pytest.raises(UsageError, match="needs folds"):
        Settings(folds=1)
