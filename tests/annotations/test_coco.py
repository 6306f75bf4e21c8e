import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from manyfaces.annotations import masks
from manyfaces.annotations.coco import from_coco, read_annotations, to_coco, write_coco
from manyfaces.core.errors import DataError
from pycocotools.coco import COCO

SIZE = (40, 50)
RING = np.zeros(SIZE, bool)
RING[5:30, 5:30] = True
RING[12:20, 12:20] = False
RING[34:38, 40:48] = True  # a hole and two parts


def coco(segmentation, **fields):
    row = {
        "id": 0,
        "image_id": 0,
        "category_id": 1,
        "bbox": [5, 5, 43, 33],
        "area": int(RING.sum()),
        "iscrowd": 0,
        "segmentation": segmentation,
        **fields,
    }
    return {
        "images": [{"id": 0, "file_name": "Images/Val/a.jpg", "height": 40, "width": 50}],
        "annotations": [row],
        "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
    }


def saved(path, data):
    path.write_text(json.dumps(data))
    return path


def uncompressed(mask):
    flat = mask.ravel(order="F").astype(np.int8)
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return {"size": list(SIZE), "counts": [0, *runs] if flat[0] else runs}


@pytest.mark.parametrize(
    "segmentation",
    [masks.to_coco(masks.encode(RING)), uncompressed(RING)],
    ids=["compressed", "uncompressed"],
)
def test_holes_and_several_parts_survive(tmp_path, segmentation):
    read = read_annotations(saved(tmp_path / "a.json", coco(segmentation)))
    assert np.array_equal(masks.decode(read.images[0].instances.masks[0]), RING)


def test_a_file_written_again_has_the_same_bytes(tmp_path):
    fields = {"keypoints": [1.5, 2.25, 2] * 68, "num_keypoints": 68, "method": "swap", "note": 7}
    fields |= {name: masks.to_coco(masks.encode(RING)) for name in ("manipulation", "boundary")}
    source = saved(tmp_path / "a.json", coco(masks.to_coco(masks.encode(RING)), **fields))
    write_coco(tmp_path / "b.json", read_annotations(source))
    write_coco(tmp_path / "c.json", read_annotations(tmp_path / "b.json"))
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "c.json").read_bytes()
    row = json.loads((tmp_path / "b.json").read_text())["annotations"][0]
    assert row["note"] == 7
    assert row["area"] == RING.sum()
    assert row["iscrowd"] == 0
    assert row["manipulation"] == fields["manipulation"]


def test_openforensics_polygons_and_categories_by_name_are_read(tmp_path):
    data = coco([[5, 5, 30, 5, 30, 30, 5, 30]])
    data["categories"] = [{"id": 7, "name": "fake"}, {"id": 3, "name": "REAL"}]
    data["annotations"][0]["category_id"] = 3
    faces = read_annotations(saved(tmp_path / "Val_poly.json", data)).images[0].instances
    assert faces.labels.tolist() == [0]
    assert faces.areas[0] == pytest.approx(25 * 25, rel=0.05)


def test_fields_that_are_not_ours_are_kept(tmp_path):
    data = coco(masks.to_coco(masks.encode(RING)), iscrowd=1, attributes={"age": [3, None]})
    data["images"][0] |= {"license": 4, "flickr_url": "https://example.org/ä"}
    data |= {"info": {"year": 2021}, "licenses": [{"id": 4, "name": "CC BY 2.0"}]}
    write_coco(tmp_path / "b.json", read_annotations(saved(tmp_path / "a.json", data)))
    again = json.loads((tmp_path / "b.json").read_text())
    assert again["info"] == data["info"]
    assert again["licenses"] == data["licenses"]
    assert again["images"] == data["images"]
    row, source = again["annotations"][0], data["annotations"][0]
    assert {name: row[name] for name in source} == source


def test_the_fields_of_a_face_stand_in_the_order_of_the_data_format(tmp_path):
    fields = {"keypoints": [1.5, 2.25, 2] * 68, "method": "swap"}
    fields |= {name: masks.to_coco(masks.encode(RING)) for name in ("boundary", "manipulation")}
    source = saved(tmp_path / "a.json", coco(masks.to_coco(masks.encode(RING)), **fields))
    [row] = to_coco(read_annotations(source))["annotations"]
    assert list(row) == [
        "id", "image_id", "category_id", "bbox", "area", "segmentation", "iscrowd",
        "keypoints", "num_keypoints", "method", "manipulation", "boundary",
    ]  # fmt: skip
    assert row["num_keypoints"] == 68


SIDE = st.floats(0, 50).map(lambda side: round(side, 4))


@given(st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), min_size=1, max_size=3))
def test_boxes_keep_every_digit(boxes):
    data = coco(masks.to_coco(masks.encode(RING)))
    [row] = data["annotations"]
    data["annotations"] = [{**row, "id": i, "bbox": list(box)} for i, box in enumerate(boxes)]
    written = to_coco(from_coco(data, where="test"))
    assert [row["bbox"] for row in written["annotations"]] == [list(box) for box in boxes]


@given(st.lists(hnp.arrays(bool, SIZE), min_size=1, max_size=3))
def test_any_mask_survives_the_file(found):
    rows = [masks.to_coco(masks.encode(mask)) for mask in found]
    data = coco(rows[0])
    [row] = data["annotations"]
    data["annotations"] = [{**row, "id": i, "segmentation": rle} for i, rle in enumerate(rows)]
    written = to_coco(from_coco(data, where="test"))
    assert [row["segmentation"] for row in written["annotations"]] == rows
    assert [row["area"] for row in written["annotations"]] == [mask.sum() for mask in found]


def test_pycocotools_reads_what_is_written(tmp_path):
    data = coco(uncompressed(RING))
    write_coco(tmp_path / "b.json", from_coco(data, where="test"))
    reference = COCO(tmp_path / "b.json")
    [row] = reference.loadAnns(reference.getAnnIds())
    assert np.array_equal(reference.annToMask(row), RING)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(info=[1]), "info is no object"),
        (lambda d: d.pop("images"), "'images' is missing"),
        (lambda d: d["annotations"][0].update(image_id=5), "belongs to no image"),
        (lambda d: d["annotations"][0].update(category_id=9), "category is unknown"),
        (lambda d: d["annotations"][0].pop("bbox"), "box cannot be read"),
        (lambda d: d["annotations"][0].update(segmentation=None), "cannot be read"),
        (lambda d: d["annotations"][0]["segmentation"].update(size=[4, 5]), "image's size"),
        (lambda d: d["categories"][0].update(name="cat"), "category is unknown"),
        (lambda d: d["images"][0].pop("height"), "image row"),
        (lambda d: d["images"][0].update(height=0), "impossible size"),
        (lambda d: d["images"][0].update(width=10**12), "impossible size"),
        (lambda d: d["images"].append(d["images"][0]), "stands twice"),
        (lambda d: d["images"].append(7), "image row"),
        (lambda d: d["annotations"].append(7), "annotation cannot be read"),
        (lambda d: d["annotations"][0].pop("id"), "id cannot be read"),
        (lambda d: d["annotations"][0].update(image_id=[0]), "belongs to no image"),
        (lambda d: d["annotations"][0].update(category_id=[0]), "category is unknown"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, "3", 4]), "annotation 0, bbox"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, -3, 4]), "annotation 0, bbox"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, 1e308, 4]), "annotation 0, bbox"),
        (lambda d: d["annotations"][0].update(keypoints=[1, 2, 2]), "annotation 0, keypoints"),
        (lambda d: d["annotations"][0].update(method=5), "annotation 0, method"),
        (lambda d: d["annotations"][0].update(boundary={"size": [4, 5]}), "0, boundary"),
        (lambda d: d["annotations"][0].update(segmentation=[["a"] * 6]), "0, segmentation"),
        (lambda d: d["categories"].append(5), "category is unknown"),
        (lambda d: d["categories"][0].pop("id"), "category is unknown"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, change, message):
    data = coco(masks.to_coco(masks.encode(RING)))
    change(data)
    with pytest.raises(DataError, match=message) as caught:
        read_annotations(saved(tmp_path / "a.json", data))
    assert "a.json" in str(caught.value)


@settings(max_examples=300)
@given(st.data())
def test_no_value_anywhere_is_more_than_a_data_error(damaged, data):
    rle = masks.to_coco(masks.encode(RING))
    whole = coco(rle, keypoints=[1.0, 2.0, 2] * 68, method="swap", manipulation=rle, boundary=rle)
    whole["annotations"].append({**whole["annotations"][0], "segmentation": [[1, 1, 9, 1, 9, 9]]})
    with suppress(DataError):
        to_coco(from_coco(data.draw(damaged(whole)), where="test"))
