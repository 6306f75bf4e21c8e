"""What single layouts say beyond boxes: flags, licences, damage."""

import json

import pytest
from manyfaces.core.errors import DataError, MissingDependencyError, UsageError
from manyfaces.core.images import SUFFIXES
from manyfaces.generators.faces import KnownFace
from manyfaces.generators.photo_sources import huggingface
from manyfaces.generators.photo_sources.table import SOURCES
from PIL import Image


def photos(layouts, name):
    return SOURCES[name].open(layouts[name].place).photos()


def edit(path, old, new, count=1):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


# WIDER FACE


def wider(tmp_path, text):
    (tmp_path / "wider_face_split").mkdir()
    (tmp_path / "wider_face_split/wider_face_train_bbx_gt.txt").write_text(text)
    return SOURCES["wider-face"].open(tmp_path).photos()


def test_wider_faces_flags_are_kept(tmp_path):
    clear, blurred, covered, invalid, flat, none = wider(
        tmp_path,
        "0--A/0_A_a_1.jpg\n1\n1 2 30 40 1 0 0 0 1 0\n"
        "0--A/0_A_a_2.jpg\n1\n1 2 30 40 2 0 0 0 0 0\n"
        "0--A/0_A_a_3.jpg\n1\n1 2 30 40 0 0 0 0 2 0\n"
        "0--A/0_A_a_4.jpg\n1\n1 2 30 40 0 0 0 1 0 0\n"
        "0--A/0_A_a_5.jpg\n1\n1 2 0 0 0 0 0 0 0 0\n"
        "0--A/0_A_a_6.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n",
    )
    assert clear.known == (KnownFace((1, 2, 31, 42)),)
    assert blurred.known == covered.known == (KnownFace((1, 2, 31, 42), doubtful=True),)
    assert invalid.known == flat.known == none.known == ()
    assert clear.group == none.group == "WIDER FACE 0_A_a"
    assert clear.licence == "CC-BY-NC-ND-4.0"


@pytest.mark.parametrize(
    ("text", "line"),
    [("a_1.jpg\nmany\n", 2), ("a_1.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n", 4), ("a_1.jpg\n1\n1 2 3\n", 3)],
    ids=["count", "end", "row"],
)
def test_a_damaged_list_of_wider_face_is_named_with_its_line(tmp_path, text, line):
    with pytest.raises(DataError, match=rf"bbx_gt\.txt, line {line}"):
        wider(tmp_path, text)


# Open Images


def test_open_images_tell_of_licence_author_and_page(layouts):
    first = photos(layouts, "open-images")[0]
    assert first.licence == "http://cc/by/2.0"
    assert first.origin == "http://page/0 by Doe, Jane"
    assert first.group == "author Doe, Jane"


def test_groups_are_no_faces_and_depictions_are_marked(layouts):
    table = layouts["open-images"].place / "oidv6-train-annotations-bbox.csv"
    lines = table.read_text().splitlines()
    faces = [n for n, line in enumerate(lines) if "/m/0dzct" in line]
    lines[faces[0]] = lines[faces[0]][: -len("0,0,0")] + "0,1,0"
    lines[faces[1]] = lines[faces[1]][: -len("0,0,0")] + "1,0,0"
    table.write_text("\n".join(lines))
    found = {photo.name: photo.known for photo in photos(layouts, "open-images")}
    known = [one for name in sorted(found) for one in found[name]]
    assert known[0].depicted
    assert not any(one.depicted for one in known[1:])
    assert len(known) == len(faces) - 1


def test_open_images_without_the_image_list_have_unknown_licences(layouts):
    (layouts["open-images"].place / "train-images-boxable-with-rotation.csv").unlink()
    assert {photo.licence for photo in photos(layouts, "open-images")} == {"unknown"}


def test_a_damaged_table_of_open_images_is_named(layouts):
    table = layouts["open-images"].place / "oidv6-train-annotations-bbox.csv"
    table.write_text(table.read_text() + "\nx,y\n")
    with pytest.raises(DataError, match=r"annotations-bbox\.csv"):
        photos(layouts, "open-images")


# COCO and OpenForensics


def test_coco_licences_and_pages_are_kept(layouts):
    first = photos(layouts, "coco")[0]
    assert first.licence == "CC BY 2.0 http://cc/by"
    assert first.origin == "http://flickr/7"


def test_a_picture_with_a_forged_face_is_nothing_to_build_from(layouts):
    edit(layouts["coco"].place, '"category_id": 0', '"category_id": 1')
    assert [photo.name for photo in photos(layouts, "coco")] == ["images/1.png", "images/2.png"]


def test_crowds_are_not_single_faces(layouts):
    edit(layouts["coco"].place, '"iscrowd": 0', '"iscrowd": 1')
    before = len(layouts["coco"].boxes["images/0.png"])
    assert len(photos(layouts, "coco")[0].known) == before - 1


def test_a_single_category_is_faces_and_others_must_be_named(layouts):
    path = layouts["coco"].place
    data = json.loads(path.read_text())
    data["categories"] = [{"id": 0, "name": "head"}]
    path.write_text(json.dumps(data))
    assert photos(layouts, "coco")[0].known
    data["categories"].append({"id": 1, "name": "car"})
    path.write_text(json.dumps(data))
    with pytest.raises(UsageError, match=r"no category is one of faces.*head, car"):
        photos(layouts, "coco")


def test_a_damaged_box_is_named(layouts):
    path = layouts["coco"].place
    data = json.loads(path.read_text())
    data["annotations"][1]["bbox"] = [1, 2, 3]
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match="annotation 1, bbox"):
        photos(layouts, "coco")


@pytest.mark.parametrize("text", ["[]", "{}", "{", '{"images": []}'])
def test_json_that_is_not_coco_is_named(tmp_path, text):
    (tmp_path / "faces.json").write_text(text)
    with pytest.raises(DataError, match=r"faces\.json"):
        SOURCES["coco"].open(tmp_path / "faces.json").photos()


def test_no_file_name_leads_out_of_the_folder(layouts, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"x")
    edit(layouts["coco"].place, '"0.png"', '"../secret.png"')
    names = [photo.name for photo in photos(layouts, "coco")]
    assert not any(".." in name for name in names)


# Hugging Face


def test_parquet_files_are_read_with_and_without_the_library_s_types(layouts, tmp_path):
    datasets = pytest.importorskip("datasets")
    from pyarrow import parquet

    saved = datasets.load_from_disk(str(layouts["huggingface"].place))["train"]
    (tmp_path / "typed").mkdir()
    saved.to_parquet(str(tmp_path / "typed/0.parquet"))
    table = parquet.read_table(tmp_path / "typed/0.parquet").replace_schema_metadata(None)
    (tmp_path / "plain").mkdir()
    parquet.write_table(table, tmp_path / "plain/0.parquet")
    wanted = [photo.sha256 for photo in photos(layouts, "huggingface")]
    for name in ("typed", "plain"):
        found = SOURCES["huggingface"].open(tmp_path / name).photos()
        assert [photo.sha256 for photo in found] == wanted
        assert {photo.licence for photo in found} == {"CC0-1.0"}
        assert found[0].known


def test_a_dataset_without_pictures_says_so(tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_list([{"text": "no picture"}]).save_to_disk(str(tmp_path / "words"))
    with pytest.raises(UsageError, match=r"no column of pictures.*got text"):
        SOURCES["huggingface"].open(tmp_path / "words").photos()


def test_a_missing_library_is_named_with_its_install_line(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match=r"manyfaces\[sources\]"):
        SOURCES["huggingface"].open(tmp_path)


# All of them


def test_boxes_of_a_picture_that_is_shown_turned_are_not_trusted(layouts):
    """Some annotators saw the stored picture, some the turned one."""
    layout = layouts["coco"]
    exif = Image.Exif()
    exif[0x0112] = 6
    path = layout.place.parent / "images/0.png"
    with Image.open(path) as picture:
        picture.save(path, exif=exif)
    source = SOURCES["coco"].open(layout.place)

    class Alone:
        def analyse(self, _image):
            return ()

    source._make_analyser = Alone
    photo = source.photos()[0]
    assert photo.known
    assert source.open(photo, 1000).image.shape == (160, 120, 3)


def test_a_listed_picture_that_is_missing_fails_when_it_is_opened(layouts):
    layout = layouts["wider-face"]
    name = next(iter(layout.boxes))
    (layout.place / name).unlink()
    source = SOURCES["wider-face"].open(layout.place)
    photo = next(photo for photo in source.photos() if photo.name == name)
    with pytest.raises(DataError, match=r"\.jpg"):
        source.open(photo, 100)


def test_suffixes_cover_what_the_layouts_download():
    assert {".jpg", ".png"} <= SUFFIXES
