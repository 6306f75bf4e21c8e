"""Detectron2's configuration of a run: the model zoo's, ours for faces, and the user's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import detectron2
from detectron2.config import CfgNode, get_cfg
from yaml import YAMLError

from ...annotations.categories import NAMES
from ...core.errors import DataError, MissingDependencyError, UsageError
from .mask_rcnn_parameters import Detectron2Parameters

ZOO: Final = Path(detectron2.__file__).parent / "model_zoo" / "configs"
_POINT_REND: Final = ("POINT_HEAD", "PointRend", "IMPLICIT_POINTREND")
# What our trainer decides, and how it is asked for.
_ELSEWHERE: Final[Mapping[str, str]] = {
    "SOLVER": "the flags of `manyfaces train`",
    "DATASETS": "--data",
    "DATALOADER": "--workers",
    "OUTPUT_DIR": "--out",
    "SEED": "--seed",
    "MODEL.WEIGHTS": "the parameter weights",
    "MODEL.DEVICE": "--device",
    "MODEL.ROI_HEADS.NUM_CLASSES": "the task: faces are real or fake",
    "VIS_PERIOD": "nothing: no pictures are drawn while training",
    "INPUT.RANDOM_FLIP": "--augment",
    "INPUT.CROP": "--augment",
    "INPUT.MASK_FORMAT": "nothing: masks are bitmaps",
    "TEST.EVAL_PERIOD": "--val, which scores after each epoch",
    "TEST.EXPECTED_RESULTS": "nothing: `manyfaces evaluate` scores",
    "TEST.AUG": "nothing: each picture is looked at once",
    "TEST.PRECISE_BN": "nothing: the statistics are those of training",
    "CUDNN_BENCHMARK": "nothing: pictures differ in size",
}


def make_config(parameters: Detectron2Parameters) -> CfgNode:
    """The frozen configuration of a network.

    Raises:
        UsageError: no such configuration, not one of an instance segmenter, or an override
            that it does not have.
        MissingDependencyError: it is PointRend's and that project cannot be imported.
    """
    config = read_config(config_file(parameters.config), " ".join(parameters.overrides))
    _for_faces(config, parameters)
    _override(config, parameters)
    _check(config, parameters.config)
    config.freeze()
    return config


def config_file(name: str) -> Path:
    """The file of a zoo configuration, with or without ``.yaml``, or any file of that kind.

    Raises:
        UsageError: there is none, or it is one of the zoo's Python files.
    """
    for path in (ZOO / name, ZOO / f"{name}.yaml", Path(name)):
        if path.suffix == ".yaml" and path.is_file():
            return path
    raise UsageError(
        "there is no such Detectron2 configuration",
        got=name,
        expected="a .yaml file, or a name of the model zoo such as "
        "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml",
        mend="Lazy configurations (.py) are not read" if name.endswith(".py") else None,
    )


def read_config(path: Path, further: str = "") -> CfgNode:
    """Detectron2's defaults and one file upon them.

    PointRend's keys are there where the file, or the ``further`` words, speak of them.

    Raises:
        UsageError: there is no such file.
        DataError: it is not a configuration of Detectron2.
        MissingDependencyError: it is PointRend's and that project cannot be imported.
    """
    try:
        text = path.read_text(encoding="utf-8") + further
        config = get_cfg()
        if any(word in text for word in _POINT_REND):
            _add_point_rend(config)
        # Detectron2's own files may hold Python; another's would run whatever it says.
        config.merge_from_file(str(path), allow_unsafe=ZOO in path.resolve().parents)
    except FileNotFoundError as error:
        raise UsageError("there is no such Detectron2 configuration", got=path) from error
    except (KeyError, ValueError, AssertionError, OSError, YAMLError) as error:
        raise DataError(
            "the Detectron2 configuration cannot be read", where=path, got=_words(error)
        ) from error
    return config


def _add_point_rend(config: CfgNode) -> None:
    try:
        from detectron2.projects.point_rend import add_pointrend_config
    except ImportError as error:
        raise MissingDependencyError(
            "this configuration needs Detectron2's project PointRend",
            got=str(error),
            mend="Install Detectron2 from its source, which holds the project",
        ) from error
    add_pointrend_config(config)


def _for_faces(config: CfgNode, parameters: Detectron2Parameters) -> None:
    model = config.MODEL
    model.WEIGHTS, model.DEVICE = "", "cpu"  # Lightning moves the network
    model.ROI_HEADS.NUM_CLASSES = len(NAMES)
    if "POINT_HEAD" in model:
        model.POINT_HEAD.NUM_CLASSES = len(NAMES)
    config.INPUT.MASK_FORMAT = "bitmask"
    config.DATASETS.TRAIN = config.DATASETS.TEST = ()
    if parameters.side is not None:
        # A shorter side that may be as long as the longest one: the longer side decides.
        config.INPUT.MIN_SIZE_TRAIN = (parameters.side,)
        config.INPUT.MIN_SIZE_TEST = parameters.side
        config.INPUT.MAX_SIZE_TRAIN = config.INPUT.MAX_SIZE_TEST = parameters.side
    _set_norm(config, parameters)
    if parameters.weights is None:
        model.BACKBONE.FREEZE_AT = 0


def _set_norm(config: CfgNode, parameters: Detectron2Parameters) -> None:
    model, norm = config.MODEL, parameters.norm
    if norm == "auto":
        scratch = parameters.weights is None and model.RESNETS.NORM == "FrozenBN"
        norm = "group" if scratch else "own"
    if norm == "own":
        return
    model.RESNETS.NORM = model.FPN.NORM = "GN" if norm == "group" else "BN"
    # Batches of faces' crops vary too much for batch statistics.
    model.ROI_BOX_HEAD.NORM = model.ROI_MASK_HEAD.NORM = "GN" if norm == "group" else ""


def _override(config: CfgNode, parameters: Detectron2Parameters) -> None:
    given = parameters.overrides
    for key in given[::2]:
        for name, instead in _ELSEWHERE.items():
            if key == name or key.startswith(f"{name}."):
                raise UsageError(
                    "Detectron2's trainer is not used, so this override has no effect",
                    got=key,
                    mend=f"It is decided by {instead}",
                )
        if parameters.side is not None and key.startswith(("INPUT.MIN_SIZE", "INPUT.MAX_SIZE")):
            raise UsageError(
                "the size of the pictures is asked for twice",
                got=f"side={parameters.side} and {key}",
                mend="Say side=none to use the configuration's INPUT",
            )
    try:
        config.merge_from_list(list(given))
    except (KeyError, ValueError, AssertionError) as error:
        raise UsageError(
            "an override does not fit the Detectron2 configuration",
            got=_words(error),
            expected="KEY VALUE KEY VALUE …, as Detectron2's own tools take them",
        ) from error


def _check(config: CfgNode, name: str) -> None:
    wanted = {
        "MODEL.META_ARCHITECTURE": (config.MODEL.META_ARCHITECTURE, "GeneralizedRCNN"),
        "MODEL.MASK_ON": (config.MODEL.MASK_ON, True),
        "MODEL.KEYPOINT_ON": (config.MODEL.KEYPOINT_ON, False),
        "MODEL.LOAD_PROPOSALS": (config.MODEL.LOAD_PROPOSALS, False),
        "MODEL.ROI_HEADS.NUM_CLASSES": (config.MODEL.ROI_HEADS.NUM_CLASSES, len(NAMES)),
    }
    for key, (got, expected) in wanted.items():
        if got != expected:
            raise UsageError(
                "this Detectron2 configuration is not one of an instance segmenter of faces",
                where=name,
                got=f"{key} {got}",
                expected=expected,
            )


def flat(config: CfgNode, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a configuration, as an override names it, and its value."""
    for name, value in config.items():
        if isinstance(value, CfgNode):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def is_ours(key: str) -> bool:
    """Whether a key says how Detectron2's own trainer works, which is not used."""
    return any(key == name or key.startswith(f"{name}.") for name in _ELSEWHERE)


def _words(error: Exception) -> str:
    return str(error).strip("'\"").splitlines()[0] if str(error) else type(error).__name__
