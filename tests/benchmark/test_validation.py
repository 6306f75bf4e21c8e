import csv

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.harness import TrackData
from manyfaces.benchmark.run_folder import BEST, METRICS, WEIGHTS, load_weights, read_record
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.tracks import get_track
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.benchmark.validation import validation_losses, validation_scores
from manyfaces.benchmark.watched import Watched, watch
from manyfaces.core.errors import UsageError
from manyfaces.core.files import read_bytes
from tiny_baseline import TINY, TinyNetwork, TinyParameters, each, the_first

ASKED = {
    "epochs": 4, "batch_size": 2, "warmup": 0, "learning_rate": 0.05, "device": "cpu",
    "val": "test", "metric": "box/AP50/any",
}  # fmt: skip


def run(data, out, **given):
    return train(TINY, data, out, training=TrainingParameters(**{**ASKED, **given}))


def rows(folder):
    with (folder / METRICS).open() as file:
        return list(csv.DictReader(file))


def finds_nothing(_network, images, _image_ids):
    return [Instances.empty(image.shape[:2], scored=True) for image in images]


@pytest.fixture
def loader(tiny_dataset):
    images = open_split(tiny_dataset, "test").images
    data = TrackData(tiny_dataset, images, get_track("clean"))
    return torch.utils.data.DataLoader(data, 2, collate_fn=list)


@pytest.fixture(scope="module")
def finished(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    run(tiny_dataset, out)
    return out


def test_each_epochs_numbers_stand_in_the_metrics(finished):
    found = rows(finished)
    assert len(found) == 4
    assert {"loss", "val/box/AP50/any", "val/box/AP/all", "val/box/label_AUC/any"} <= set(found[0])
    assert all(0 <= float(row["val/box/AP50/any"]) <= 1 for row in found)


def test_the_weights_kept_are_those_of_the_best_epoch(finished, tiny_dataset, loader):
    record = read_record(finished)
    column = [float(row["val/box/AP50/any"]) for row in rows(finished)]
    assert record.best["metric"] == "box/AP50/any"
    assert record.best["value"] == pytest.approx(max(column), rel=1e-5)
    assert record.best["epoch"] == column.index(max(column)) + 1
    network = TinyNetwork(TinyParameters())
    load_weights(finished, network)
    values = validation_scores(network, loader, 1, watch("box/AP50/any"))
    assert values["box/AP50/any"] == record.best["value"]
    assert not (finished / BEST).exists()


def test_the_first_epoch_is_kept_where_no_later_one_is_better(tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(Watched, "better", the_first)
    assert run(tiny_dataset, tmp_path / "kept").best["epoch"] == 1
    monkeypatch.setattr(Watched, "better", each)
    assert run(tiny_dataset, tmp_path / "last").best["epoch"] == 4
    kept, last = (read_bytes(tmp_path / name / WEIGHTS) for name in ("kept", "last"))
    assert kept != last


@pytest.mark.parametrize("patience", [1, 2])
def test_a_run_ends_after_so_many_epochs_without_a_better_one(
    patience, tiny_dataset, tmp_path, monkeypatch
):
    monkeypatch.setattr(Watched, "better", the_first)
    record = run(tiny_dataset, tmp_path / "run", patience=patience, epochs=9)
    assert record.finished
    assert record.steps == (1 + patience) * 3
    assert len(rows(tmp_path / "run")) == 1 + patience


def test_epochs_in_which_nothing_is_found_yet_do_not_end_a_run(tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(TinyNetwork, "predict", finds_nothing)
    record = run(tiny_dataset, tmp_path / "run", patience=1, epochs=3)
    assert record.steps == 9
    assert record.best is None
    assert [float(row["val/box/AP50/any"]) for row in rows(tmp_path / "run")] == [0, 0, 0]


def test_validation_changes_nothing_of_the_training(finished, tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(Watched, "better", each)
    run(tiny_dataset, tmp_path / "scored")
    run(tiny_dataset, tmp_path / "lost", metric="loss")
    run(tiny_dataset, tmp_path / "alone", val=None)
    scored, lost, alone = (
        read_bytes(tmp_path / name / WEIGHTS) for name in ("scored", "lost", "alone")
    )
    assert scored == lost == alone


def test_a_watched_loss_falls_and_stands_in_the_metrics(tiny_dataset, tmp_path):
    record = run(tiny_dataset, tmp_path / "run", metric="loss", epochs=8)
    column = [float(row["val/loss"]) for row in rows(tmp_path / "run")]
    assert column[-1] < column[0]
    assert record.best["value"] == pytest.approx(min(column), rel=1e-5)


def test_the_loss_is_the_mean_over_pictures_without_noise_and_leaves_the_network(loader):
    network = TinyNetwork(TinyParameters()).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first, second = (validation_losses(network, loader, 1) for _ in range(2))
    assert first == second
    assert first["loss"] == first["loss_map"]
    assert not any(module.training for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    alone = torch.utils.data.DataLoader(loader.dataset, 1, collate_fn=list)
    assert validation_losses(network, alone, 1)["loss"] == pytest.approx(first["loss"], rel=1e-5)


def test_the_scores_are_those_of_the_scoring_function(loader):
    network = TinyNetwork(TinyParameters())
    pictures = [sample for batch in loader for sample in batch]
    found = network.predict([row.image for row in pictures], [row.image_id for row in pictures])
    wanted = {
        (row.task, row.metric, row.class_): row.value
        for row in score([row.truth for row in pictures], found)
        if row.stratum == "all"
    }
    values = validation_scores(network, loader, 1, watch("mask/oLRP/real"))
    assert values["mask/oLRP/real"] == wanted["mask", "oLRP", "real"]
    assert values["box/AP/all"] == wanted["box", "AP", "all"]


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"metric": "box/AP5/any"}, "Did you mean"),
        ({"val": "dev"}, "no split"),
        ({"val": None, "patience": 2}, "--val"),
    ],
)
def test_mistakes_are_named_before_anything_is_written(given, part, tiny_dataset, tmp_path):
    with pytest.raises(UsageError, match=part):
        run(tiny_dataset, tmp_path / "run", **given)
    assert not (tmp_path / "run").exists()
