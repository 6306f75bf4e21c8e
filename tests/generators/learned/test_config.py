import pytest
from manyfaces.generators.learned.config import LearnedMethod
from manyfaces.generators.learned.table import ADAPTERS
from pydantic import TypeAdapter, ValidationError

READ = TypeAdapter(LearnedMethod).validate_python


def test_every_kind_of_network_has_its_adapter(words):
    kinds = {READ(told).kind for told in words.values()}
    assert kinds | {"inpainting"} == set(ADAPTERS)
    assert {row.kind for row in ADAPTERS.values()} >= {
        "entire face synthesis",
        "attribute manipulation",
        "facial reenactment",
        "face swap",
    }
    assert all(row.description and row.version for row in ADAPTERS.values())


def test_a_path_stands_for_an_embedder():
    told = READ({"kind": "swapper", "network": "a.onnx", "embedder": "b.onnx"})
    assert told.embedder.network == "b.onnx"
    assert told.embedder.template == "arcface"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "swaper"}, "swaper"),
        ({"size": 4}, "size"),
        ({"sizes": 64}, "sizes"),
        ({"values": "float"}, "values"),
        ({"light": (0.8, 0.2)}, "the smaller one first"),
        ({"strength": (0.5, 1.5)}, "strength"),
        ({"sha256": "abc"}, "sha256"),
        ({"network": ""}, "network"),
        ({"max_yaw": float("nan")}, "max_yaw"),
    ],
)
def test_what_does_not_belong_into_a_recipe_is_named(fields, place):
    with pytest.raises(ValidationError, match=place):
        READ({"kind": "image-to-image", "network": "a.onnx", **fields})


def test_a_pipelines_crop_is_a_multiple_of_eight():
    with pytest.raises(ValidationError, match="multiple"):
        READ({"kind": "inpainting", "network": "folder", "size": 100})
