"""Run folders and Detectron2's checkpoints, each read by the other's tools."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("detectron2", reason="Detectron2 is not installed")

from manyfaces.benchmark.frameworks import require_detectron2

require_detectron2()  # without the warning of its first import

from detectron2.checkpoint import DetectionCheckpointer
from detectron2.config import get_cfg
from detectron2.engine import DefaultPredictor
from detectron2.modeling import build_model
from manyfaces.annotations.masks import decode
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.detectors import load_detector, load_network
from manyfaces.benchmark.detectron2_checkpoints import export_run, import_checkpoint
from manyfaces.benchmark.run_folder import RECORD, WEIGHTS, read_record, write_record
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import DataError, UsageError
from typer.testing import CliRunner

ROW = BASELINES["mask-rcnn-detectron2"]
SMALL = (
    "MODEL.RESNETS.DEPTH 18 MODEL.RESNETS.RES2_OUT_CHANNELS 64 MODEL.FPN.OUT_CHANNELS 32 "
    "MODEL.ROI_BOX_HEAD.FC_DIM 64 MODEL.ROI_MASK_HEAD.CONV_DIM 32 "
    "MODEL.ROI_HEADS.SCORE_THRESH_TEST 0.0 MODEL.RPN.POST_NMS_TOPK_TEST 50"
)


@pytest.fixture(scope="module")
def run(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("detectron2") / "run"
    train(
        ROW,
        tiny_dataset,
        out,
        parameters=ROW.parameters(side=128, overrides=SMALL),
        training=TrainingParameters(steps=2, batch_size=2, device="cpu"),
    )
    return out


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("detectron2") / "exported"
    export_run(run, out)
    return out


@pytest.fixture(scope="module")
def config(exported):
    found = get_cfg()
    found.merge_from_file(str(exported / "config.yaml"))
    return found


def test_detectron2s_checkpointer_finds_every_weight(run, exported, config):
    model = build_model(config)
    rest = DetectionCheckpointer(model, str(exported)).resume_or_load("", resume=True)
    assert rest["iteration"] == 1
    ours = load_network(run, "cpu").model.state_dict()
    theirs = model.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_detectron2s_predictor_gives_the_same_answers(run, config, eight_pictures):
    """Their picture is resized as bytes, so numbers differ by the rounding of pixels."""
    image = eight_pictures[0][0]  # as large as side: nothing is resized
    assert max(image.shape) == config.INPUT.MAX_SIZE_TEST
    theirs = DefaultPredictor(config)(image[:, :, ::-1])["instances"]
    (ours,) = load_network(run, "cpu").predict([image], [1])
    assert len(ours) == len(theirs) > 10
    np.testing.assert_allclose(ours.boxes, theirs.pred_boxes.tensor.numpy(), atol=1e-3)
    np.testing.assert_allclose(ours.scores, theirs.scores.numpy(), atol=1e-5)
    assert all(
        (decode(rle) == mask).all()
        for rle, mask in zip(ours.masks, theirs.pred_masks.numpy(), strict=True)
    )


def test_what_was_exported_comes_back_as_a_run(run, exported, tmp_path, eight_pictures):
    record = import_checkpoint(
        exported / "config.yaml", exported / "model_final.pth", tmp_path / "back"
    )
    assert record.finished
    assert record.steps == 2
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == sorted([RECORD, WEIGHTS])
    pictures = [image for image, _ in eight_pictures[:2]]
    loaded = load_detector(str(tmp_path / "back"), device="cpu")
    first = loaded.detector.predict(pictures, [1, 2])
    second = load_network(run, "cpu").predict(pictures, [1, 2])
    for one, other in zip(first, second, strict=True):
        assert len(one) == len(other)
        assert (one.boxes == other.boxes).all()
        assert (one.scores == other.scores).all()
        assert one.masks == other.masks


def test_an_imported_run_needs_no_other_file(exported, tmp_path):
    import_checkpoint(exported / "config.yaml", exported / "model_final.pth", tmp_path / "back")
    given = read_record(tmp_path / "back").parameters
    assert given["weights"] is None
    assert str(exported) not in str(given)


def test_a_checkpoint_of_other_classes_is_refused(exported, config, tmp_path):
    other = config.clone()
    other.MODEL.ROI_HEADS.NUM_CLASSES = 80
    (tmp_path / "config.yaml").write_text(other.dump())
    with pytest.raises(DataError, match="other classes"):
        import_checkpoint(tmp_path / "config.yaml", exported / "model_final.pth", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_checkpoint_of_another_configuration_is_refused(exported, config, tmp_path):
    other = config.clone()
    other.MODEL.ROI_BOX_HEAD.FC_DIM = 48
    (tmp_path / "config.yaml").write_text(other.dump())
    with pytest.raises(DataError, match="do not fit"):
        import_checkpoint(tmp_path / "config.yaml", exported / "model_final.pth", tmp_path / "back")


@pytest.mark.parametrize("missing", ["config.yaml", "model_final.pth"])
def test_a_missing_file_is_named(exported, tmp_path, missing):
    files = {name: exported / name for name in ("config.yaml", "model_final.pth")}
    files[missing] = tmp_path / missing
    with pytest.raises(UsageError, match=missing):
        import_checkpoint(*files.values(), tmp_path / "back")


def test_runs_of_other_baselines_are_not_exported(run, tmp_path):
    text = (run / RECORD).read_text().replace("mask-rcnn-detectron2", "mask-rcnn-small")
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(UsageError, match="mask-rcnn-small"):
        export_run(tmp_path, tmp_path / "out")


def test_what_another_wrote_is_not_overwritten(run, exported, tmp_path):
    files = (exported / "config.yaml", exported / "model_final.pth")
    for _ in range(2):
        export_run(run, tmp_path / "out")
        import_checkpoint(*files, tmp_path / "back")
    (tmp_path / "out" / "config.yaml").write_text("my: config\n")
    with pytest.raises(UsageError, match="another configuration"):
        export_run(run, tmp_path / "out")
    assert (tmp_path / "out" / "config.yaml").read_text() == "my: config\n"
    record = read_record(tmp_path / "back")
    write_record(tmp_path / "back", record.model_copy(update={"steps": 7}))
    with pytest.raises(UsageError, match="another run"):
        import_checkpoint(*files, tmp_path / "back")


@pytest.mark.parametrize(("iteration", "steps"), [(4, 5), (-1, 0), (None, 0)])
def test_a_checkpoint_that_names_no_step_is_taken_without(exported, tmp_path, iteration, steps):
    state = torch.load(exported / "model_final.pth", weights_only=True)
    del state["iteration"]
    torch.save(
        {**state, **({} if iteration is None else {"iteration": iteration})}, tmp_path / "m.pth"
    )
    record = import_checkpoint(exported / "config.yaml", tmp_path / "m.pth", tmp_path / "back")
    assert record.steps == steps
    assert record.training.steps == (steps or None)


def test_training_that_cannot_be_told_is_named(exported, config, tmp_path):
    other = config.clone()
    other.SOLVER.BASE_LR = 0.0
    (tmp_path / "config.yaml").write_text(other.dump())
    with pytest.raises(DataError, match="learning_rate"):
        import_checkpoint(tmp_path / "config.yaml", exported / "model_final.pth", tmp_path / "back")


def test_a_configuration_from_elsewhere_runs_no_python(exported, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("OUTPUT_DIR: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(DataError, match="cannot be read"):
        import_checkpoint(path, exported / "model_final.pth", tmp_path / "back")


def test_the_command_line_goes_both_ways(run, tmp_path):
    from manyfaces.cli.detectron2 import app

    shell = CliRunner()
    done = shell.invoke(app, ["export", str(run), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert (tmp_path / "out" / "config.yaml").is_file()
    files = [str(tmp_path / "out" / name) for name in ("config.yaml", "model_final.pth")]
    done = shell.invoke(app, ["import", *files, "--out", str(tmp_path / "run")])
    assert done.exit_code == 0
    assert done.stdout.strip().replace("\n", "") == str(tmp_path / "run")
