"""Run folders to checkpoints of Detectron2, and back.

A checkpoint is what Detectron2's own trainer leaves: ``config.yaml``, ``model_final.pth``
(``{"model": state, "iteration": …}``) and ``last_checkpoint``, which names it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from detectron2 import __version__ as detectron2_version
from pydantic import ValidationError

from .. import __version__
from ..annotations.categories import NAMES
from ..core.configuration import expectation
from ..core.errors import DataError, UsageError
from ..core.files import atomic, claim_folder, sha256_of_file, write_text
from .baselines.baseline import Baseline
from .baselines.detectron2_config import flat, is_ours, make_config, read_config
from .baselines.detectron2_weights import load_detectron2
from .baselines.mask_rcnn_detectron2 import MaskRcnnDetectron2
from .baselines.mask_rcnn_parameters import Detectron2Parameters
from .baselines.table import BASELINES
from .detectors import load_network
from .run_folder import RunRecord, claim_copy, read_record, save_weights, write_record
from .training_parameters import TrainingParameters

if TYPE_CHECKING:
    from detectron2.config import CfgNode

ROW: Final = "mask-rcnn-detectron2"
CONFIG: Final = "config.yaml"
MODEL: Final = "model_final.pth"
LAST: Final = "last_checkpoint"


def export_run(run: Path, out: Path) -> Path:
    """Write a finished run as a checkpoint of Detectron2; returns its configuration's file.

    Raises:
        UsageError: it is a run of another baseline, unfinished, or the folder holds other things.
    """
    record = read_record(run)
    if record.baseline != ROW:
        raise UsageError(
            "only Detectron2's networks can be written for Detectron2",
            where=run,
            got=record.baseline,
            expected=ROW,
        )
    network = load_network(run, "cpu")
    assert isinstance(network, MaskRcnnDetectron2)
    text = _for_its_tools(network.config, out).dump()
    if claim_folder(out, marker=CONFIG, purpose="an earlier export"):
        _require_earlier(out / CONFIG, text)
    # First, so that an export that was interrupted can be made again.
    write_text(out / CONFIG, text)
    state = {name: value.detach() for name, value in network.model.state_dict().items()}
    with atomic(out / MODEL) as file:
        torch.save({"model": state, "iteration": record.steps - 1}, file)
    write_text(out / LAST, MODEL)
    return out / CONFIG


def _require_earlier(config: Path, text: str) -> None:
    if config.read_text(encoding="utf-8") != text:
        raise UsageError(
            "the output folder holds another configuration",
            where=config,
            expected="an empty folder, a new one, or one that holds an earlier export of this run",
            mend="Choose another folder",
        )


def _for_its_tools(config: CfgNode, out: Path) -> CfgNode:
    copy = config.clone()
    copy.defrost()
    copy.MODEL.WEIGHTS = str((out / MODEL).resolve())
    copy.MODEL.DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
    copy.OUTPUT_DIR = str(out.resolve())
    return copy


def import_checkpoint(config: Path, weights: Path, out: Path) -> RunRecord:
    """Make a finished run folder of what Detectron2's own tools trained.

    The configuration is kept whole, as overrides of the zoo's R50-FPN.

    Args:
        config: the ``config.yaml`` that they wrote.
        weights: the checkpoint, ``.pth``.

    Raises:
        UsageError: a file is missing, or the run folder holds other things.
        DataError: they do not belong together, or are not of faces real (0) and fake (1).
    """
    row = BASELINES[ROW]
    parameters, given = _parameters(config)
    network = row.build(parameters)
    assert isinstance(network, MaskRcnnDetectron2)
    rest = load_detectron2(network.model, weights, None, whole=True)
    record = _record(row, parameters, given, weights, int(rest.get("iteration", -1)) + 1)
    claim_copy(out, record, "an earlier import of this checkpoint")
    save_weights(out, network)
    write_record(out, record)
    return record


def _parameters(config: Path) -> tuple[Detectron2Parameters, dict[str, Any]]:
    """The row's parameters that give this very configuration, and all of its values."""
    plain = Detectron2Parameters(side=None, norm="own")
    given = dict(flat(read_config(config)))
    if (classes := given["MODEL.ROI_HEADS.NUM_CLASSES"]) != len(NAMES):
        raise DataError(
            "this checkpoint tells other classes apart",
            where=config,
            got=f"MODEL.ROI_HEADS.NUM_CLASSES {classes}",
            expected=f"{len(NAMES)}: {', '.join(NAMES)}",
        )
    ours = dict(flat(make_config(plain)))
    pairs = [
        (key, repr(value))
        for key, value in given.items()
        if not is_ours(key) and ours.get(key, ...) != value
    ]
    overrides = tuple(word for pair in pairs for word in pair)
    return plain.model_copy(update={"overrides": overrides}), given


def _training(given: dict[str, Any], weights: Path, steps: int) -> TrainingParameters:
    """How it was trained; without a length where the checkpoint does not name its step."""
    try:
        return TrainingParameters(
            steps=steps or None,
            batch_size=given["SOLVER.IMS_PER_BATCH"],
            learning_rate=given["SOLVER.BASE_LR"],
            weight_decay=given["SOLVER.WEIGHT_DECAY"],
            seed=max(0, given["SEED"]),
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise DataError(
            "the checkpoint's training cannot be taken over",
            where=weights,
            got=f"{fault['loc'][0]} {fault['input']}",
            expected=expectation(fault["msg"]),
        ) from error


def _record(
    row: Baseline,
    parameters: Detectron2Parameters,
    given: dict[str, Any],
    weights: Path,
    steps: int,
) -> RunRecord:
    training = _training(given, weights, steps)
    return RunRecord(
        baseline=row.name,
        version=row.version,
        parameters=parameters.model_dump(mode="json"),
        training=training,
        data={"imported": weights.name, "sha256": sha256_of_file(weights)},
        versions={
            "manyfaces": __version__,
            "torch": torch.__version__,
            "detectron2": detectron2_version,
        },
        finished=True,
        steps=steps,
    )
