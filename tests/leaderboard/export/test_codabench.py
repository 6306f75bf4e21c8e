import zipfile
from datetime import datetime

import challenges
import pytest
import yaml
from host_rules import codabench_faults, read_time
from hosts import Codabench
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.export.bundle import write_bundle
from manyfaces.leaderboard.export.codabench import column_keys, configuration
from manyfaces.leaderboard.export.judge import judge
from manyfaces.leaderboard.export.options import Options
from manyfaces.leaderboard.ledger.follow import reveal_truth


@pytest.fixture
def bundle(board, tmp_path):
    write_bundle(board.folder, "codabench", tmp_path / "out")
    return tmp_path / "out"


def test_the_configuration_passes_what_the_host_asks_for(bundle):
    with zipfile.ZipFile(bundle / "codabench.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    config = yaml.safe_load(files["competition.yaml"])
    assert codabench_faults(config, files) == []


def config_of(tmp_path, **fields):
    path = challenges.rules(
        tmp_path, opens="2026-03-01T13:45:00+01:00", closes="2026-04-01T12:30:15Z", **fields
    )
    folder = create_board(tmp_path / "board", path).folder
    return yaml.safe_load(yaml.safe_dump(configuration(folder, Options(image="you/image:1"))))


def test_the_rules_are_carried_over(tmp_path):
    config = config_of(
        tmp_path,
        registration="open",
        contact="a@example.org",
        decimals=2,
        ranking={"task": "mask", "metric": "oLRP"},
    )
    public, hidden = config["phases"]
    assert (public["max_submissions_per_day"], public["max_submissions"]) == (3, 5)
    assert hidden["auto_migrate_to_this_phase"] is True
    assert config["registration_auto_approve"] is True
    assert config["contact_email"] == "a@example.org"
    assert config["docker_image"] == "you/image:1"
    (board,) = config["leaderboards"]
    assert [column["title"] for column in board["columns"]] == ["Overall", "clean", "dark"]
    assert {(column["sorting"], column["precision"]) for column in board["columns"]} == {("asc", 2)}


def test_hours_and_minutes_survive_the_hosts_reading(tmp_path):
    public, hidden = config_of(tmp_path)["phases"]
    assert read_time(public["start"]) == datetime(2026, 3, 1, 12, 45)
    assert read_time(public["end"]) == datetime(2026, 4, 1, 12, 30, 15)
    assert read_time(hidden["start"]).year == 2100


@pytest.mark.parametrize(
    ("shown", "start"),
    [
        ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10)),
        ("2026-03-15T10:00:00Z", datetime(2026, 4, 1, 12, 30, 16)),
    ],
)
def test_the_hidden_phase_begins_as_the_rules_say_but_after_the_public_one(tmp_path, shown, start):
    _, hidden = config_of(tmp_path, hidden_shown=shown)["phases"]
    assert read_time(hidden["start"]) == start


def test_after_the_reveal_the_hidden_phase_waits_no_longer(board):
    reveal_truth(board.folder, board.database)
    _, hidden = configuration(board.folder, Options())["phases"]
    assert read_time(hidden["start"]).year < 2100


def test_a_challenge_without_a_hidden_split_has_one_phase(tmp_path):
    config = config_of(tmp_path, splits={"public": "val"}, contact="ask us")
    assert len(config["phases"]) == len(config["tasks"]) == 1
    assert config["solutions"][0]["tasks"] == [0]
    assert "contact_email" not in config


def test_names_that_are_too_long_for_the_host_have_short_keys(board):
    name = "a" * 60
    tracks = (board.folder.rules.tracks[0].model_copy(update={"name": name}),)
    rules = board.folder.rules.model_copy(update={"tracks": tracks})
    assert column_keys(rules) == {"Overall": "column_0", name: "column_1"}


def test_each_phase_scores_its_split_alone_with_the_boards_numbers(
    bundle, board, reference, zipped, tmp_path
):
    worker = Codabench(bundle / "codabench.zip", tmp_path / "worker")
    made = zipped()
    answer = judge(reference, made)
    keys = column_keys(board.folder.rules)
    columns = {column["key"] for column in worker.config["leaderboards"][0]["columns"]}
    for phase, split in enumerate(("val", "test")):
        found = worker.run(made, phase)
        assert found["status"] == "Finished", found
        assert found["scores"] == {
            keys[name]: value for name, value in answer.scores[split].items()
        }
        assert set(found["scores"]) == columns
        rows = [row for row in answer.tracks if row.split == split]
        assert all(f"<td>{row.value}<td>{row.low} to {row.high}" in found["page"] for row in rows)
        assert (found["stdout"], found["stderr"]) == ("", "")


def test_the_public_phase_has_no_hidden_truth(bundle):
    with zipfile.ZipFile(bundle / "codabench.zip") as archive:
        with zipfile.ZipFile(archive.open("reference_0.zip")) as public:
            assert not [name for name in public.namelist() if "test" in name]
        with zipfile.ZipFile(archive.open("reference_1.zip")) as hidden:
            assert not [name for name in hidden.namelist() if "val" in name]


def test_the_sample_is_taken(bundle, tmp_path):
    worker = Codabench(bundle / "codabench.zip", tmp_path / "worker")
    assert worker.run(bundle / "example.zip")["status"] == "Finished"
    solution = worker.files / worker.config["solutions"][0]["path"]
    assert solution.read_bytes() == (bundle / "example.zip").read_bytes()


def test_what_is_refused_fails_with_words_and_without_a_traceback(bundle, other, tmp_path):
    worker = Codabench(bundle / "codabench.zip", tmp_path / "worker")
    rows = challenges.predictions()
    rows[0]["image_id"] = 99
    made = other(method_json='{"name": "x", "authors": "A"}', clean_json=rows, dark_json=rows)
    found = worker.run(made)
    assert found["status"] == "Failed"
    assert "99" in found["stderr"]
    assert "Traceback" not in found["stderr"]
    assert found["scores"] is None
