import json

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.coco import read_annotations, write_coco
from manyfaces.core.errors import DataError

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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("images"), "'images' is missing"),
        (lambda d: d["annotations"][0].update(image_id=5), "belongs to no image"),
        (lambda d: d["annotations"][0].update(category_id=9), "category is unknown"),
        (lambda d: d["annotations"][0].pop("bbox"), "box cannot be read"),
        (lambda d: d["annotations"][0].update(segmentation=None), "cannot be read"),
        (lambda d: d["annotations"][0]["segmentation"].update(size=[4, 5]), "image's size"),
        (lambda d: d["categories"][0].update(name="cat"), "category is unknown"),
        (lambda d: d["images"][0].pop("height"), "image row"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, change, message):
    data = coco(masks.to_coco(masks.encode(RING)))
    change(data)
    with pytest.raises(DataError, match=message) as caught:
        read_annotations(saved(tmp_path / "a.json", data))
    assert "a.json" in str(caught.value)
