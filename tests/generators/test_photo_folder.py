import pickle

import numpy as np
import pytest
from manyfaces.core.errors import DataError, MissingDependencyError, UsageError
from manyfaces.generators.analysis.models import FOLDER_VARIABLE
from manyfaces.generators.photo_folder import PhotoFolder, face_analyser
from PIL import Image


class NoFaces:
    def __init__(self):
        self.shapes = []

    def analyse(self, image):
        self.shapes.append(image.shape)
        return ()


def picture(path, size=(40, 30), colour=(200, 10, 10), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)
    return path


def names(folder):
    return [photo.name for photo in PhotoFolder(folder).photos()]


def test_pictures_are_found_at_any_depth_and_sorted(tmp_path):
    for name in ("b.jpg", "a/z.png", "a/B.JPG", "notes.txt", ".hidden/c.jpg", "a/._z.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["a/B.JPG", "a/z.png", "b.jpg"]


def test_a_folder_without_photographs_says_so(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(UsageError, match=r"holds no photographs.*\.jpg"):
        PhotoFolder(tmp_path).photos()


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        PhotoFolder(tmp_path / "none")


def test_the_manifest_gives_licence_origin_and_group(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        picture(tmp_path / name)
    (tmp_path / "manifest.csv").write_text(
        "\ufefffile,source_repo,Licence,event_group\n"
        'a.png,some/repo,"CC0-1.0, or so",party\nb.png,some/repo,MIT,\n',
        encoding="utf-8",
    )
    a, b, c = PhotoFolder(tmp_path).photos()
    assert (a.licence, a.origin, a.group) == ("CC0-1.0, or so", "some/repo", "party")
    assert (b.licence, b.origin, b.group) == ("MIT", "some/repo", "some/repo")
    assert (c.licence, c.origin, c.group) == ("unknown", "", "")


def listing(folder, *rows):
    (folder / "manifest.csv").write_text("\n".join(("file,licence", *rows, "")))
    return PhotoFolder(folder, NoFaces)


def test_a_listed_file_that_is_missing_says_so_and_has_no_hash(tmp_path):
    picture(tmp_path / "a.png")
    folder = listing(tmp_path, "lost.png,MIT", "a.png/within.png,MIT")
    here, within, lost = folder.photos()
    assert (here.name, here.unread) == ("a.png", "")
    assert (within.sha256, within.unread) == ("", "listed but not in the folder")
    assert (lost.sha256, lost.unread) == ("", "listed but not in the folder")
    with pytest.raises(DataError, match=r"lost\.png"):
        folder.open(lost, 100)


@pytest.mark.parametrize("file", ["../b.png", "/b.png", "a/../../b.png", ".."])
def test_a_list_that_leaves_its_folder_is_refused(tmp_path, file):
    picture(tmp_path / "b.png")
    picture(tmp_path / "photos" / "a.png")
    with pytest.raises(DataError, match=r"outside its folder in .*manifest\.csv"):
        listing(tmp_path / "photos", f"{file},MIT").photos()


def test_two_rows_of_one_file_must_say_the_same(tmp_path):
    picture(tmp_path / "a.png")
    assert [photo.licence for photo in listing(tmp_path, "a.png,MIT", "./a.png,MIT").photos()] == [
        "MIT"
    ]
    with pytest.raises(DataError, match=r"a\.png \(got licence 'MIT' and 'CC0'"):
        listing(tmp_path, "a.png,MIT", "b/../a.png,CC0").photos()


@pytest.mark.parametrize("data", [b"name,licence\na.png,MIT\n", b"\xff\xfe\x00", b'file\n"a'])
def test_a_broken_manifest_is_named(tmp_path, data):
    picture(tmp_path / "a.png")
    (tmp_path / "manifest.csv").write_bytes(data)
    with pytest.raises(DataError, match=r"manifest\.csv"):
        PhotoFolder(tmp_path).photos()


def test_pictures_are_turned_upright_then_shrunk_then_analysed(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    picture(tmp_path / "a.jpg", size=(400, 200), exif=exif)
    analyser = NoFaces()
    folder = PhotoFolder(tmp_path, lambda: analyser)
    scene = folder.open(folder.photos()[0], 100)
    assert scene.image.shape == (100, 50, 3)
    assert analyser.shapes == [(100, 50, 3)]


def test_a_small_picture_is_not_enlarged(tmp_path):
    picture(tmp_path / "a.png", size=(40, 30))
    folder = PhotoFolder(tmp_path, NoFaces)
    assert folder.open(folder.photos()[0], 1000).image.shape == (30, 40, 3)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut"])
def test_an_unreadable_picture_names_its_file(tmp_path, data):
    (tmp_path / "bad.jpg").write_bytes(data)
    folder = PhotoFolder(tmp_path, NoFaces)
    with pytest.raises(DataError, match=r"bad\.jpg"):
        folder.open(folder.photos()[0], 100)


def test_the_identity_follows_content_and_licences_and_not_the_place(tmp_path):
    def identity(name, colour, licence):
        root = tmp_path / name
        picture(root / "a.png", colour=colour)
        (root / "manifest.csv").write_text(f"file,licence\na.png,{licence}\n")
        return PhotoFolder(root).identity

    first = identity("one", (1, 2, 3), "MIT")
    assert identity("two", (1, 2, 3), "MIT") == first
    assert identity("three", (1, 2, 4), "MIT") != first
    assert identity("four", (1, 2, 3), "CC0") != first


def test_each_process_makes_its_own_analyser(tmp_path):
    picture(tmp_path / "a.png")
    folder = PhotoFolder(tmp_path, NoFaces)
    photo = folder.photos()[0]
    folder.open(photo, 100)
    copy = pickle.loads(pickle.dumps(folder))
    assert copy._analyser is None
    assert np.array_equal(copy.open(photo, 100).image, folder.open(photo, 100).image)


def test_a_wrong_model_file_stops_the_build_instead_of_every_picture(tmp_path, monkeypatch):
    (tmp_path / "face_detection_yunet_2023mar.onnx").write_bytes(b"something else")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(MissingDependencyError, match="model file"):
        face_analyser()
