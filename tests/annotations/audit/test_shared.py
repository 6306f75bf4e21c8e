"""What two splits share is told as verify tells it."""

import pytest
from manyfaces.annotations.audit import audit_dataset, to_markdown
from manyfaces.annotations.audit.evidence import read_evidence
from manyfaces.annotations.audit.shared import shared_between_splits
from manyfaces.core.errors import DataError
from manyfaces.core.files import write_bytes
from manyfaces.core.progress import silent
from manyfaces.core.tables import table


def codes(root):
    return [p.code for p in shared_between_splits(read_evidence(root, "all", silent))]


def test_nothing_is_shared(dataset):
    assert codes(dataset(images=6, splits=("train", "test"))) == []


def test_a_donor_on_both_sides_is_found_by_its_name(dataset, trace):
    root = dataset(images=6, splits=("train", "test"))
    for split in ("train", "test"):
        trace(root, split, lambda row: {"name": f"p{row['image_id']}"}, lambda _: {"name": "d"})
    assert codes(root) == ["split-shares-donor"]


def test_the_same_picture_in_two_splits_is_found(dataset):
    root = dataset(images=6, splits=("train", "test"))
    (first, *_), (second, *_) = (sorted(root.glob(f"images/{s}/*.jpg")) for s in ("train", "test"))
    write_bytes(second, first.read_bytes())
    report = audit_dataset(root, audits=table([]))
    assert [problem.code for problem in report.shared] == ["split-near-duplicate"]
    assert not report.clean
    assert "looks like" in to_markdown(report)


def test_photographs_of_one_group_are_kept_together(dataset, trace):
    root = dataset(images=6)
    photo = {"name": "a", "group": "party", "sha256": "1"}
    trace(root, "train", lambda row: {"name": str(row["image_id"])} | photo, lambda _: None)
    assert len({image.group for image in read_evidence(root, "train", silent).images}) == 1


def test_provenance_that_should_be_there_is_asked_for(dataset, trace):
    root = dataset(images=6, splits=("train", "test"))
    trace(root, "train", lambda row: {"name": str(row["image_id"])}, lambda _: None)
    assert len(read_evidence(root, "train", silent).lines["train"]) == 12
    with pytest.raises(DataError, match=r"provenance/test\.jsonl .*manyfaces verify"):
        read_evidence(root, "all", silent)
