"""``--faces``, as ``predict`` and ``evaluate`` understand it."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations import masks
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import write_predictions
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.run_config import make_parameters
from manyfaces.benchmark.run_folder import RunRecord, save_weights, write_record
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.cli.faces import _instances, load_with_faces
from manyfaces.core.errors import UsageError
from manyfaces.generators.analysis.analyser import MIN_PRESENCE

SIZE = (48, 64)
PICTURE = np.full((*SIZE, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of mesonet, with fresh weights."""
    folder = tmp_path_factory.mktemp("faces") / "run"
    folder.mkdir()
    row = BASELINES["mesonet"]
    parameters = make_parameters(row, {"side": 32})
    save_weights(folder, row.build(parameters))
    record = RunRecord(
        baseline=row.name,
        version=row.version,
        parameters=parameters.model_dump(mode="json"),
        training=TrainingParameters(steps=1),
        data={},
        versions={},
        finished=True,
        steps=1,
    )
    write_record(folder, record)
    return folder


@pytest.fixture
def predictions(tmp_path):
    mask = np.zeros(SIZE, bool)
    mask[8:24, 16:32] = True
    path = tmp_path / "found.json"
    found = Instances.from_masks(SIZE, [mask], [0])
    write_predictions(
        path, {7: Instances(SIZE, found.boxes, found.labels, found.masks, np.array([0.5]))}
    )
    return path


def test_a_predictions_file_finds_the_faces_and_is_in_the_identity(run, predictions):
    loaded = load_with_faces(str(run), {7: SIZE}, "cpu", str(predictions))
    (answer,) = loaded.detector.predict([PICTURE], [7])
    assert answer.boxes.tolist() == [[16, 8, 32, 24]]
    assert 0.25 <= answer.scores[0] <= 0.5
    assert loaded.identity["faces"]["name"] == "found"
    json.dumps(loaded.identity)


def test_what_judges_faces_cannot_find_them(run):
    with pytest.raises(UsageError, match="finds none"):
        load_with_faces(str(run), None, "cpu", str(run))


def test_what_finds_its_own_faces_needs_no_finder(predictions):
    with pytest.raises(UsageError, match="itself"):
        load_with_faces(str(predictions), {7: SIZE}, "cpu", str(predictions))


def test_a_face_without_a_mesh_counts_as_the_least_sure():
    class Found:
        box, confidence = (1.0, 2.0, 9.0, 8.0), 0.0
        region = masks.encode(np.ones(SIZE, bool))

    assert _instances(PICTURE, []).scores.shape == (0,)
    assert _instances(PICTURE, [Found]).scores.tolist() == [MIN_PRESENCE]


def test_forging_cannot_be_told_to_fool_what_finds_no_faces(run):
    from manyfaces.cli.build import _opponent

    with pytest.raises(UsageError, match="finds none"):
        _opponent(str(run))
