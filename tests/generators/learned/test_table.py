"""Learned methods in builds: found by the recipe, written down, repeatable, wrong ones named."""

from itertools import pairwise

import numpy as np
import pytest
import tiny_networks
from manyfaces.annotations.verify import verify_dataset
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import read_json, read_json_lines
from manyfaces.generators.analysis.models import FOLDER_VARIABLE
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.learned.config import LearnedMethod
from manyfaces.generators.learned.table import open_method
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import make_recipe
from pydantic import TypeAdapter

PEOPLE = DrawnPeople(6, 3, (240, 320))
CONFIG = TypeAdapter(LearnedMethod)


def recipe_of(words, **fields):
    told = {
        "seed": 5, "pristine": 0, "forged": 1, "min_face": 24, "max_side": 320,
        "splits": {"train": 0.5, "test": 0.5}, "methods": {"tint": 1},
        "learned": {"tint": {**words, "max_yaw": 60, **fields}},
    }  # fmt: skip
    return make_recipe(told, where="test")


def rows(root):
    return [
        row
        for split in ("train", "test")
        for row in read_json_lines(root / f"provenance/{split}.jsonl")
    ]


def test_a_network_forges_faces_of_a_build_and_is_named_for_each(words, networks, tmp_path):
    recipe = recipe_of(words["conditioned"])
    for name in ("one", "two"):
        workers = 1 if name == "one" else 2
        build_dataset(PEOPLE, tmp_path / name, recipe, options=Options(workers=workers))
    forged = [row for row in rows(tmp_path / "one") if row["method"] == "tint"]
    assert len(forged) >= 3
    assert {row["parameters"]["condition"] for row in forged} <= {"red", "blue"}
    method = open_method("tint", recipe.learned["tint"])
    for row in forged:
        assert row["version"] == method.row().version
        assert row["parameters"]["networks"] == dict(method.networks)
    assert verify_dataset(tmp_path / "one") == []
    for file in sorted((tmp_path / "one" / "images").rglob("*.jpg")):
        twin = tmp_path / "two" / file.relative_to(tmp_path / "one")
        assert file.read_bytes() == twin.read_bytes()
    assert read_json(tmp_path / "one" / "manifest.json") == read_json(
        tmp_path / "two" / "manifest.json"
    )


def test_what_does_not_fit_is_said_before_anything_is_written(words, tmp_path):
    for told, error in (
        ({"network": "nowhere.onnx"}, DataError),
        ({"sha256": "0" * 64}, DataError),
        ({"size": 32}, UsageError),
    ):
        with pytest.raises(error):
            build_dataset(PEOPLE, tmp_path / "d", recipe_of(words["conditioned"], **told))
    assert not (tmp_path / "d" / "manifest.json").exists()


def test_a_file_written_anew_is_opened_anew(tmp_path):
    path = tiny_networks.plain(tmp_path / "a.onnx")
    config = CONFIG.validate_python(
        {"kind": "image-to-image", "network": str(path), "size": tiny_networks.SIDE}
    )
    first = open_method("a", config)
    assert open_method("a", config) is first
    tiny_networks.plain(path, "Neg")
    assert open_method("a", config).networks != first.networks


def test_a_generated_face_takes_the_targets_mesh(shared, tmp_path, monkeypatch):
    """The network here gives one photograph's own face; another one's mesh takes it."""
    from manyfaces.core.images import fit_within, read_image
    from manyfaces.generators.analysis.analyser import FaceAnalyser
    from manyfaces.generators.learned.templates import cut, to_crop
    from manyfaces.generators.methods.forgery import Donor

    monkeypatch.setenv(FOLDER_VARIABLE, str(shared / "models"))
    analyser, found = FaceAnalyser(), []
    for path in sorted((shared / "photos" / "open").glob("*.jpg"))[:30]:
        image = fit_within(read_image(path), 900)
        found += [
            Donor(image, face)
            for face in analyser.analyse(image)
            if face.width > 70 and abs(face.pose[0]) < 12 and face.confidence > 0.9
        ]
    assert len(found) >= 4
    forged, refused = 0, []
    for source, target in pairwise(found):
        crop = cut(source.image, to_crop(source.face.landmarks, "ffhq", 256), 256)
        path = tmp_path / f"face{forged}-{len(refused)}.onnx"
        constant = crop.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
        tiny_networks.generator(path, constant=constant)
        method = open_method(
            "face",
            CONFIG.validate_python(
                {
                    "kind": "generator", "network": str(path), "size": 256, "enlarge": 8,
                    "latent": tiny_networks.LATENT,
                }
            ),
        )  # fmt: skip
        parameters = method.draw(np.random.default_rng(0), target.face, ())
        try:
            forgery = method.apply(target.image, target.face, (), parameters)
        except DataError as error:  # glasses, another mouth: what the method refuses
            refused.append(str(error))
            continue
        forged += 1
        outside = ~forgery.manipulation
        assert np.array_equal(forgery.image[outside], target.image[outside])
        step = np.abs(forgery.image.astype(int) - target.image)[forgery.manipulation]
        assert step.mean() > 1.5
    assert forged >= 1, refused
