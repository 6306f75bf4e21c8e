import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from manyfaces.benchmark.baselines.shipped import shipped
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.run_config import (
    CONFIG,
    RunConfig,
    make_config,
    make_training,
    read_config,
    schema,
    write_config,
)
from manyfaces.benchmark.training_parameters import BYSTANDERS, LENGTHS, TrainingParameters
from manyfaces.core.errors import UsageError

ROW = BASELINES["mask-rcnn-small"]
YAML = """
baseline: mask-rcnn-small
data: sets/drawn
network: {side: 96}
training:
  steps: 40
  precision: 32
  val: val
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "configs" / "run.yaml"
    path.parent.mkdir()
    path.write_text(YAML)
    return path


def test_a_file_sets_what_it_names_and_the_baseline_the_rest(file):
    row, config = make_config(read_config(file), {}, file)
    assert row is ROW
    assert config.split == "train"
    assert config.network == {**ROW.parameters().model_dump(), "side": 96}
    assert config.training.precision == "32"
    assert config.training.learning_rate == ROW.training.learning_rate
    assert config.training.steps == 40


def test_the_dataset_is_found_from_the_files_own_folder(file, tmp_path):
    _, config = make_config(read_config(file), {}, file)
    assert config.data == tmp_path / "configs" / "sets" / "drawn"


def test_the_networks_files_are_found_from_the_files_own_folder(tmp_path):
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "own.yaml").write_text("")
    (tmp_path / "r50.pth").write_bytes(b"")
    text = "baseline: mask-rcnn-detectron2\ndata: d\nnetwork: {weights: ../r50.pth, config: %s}\n"
    for config, expected in (("own.yaml", str(folder / "own.yaml")), ("Misc/a", "Misc/a")):
        path = folder / "given.yaml"
        path.write_text(text % config)
        _, asked = make_config(read_config(path), {}, path)
        assert asked.network["weights"] == str(tmp_path / "r50.pth")
        assert asked.network["config"] == expected
        run = tmp_path / "runs" / "one"
        run.mkdir(parents=True, exist_ok=True)
        write_config(run, asked)
        assert yaml.safe_load((run / CONFIG).read_text())["network"]["weights"] == "../../r50.pth"
        assert make_config(read_config(run / CONFIG), {}, run)[1].network == asked.network


def test_originals_beside_perturbed_pictures_are_refused(file):
    both = {"training": {"originals": True, "augment": "perturbed"}}
    with pytest.raises(UsageError, match=r"originals.*expected false beside augment: perturbed"):
        make_config(read_config(file), both, file)


def test_a_start_may_be_the_name_of_weights_that_ship(tmp_path):
    path = tmp_path / "given.yaml"
    path.write_text("baseline: mask-rcnn-small\ndata: d\nstart: mask-rcnn-small\n")
    read = read_config(path)
    assert read["start"] == shipped("mask-rcnn-small")
    (tmp_path / "run").mkdir()
    write_config(tmp_path / "run", make_config(read, {}, path)[1])
    again = tmp_path / "run" / CONFIG
    assert "start: mask-rcnn-small\n" in again.read_text()  # wherever the package lies
    assert read_config(again)["start"] == read["start"]


def test_a_folder_goes_before_weights_that_ship(tmp_path):
    path = tmp_path / "given.yaml"
    path.write_text("baseline: mask-rcnn-small\ndata: d\nstart: mask-rcnn-small\n")
    (tmp_path / "mask-rcnn-small").mkdir()
    assert read_config(path)["start"] == tmp_path / "mask-rcnn-small"
    path.write_text("baseline: mask-rcnn-small\ndata: d\nstart: there/mask-rcnn-small\n")
    assert read_config(path)["start"] == tmp_path / "there" / "mask-rcnn-small"


def test_flags_go_before_the_file_field_by_field(file, tmp_path):
    flags = {"data": tmp_path, "network": {"crop": "32"}, "training": {"seed": 5}}
    _, config = make_config(read_config(file), flags, file)
    assert config.data == tmp_path
    assert (config.network["side"], config.network["crop"]) == (96, 32)
    assert (config.training.seed, config.training.val) == (5, "val")


@pytest.mark.parametrize("name", LENGTHS)
def test_a_length_that_is_asked_for_stands_alone(name):
    row = make_training(ROW, {"epochs": 3, "steps": 9}, "a file")
    assert (row.epochs, row.steps, row.minutes) == (3, 9, None)
    found = make_training(ROW, {name: 2}, "the command line", row)
    assert [getattr(found, other) for other in LENGTHS if other != name] == [None, None]


def test_what_is_written_is_read_as_the_same_configuration(file, tmp_path):
    _, config = make_config(read_config(file), {"training": {"devices": "2"}}, file)
    out = tmp_path / "runs" / "first"
    write_config(out, config)
    _, again = make_config(read_config(out / CONFIG), {}, out / CONFIG)
    assert again.data.resolve() == config.data.resolve()
    assert again.model_dump(exclude={"data"}) == config.model_dump(exclude={"data"})
    assert str(tmp_path) not in (out / CONFIG).read_text()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("trainig: {}", ["'trainig'", "training?"]),
        ("training: {learning_rat: 1}", ["'training.learning_rat'", "learning_rate?"]),
        ("baseline: mask-rcnn-smal\ndata: d", ["mean mask-rcnn-small"]),
        ("baseline: mask-rcnn-small\ndata: d\nnetwork: {sides: 96}", ["network.sides", "side?"]),
        (
            "baseline: mask-rcnn-small\ndata: d\nnetwork: {side: 9}",
            ["network.side", "got 9", "greater than or equal to 64"],
        ),
        (
            "baseline: mask-rcnn-small\ndata: d\ntraining: {precision: 8}",
            ["training.precision", "got '8'", "bf16"],
        ),
        (
            "baseline: mask-rcnn-small\ndata: d\ntraining: {workers: many}",
            ["training.workers", "got 'many'", "integer", "auto"],
        ),
        ("training: 3", ["training", "field: value"]),
        ("- a\n- b", ["the configuration", "field: value"]),
        ("a: [", ["not YAML", "line"]),
        ("data: d", ["the baseline is not given"]),
        ("baseline: mask-rcnn-small", ["the data is not given"]),
        ("baseline: mask-rcnn-small\ndata: d\nsplit: [1]", ["'split'"]),
    ],
)
def test_mistakes_are_named_with_their_place_and_what_is_near(text, parts, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        make_config(read_config(path), {}, path)
    for part in parts:
        assert part in str(caught.value)


def test_a_mistake_on_the_command_line_names_the_flag(file):
    with pytest.raises(UsageError, match="--batch-size is wrong"):
        make_config(read_config(file), {"training": {"batch_size": "0"}}, file)


def test_the_schema_knows_every_field_and_what_it_means():
    found = schema("mask-rcnn-small")
    assert set(found["properties"]) == set(RunConfig.model_fields)
    assert "side" in found["properties"]["network"]["properties"]
    fields = found["$defs"]["TrainingParameters"]["properties"]
    assert set(fields) == set(TrainingParameters.model_fields)
    assert all(field["description"] for field in fields.values())
    json.dumps(found)


def test_parameters_are_plain_yaml_and_json():
    given = TrainingParameters(precision=16, devices=3, workers="auto", patience=2)
    for text in (yaml.safe_dump(given.model_dump(mode="json")), given.model_dump_json()):
        assert TrainingParameters(**yaml.safe_load(text)) == given


def test_bystanders_are_fields():
    assert set(TrainingParameters.model_fields) > BYSTANDERS


def test_a_configuration_needs_no_torch():
    code = "import sys; import manyfaces.benchmark.run_config; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_documentation_has_every_field_with_its_default_and_meaning():
    page = Path(__file__).parents[2] / "docs" / "training.md"
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.*) \|$", page.read_text(), re.MULTILINE)
    assert [name for name, _, _ in rows] == list(TrainingParameters.model_fields)
    for name, default, meaning in rows:
        field = TrainingParameters.model_fields[name]
        assert yaml.safe_load(default) == field.default
        assert meaning == field.description


def test_the_documentations_example_is_a_configuration(tmp_path):
    page = Path(__file__).parents[2] / "docs" / "training.md"
    path = tmp_path / "run.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)[1])
    _, config = make_config(read_config(path), {}, path)
    assert config.training.accumulate == 4


PHOTOGRAPHS = Path(__file__).parents[2] / "docs" / "photographs"
WORKED = sorted(path for path in PHOTOGRAPHS.glob("*.yaml") if path.stem != "recipe")


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_the_worked_examples_are_configurations(path):
    row, config = make_config(read_config(path), {}, path)
    assert row is BASELINES[config.baseline]


def test_every_baseline_has_a_worked_example():
    assert {str(read_config(path)["baseline"]) for path in WORKED} == set(BASELINES)
