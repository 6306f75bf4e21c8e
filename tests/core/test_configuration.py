import pytest
from manyfaces.core.configuration import as_model, read_model, read_yaml
from manyfaces.core.errors import DataError, UsageError
from pydantic import BaseModel, ConfigDict, Field


class Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    places: int = Field(3, ge=1)


def write(folder, text):
    path = folder / "rules.yaml"
    path.write_bytes(text)
    return path


def test_a_file_becomes_a_model(tmp_path):
    assert read_model(write(tmp_path, b"title: T\n"), Rules, "rules") == Rules(title="T")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"title: [", ["the rules is not YAML", "line"]),
        (b"title: \xff\xfe", ["the rules is not YAML"]),
        (b"- a", ["the rules has no fields", "['a']", "title, places"]),
        (b"places: 1", ["the rules lacks the field 'title'"]),
        (b"title: T\nplaces: 0", ["the rules's field 'places' is wrong", "greater than or equal"]),
        (b"title: T\nplace: 2", ["the rules has no field 'place'", "Did you mean places?"]),
    ],
)
def test_what_is_wrong_is_said_once_with_its_place(text, parts, tmp_path):
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_model(path, Rules, "rules")
    assert all(part in str(caught.value) for part in [*parts, "rules.yaml"])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.yaml"):
        read_yaml(tmp_path / "none.yaml", "rules")


def test_values_from_elsewhere_are_checked_alike():
    with pytest.raises(UsageError, match="the form"):
        as_model({"title": 3}, Rules, "form", "here")
