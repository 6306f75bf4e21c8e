import pytest
from manyfaces.annotations.coco import AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.dataset import (
    annotation_file,
    annotation_files,
    image_path,
    open_split,
    require_images,
    splits,
)
from manyfaces.annotations.openforensics import resolve_image
from manyfaces.core.errors import DataError, UsageError


@pytest.fixture
def ours(tmp_path):
    for split in ("test", "train"):
        write_coco(tmp_path / "annotations" / f"{split}.json", AnnotationSet((), {"of": split}))
    return tmp_path


def test_the_splits_of_our_folder(ours):
    assert splits(ours) == ["test", "train"]
    assert annotation_file(ours, "train") == ours / "annotations" / "train.json"
    assert open_split(ours, "train").info == {"of": "train"}


def test_the_splits_of_a_released_openforensics_folder(tmp_path):
    for name in ("Test-Dev_poly.json", "Train_poly.json", "other.json"):
        write_coco(tmp_path / name, AnnotationSet(()))
    assert splits(tmp_path) == ["Train", "Test-Dev"]
    assert annotation_files(tmp_path)["Test-Dev"].name == "Test-Dev_poly.json"


def test_another_folder_and_an_unknown_split_are_refused(ours, tmp_path_factory):
    with pytest.raises(UsageError, match="not a dataset"):
        splits(tmp_path_factory.mktemp("empty"))
    with pytest.raises(UsageError, match="test or train"):
        open_split(ours, "val")


def test_an_empty_split_is_refused_where_images_are_needed(ours):
    with pytest.raises(DataError, match="no images"):
        require_images(open_split(ours, "train"), "train")


@pytest.mark.parametrize("place", ["Images/Val/ab.jpg", "Val/ab.jpg", "ab.jpg"])
def test_a_picture_is_found_with_and_without_its_prefix(tmp_path, place):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    assert resolve_image(tmp_path, "Images/Val/ab.jpg") == path
    assert image_path(tmp_path, ImageEntry(0, "Images/Val/ab.jpg", 1, 1)) == path


def test_no_name_leads_out_of_the_folder(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"x")
    root = tmp_path / "data"
    root.mkdir()
    for name in ("../secret.jpg", str(tmp_path / "secret.jpg"), "a" * 5000, "no.jpg", ".", ""):
        with pytest.raises(DataError, match="missing"):
            resolve_image(root, name)


def test_pictures_may_lie_behind_a_link_of_their_owner(tmp_path):
    (tmp_path / "disk" / "Val").mkdir(parents=True)
    (tmp_path / "disk" / "Val" / "ab.jpg").write_bytes(b"x")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Val").symlink_to(tmp_path / "disk" / "Val")
    found = resolve_image(tmp_path / "data", "Images/Val/ab.jpg")
    assert found == tmp_path / "data" / "Val" / "ab.jpg"
