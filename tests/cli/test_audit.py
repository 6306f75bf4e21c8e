import json

import cv2
import numpy as np
import pytest
import typer
from manyfaces.annotations import masks
from manyfaces.cli.audit import audit
from manyfaces.core.errors import UsageError
from manyfaces.core.files import write_bytes, write_json
from manyfaces.core.images import encode_jpeg

IMAGES = 80


@pytest.fixture
def leaking(tmp_path):
    """Forged images, every other one, are written at a lower quality."""
    rng = np.random.default_rng(0)
    mask = np.zeros((64, 64), np.uint8)
    cv2.ellipse(mask, (32, 32), (9, 12), 0, 0, 360, 1, -1)
    rle = masks.encode(mask.astype(bool))
    left, top, right, bottom = masks.box(rle).tolist()
    images, annotations = [], []
    for number in range(1, IMAGES + 1):
        name = f"images/test/{number:03d}.jpg"
        noise = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        write_bytes(tmp_path / name, encode_jpeg(noise, 70 if number % 2 else 92))
        images.append({"id": number, "file_name": name, "height": 64, "width": 64})
        annotations.append(
            {"id": number, "image_id": number, "category_id": number % 2,
             "bbox": [left, top, right - left, bottom - top], "segmentation": masks.to_coco(rle)}
        )  # fmt: skip
    categories = [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}]
    write_json(
        tmp_path / "annotations" / "test.json",
        {"images": images, "annotations": annotations, "categories": categories},
    )
    return tmp_path


def test_a_leak_is_told_with_its_mend_and_exit_1(leaking, capfd):
    page = leaking / "audit.md"
    with pytest.raises(typer.Exit) as caught:
        audit(leaking, report=page)
    assert caught.value.exit_code == 1
    shown = capfd.readouterr()
    for part in ("jpeg-tables", "estimated JPEG quality, lower where forged", "Encode every image"):
        assert part in shown.out
    assert "a forgery can be told without its face" in " ".join(shown.err.split())
    assert page.read_text().startswith("# Audit\n")
    # A terminal of 80 columns shows every number in full.
    assert "…" not in shown.out


def test_json_has_every_finding(leaking, capfd):
    with pytest.raises(typer.Exit):
        audit(leaking, split="test", as_json=True)
    data = json.loads(capfd.readouterr().out)
    found = {row["audit"]: row for row in data["findings"]}
    assert found["jpeg-tables"]["verdict"] == "leak"
    assert found["jpeg-tables"]["everything"]["n"] == IMAGES
    assert found["image-size"]["verdict"] == "ok"
    assert data["settings"]["seed"] == 0


def test_what_is_no_folder_is_a_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        audit(tmp_path / "none")
