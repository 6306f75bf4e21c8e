"""Published pixels are made again from nothing but their provenance lines."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.core.files import parse_json, read_json_lines, to_json
from manyfaces.core.images import encode_jpeg
from manyfaces.core.seeds import stream
from manyfaces.core.tables import lookup
from manyfaces.generators import forge, forge_photo
from manyfaces.generators.analysis_cache import face_from_json, face_to_json
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.forge import confine
from manyfaces.generators.gates import judge
from manyfaces.generators.methods.forgery import Donor
from manyfaces.generators.methods.table import GENERATORS
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import Recipe

SOURCE = DrawnPeople(8, 11, (240, 320))
RECIPE = Recipe(seed=2, pristine=0.2, forged=1, min_face=24, splits={"train": 1.0})


def anyone(rng, target, candidates, count, _fit):
    order = rng.permutation(len(candidates))
    return [int(index) for index in order if candidates[index] != target][:count]


def lenient(*forged):
    return tuple(replace(gate, passed=True) for gate in judge(*forged))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The dataset's folder, and its provenance lines by image."""
    root = tmp_path_factory.mktemp("provenance") / "dataset"
    with pytest.MonkeyPatch.context() as patch:
        # A dozen people seldom fit each other: here everybody may donate to everybody.
        patch.setattr(forge_photo, "choose_donors", anyone)
        patch.setattr(forge, "judge", lenient)
        build_dataset(SOURCE, root, RECIPE, options=Options(workers=1))
    by_image = {}
    for row in read_json_lines(root / "provenance/train.jsonl"):
        by_image.setdefault(row["image_id"], []).append(row)
    return root, by_image


@cache
def scene(name):
    photo = next(photo for photo in SOURCE.photos() if photo.name == name)
    return SOURCE.open(photo, RECIPE.max_side)


def visible(name):
    """The faces as a build keeps them."""
    found = [face for face in scene(name).faces if masks.area(face.region)]
    return [face_from_json(parse_json(to_json(face_to_json(face)), where=name)) for face in found]


def remake(rows):
    """Follow the lines of one image, in their order."""
    name = rows[0]["photo"]["name"]
    image, faces = scene(name).image, visible(name)
    changed = np.zeros(image.shape[:2], bool)
    for row in sorted((row for row in rows if row["order"]), key=lambda row: row["order"]):
        method = lookup(GENERATORS, row["method"], "generator")
        assert row["version"] == method.version
        donors = tuple(
            Donor(scene(donor["name"]).image, visible(donor["name"])[donor["face"]])
            for donor in row["donors"]
        )
        face = faces[row["face"]]
        drawn = stream(row["seed"], row["photo"]["sha256"], row["face"], "attempt", row["attempt"])
        parameters = method.parameters.model_validate(row["parameters"])
        assert method.draw(drawn, face, donors) == parameters
        barred = changed.copy()
        for index, other in enumerate(faces):
            if index != row["face"]:
                barred |= masks.decode(other.region)
        forgery = confine(image, method.apply(image, face, donors, parameters), barred)
        image, changed = forgery.image, changed | forgery.manipulation
    return encode_jpeg(image, RECIPE.jpeg_quality)


def test_every_image_is_made_again_byte_for_byte(built):
    root, by_image = built
    several = 0
    for image_id, rows in by_image.items():
        published = (root / f"images/train/{image_id:06d}.jpg").read_bytes()
        assert remake(rows) == published
        several += sum(row["label"] == "fake" for row in rows) > 1
    assert several >= 2
    assert {row["method"] for rows in by_image.values() for row in rows} >= set(RECIPE.methods)


def test_lines_name_photograph_licence_and_gates(built):
    _, by_image = built
    rows = [row for rows in by_image.values() for row in rows]
    forged = [row for row in rows if row["label"] == "fake"]
    assert {row["photo"]["licence"] for row in rows} == {"CC0-1.0"}
    assert all(gate["passed"] for row in forged for gate in row["gates"])
    assert all(row["gates"] for row in forged)
    for row in rows:
        if row["label"] == "real":
            assert row["method"] is row["parameters"] is row["order"] is None
            assert row["donors"] == []
    for row in forged:
        for donor in row["donors"]:
            assert donor["sha256"] != row["photo"]["sha256"]
