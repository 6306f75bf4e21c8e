import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.core.errors import DataError, UsageError
from manyfaces.generators.methods.table import GENERATORS
from manyfaces.generators.recipe import (
    Recipe,
    change,
    find_recipe,
    make_recipe,
    read_recipe,
    shipped_recipes,
    write_recipe,
)


def recipe_file(folder, text):
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_an_empty_file_is_the_default_recipe(tmp_path):
    assert read_recipe(recipe_file(tmp_path, "")) == Recipe()


def test_the_default_weighs_known_methods():
    assert set(Recipe().methods) <= set(GENERATORS)


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_recipe_that_ships_is_found_by_its_name(name):
    assert read_recipe(find_recipe(name)).methods


def test_the_balanced_recipe_has_every_method():
    assert set(read_recipe(find_recipe("balanced")).methods) == set(GENERATORS)


def test_an_unknown_recipe_is_answered_with_those_that_there_are():
    with pytest.raises(UsageError, match="balanced, hard, openforensics"):
        find_recipe("balance")


def test_a_file_is_taken_as_it_is(tmp_path):
    assert find_recipe(str(tmp_path / "own.yaml")) == tmp_path / "own.yaml"


@given(
    seed=st.integers(0, 2**40),
    pristine=st.floats(0, 1),
    attempts=st.integers(1, 100),
    train=st.floats(0, 1),
)
def test_what_is_written_is_read_again(tmp_path_factory, seed, pristine, attempts, train):
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    recipe = Recipe(
        seed=seed, pristine=pristine, attempts=attempts, splits={"train": train, "test": 1 - train}
    )
    write_recipe(path, recipe)
    assert read_recipe(path) == recipe


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("pristine: 1.5", ["pristine", "1.5", "less than or equal to 1"]),
        ("attempts: many", ["attempts", "many", "integer"]),
        ("seed: -1", ["seed", "-1", "greater than or equal to 0"]),
        ("pristne: 0.2", ["pristne", "pristine"]),
        ("methods: {swpa: 1}", ["swpa", "Did you mean swap"]),
        ("methods: {swap: 0}", ["methods", "above 0"]),
        ("methods: {swap: .inf}", ["methods.swap", "finite"]),
        ("splits: {train: 0.5, test: 0.1}", ["splits", "add up to 1"]),
        ("splits: {'../up': 1.0}", ["splits", "../up"]),
        ("- swap", ["list", "field: value"]),
        ("seed: [1", ["line", "YAML"]),
    ],
)
def test_a_broken_recipe_is_one_sentence_that_names_the_field(tmp_path, text, parts):
    path = recipe_file(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_recipe(path)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_a_broken_recipe_names_its_file(tmp_path):
    path = recipe_file(tmp_path, "pristine: 2")
    with pytest.raises(UsageError, match=r"recipe\.yaml"):
        read_recipe(path)


def test_a_missing_recipe_is_reported(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_recipe(tmp_path / "none.yaml")


def test_flags_replace_fields_and_none_leaves_them():
    assert change(Recipe(seed=3), seed=None, attempts=9) == Recipe(seed=3, attempts=9)


def test_flags_are_checked_like_the_file():
    with pytest.raises(UsageError, match="seed"):
        change(Recipe(), seed=-4)


def test_a_third_partys_method_is_named_by_its_place():
    name = "manyfaces.generators.methods.swap:SWAP"
    assert make_recipe({"methods": {name: 1}}, where="here").methods == {name: 1.0}


def test_the_file_holds_every_field(tmp_path):
    write_recipe(tmp_path / "recipe.yaml", Recipe())
    written = yaml.safe_load((tmp_path / "recipe.yaml").read_text())
    assert list(written) == list(Recipe.model_fields)
