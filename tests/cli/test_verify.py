import json

import numpy as np
import pytest
import typer
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.manifest import Manifest, ManifestEntry, write_manifest
from manyfaces.cli.verify import SHOWN, verify
from manyfaces.core.errors import UsageError
from manyfaces.core.files import sha256, write_bytes
from manyfaces.core.images import encode_png

SIZE = (20, 30)
NAME = "images/test/1.png"


@pytest.fixture
def sound(tmp_path):
    data = encode_png(np.full((*SIZE, 3), 90, np.uint8))
    write_bytes(tmp_path / NAME, data)
    mask = np.zeros(SIZE, bool)
    mask[3:9, 4:12] = True
    faces = Instances.from_masks(SIZE, [mask], [0], {"annotation_id": np.array([1])})
    image = AnnotatedImage(ImageEntry(1, NAME, *SIZE), faces)
    write_coco(tmp_path / "annotations" / "test.json", AnnotationSet((image,)))
    entry = ManifestEntry(1, NAME, *SIZE, sha256(data), "test")
    write_manifest(tmp_path / "manifest.json", Manifest((entry,)))
    return tmp_path


def test_a_sound_dataset_is_one_line_and_no_exit(sound, capfd):
    verify(sound)
    assert capfd.readouterr().out == "1 images, 1 faces: no problems\n"


def test_problems_are_told_with_their_mend_and_exit_1(sound, capfd):
    path = sound / "annotations" / "test.json"
    data = json.loads(path.read_text())
    data["annotations"][0]["area"] = "[bold]"
    path.write_text(json.dumps(data))
    with pytest.raises(typer.Exit) as caught:
        verify(sound)
    assert caught.value.exit_code == 1
    shown = capfd.readouterr()
    for part in ("area-wrong (1)", "annotation 1", "[bold]", "area 48", "→ Correct the row"):
        assert part in shown.out
    assert shown.err.endswith("1 problem\n")


def test_json_has_every_problem(sound, capfd):
    for number in range(SHOWN + 3):
        write_bytes(sound / "images" / f"stray{number}.png", b"x")
    with pytest.raises(typer.Exit):
        verify(sound, as_json=True)
    problems = json.loads(capfd.readouterr().out)["problems"]
    assert len(problems) == SHOWN + 3
    assert set(problems[0]) == {"code", "where", "got", "expected", "mend"}
    with pytest.raises(typer.Exit):
        verify(sound)
    assert "and 3 more" in capfd.readouterr().out


def test_what_is_no_folder_is_a_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        verify(tmp_path / "none")
