import sys
from pathlib import Path

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import write_predictions
from manyfaces.benchmark.baselines.shipped import shipped
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.detector import Detector
from manyfaces.benchmark.detectors import (
    PredictionsDetector,
    find_run,
    load_detector,
    load_network,
)
from manyfaces.benchmark.run_folder import WEIGHTS
from manyfaces.core.errors import DataError, MissingDependencyError, SubmissionError, UsageError

SIZE = (20, 30)
PICTURE = np.zeros((*SIZE, 3), np.uint8)


def faces(score=0.75):
    mask = np.zeros(SIZE, bool)
    mask[4:12, 5:15] = True
    return Instances(SIZE, [[5, 4, 15, 12]], np.array([1]), (masks.encode(mask),), [score])


class Nobody:
    """A third party's detector."""

    def predict(self, images, image_ids):  # noqa: ARG002 - the protocol names them
        return [Instances.empty(image.shape[:2], scored=True) for image in images]


@pytest.fixture
def module(monkeypatch):
    monkeypatch.setitem(sys.modules, "someones_detector", sys.modules[__name__])
    return "someones_detector"


def test_answers_are_looked_up_by_id():
    detector = PredictionsDetector({7: faces()})
    assert isinstance(detector, Detector)
    found = detector.predict([PICTURE, PICTURE], [7, 8])
    assert found[0].scores.tolist() == [0.75]
    assert len(found[1]) == 0
    assert found[1].scores is not None


def test_an_answer_for_another_size_is_refused():
    with pytest.raises(DataError, match="image 7"):
        PredictionsDetector({7: faces()}).predict([np.zeros((9, 9, 3), np.uint8)], [7])


def test_a_predictions_file_is_a_detector(tmp_path):
    path = tmp_path / "mine.json"
    write_predictions(path, {7: faces()})
    loaded = load_detector(str(path), {7: SIZE, 8: SIZE})
    assert loaded.name == "mine"
    assert loaded.identity["kind"] == "predictions"
    (found,) = loaded.detector.predict([PICTURE], [7])
    assert found.boxes.tolist() == [[5, 4, 15, 12]]
    assert found.masks == faces().masks


def test_a_predictions_file_for_other_images_is_refused(tmp_path):
    write_predictions(tmp_path / "p.json", {7: faces()})
    with pytest.raises(SubmissionError, match="7"):
        load_detector(str(tmp_path / "p.json"), {1: SIZE})


def test_a_predictions_file_needs_a_dataset(tmp_path):
    write_predictions(tmp_path / "p.json", {7: faces()})
    with pytest.raises(UsageError, match="dataset"):
        load_detector(str(tmp_path / "p.json"))


@pytest.mark.parametrize("kind", [":Nobody", ":NOBODY"], ids=["class", "object"])
def test_third_parties_are_named_by_module_and_attribute(module, kind, monkeypatch):
    monkeypatch.setattr(sys.modules[module], "NOBODY", Nobody(), raising=False)
    loaded = load_detector(module + kind)
    assert len(loaded.detector.predict([PICTURE], [1])[0]) == 0
    assert loaded.identity == {"kind": "object", "reference": module + kind}


def test_what_does_not_predict_is_no_detector(module):
    with pytest.raises(UsageError, match="not a detector"):
        load_detector(f"{module}:SIZE")


def test_a_baseline_without_weights_says_how_to_train_it():
    with pytest.raises(UsageError, match="manyfaces train mesonet"):
        load_detector("mesonet")


def test_a_run_of_ones_own_goes_before_shipped_weights_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_run("mask-rcnn-small") == shipped("mask-rcnn-small")
    (tmp_path / "mask-rcnn-small").mkdir()
    assert find_run("mask-rcnn-small") == shipped("mask-rcnn-small")
    (tmp_path / "mask-rcnn-small" / "run.json").write_text("{}")
    assert find_run("mask-rcnn-small") == Path("mask-rcnn-small")
    assert find_run("mask-rcnn") is None


@pytest.mark.parametrize("reference", ["nowhere", "nowhere.json", "."])
def test_anything_else_says_what_is_expected(reference, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="run folder"):
        load_detector(reference)


def test_a_file_that_is_there_is_not_called_missing(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="got a file of another kind"):
        load_detector(str(tmp_path / "a.jpg"))


def test_without_torch_a_run_says_how_to_install_it(tmp_path, monkeypatch):
    (tmp_path / "run.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'manyfaces\[train\]'"):
        load_detector(str(tmp_path))


class TestRuns:
    """What needs torch."""

    @pytest.fixture
    def run(self, tiny_dataset, tmp_path):
        pytest.importorskip("torch", reason="the training extra is not installed")
        from manyfaces.benchmark.training import train
        from manyfaces.benchmark.training_parameters import TrainingParameters

        row = BASELINES["mask-rcnn-small"]
        train(
            row,
            tiny_dataset,
            tmp_path / "run",
            parameters=row.parameters(side=64, channels=16, crop=16),
            training=TrainingParameters(steps=1, device="cpu"),
        )
        return tmp_path / "run"

    def test_a_run_is_a_detector(self, run):
        loaded = load_detector(str(run), device="cpu")
        assert loaded.name == "mask-rcnn-small"
        assert loaded.identity["parameters"]["side"] == 64
        assert not loaded.detector.training
        assert loaded.detector.predict([PICTURE], [1])[0].size == SIZE

    def test_a_run_without_weights_is_unfinished(self, run):
        (run / WEIGHTS).unlink()
        with pytest.raises(UsageError, match="not finished"):
            load_network(run)

    def test_damaged_weights_are_refused(self, run):
        whole = (run / WEIGHTS).read_bytes()
        (run / WEIGHTS).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DataError, match="cannot be loaded"):
            load_network(run)

    def test_weights_of_another_network_are_refused(self, run):
        from manyfaces.benchmark.run_folder import read_record, write_record

        record = read_record(run)
        other = record.model_copy(update={"parameters": {**record.parameters, "channels": 32}})
        write_record(run, other)
        with pytest.raises(DataError, match="cannot be loaded"):
            load_network(run)

    def test_a_run_of_another_version_is_to_be_trained_again(self, run):
        from manyfaces.benchmark.run_folder import read_record, write_record

        write_record(run, read_record(run).model_copy(update={"version": "0"}))
        with pytest.raises(UsageError, match=r"another version .* Train it again"):
            load_network(run)

    def test_a_broken_record_is_refused(self, run):
        (run / "run.json").write_text('{"baseline": 3}')
        with pytest.raises(DataError, match="record"):
            load_network(run)

    def test_an_unknown_device_is_refused(self, run):
        with pytest.raises(UsageError, match="device"):
            load_network(run, "abacus")
