import pytest
from manyfaces.benchmark.protocol import DEFAULT, Protocol
from pycocotools.cocoeval import Params
from pydantic import ValidationError


def test_the_defaults_are_the_very_numbers_of_pycocotools():
    coco = Params("bbox")
    assert list(DEFAULT.iou_thresholds) == coco.iouThrs.tolist()
    assert list(DEFAULT.max_detections) == coco.maxDets
    assert [list(bounds) for bounds in DEFAULT.areas.values()] == coco.areaRng
    assert list(DEFAULT.areas) == coco.areaRngLbl
    assert DEFAULT.recall_points == len(coco.recThrs)


def test_every_field_changes_the_hash_and_the_record_survives():
    others = [
        Protocol(version="x"),
        Protocol(iou_thresholds=(0.5, 0.75)),
        Protocol(recall_points=11),
        Protocol(max_detections=(1, 10)),
        Protocol(areas={"all": (0, 1e10)}),
        Protocol(tau=0.75),
    ]
    assert len({protocol.sha256 for protocol in [DEFAULT, *others]}) == len(others) + 1
    for protocol in others:
        assert Protocol.model_validate(protocol.record()).sha256 == protocol.sha256


@pytest.mark.parametrize(
    "fields",
    [
        {"iou_thresholds": ()},
        {"iou_thresholds": (0.75, 0.5)},
        {"iou_thresholds": (0.0, 0.5)},
        {"iou_thresholds": (0.5, 1.5)},
        {"max_detections": (100, 10)},
        {"max_detections": (0, 10)},
        {"recall_points": 1},
        {"tau": 0.42},
        {"iou_thresholds": (0.5, 1.0), "tau": 1.0},
        {"areas": {}},
        {"areas": {"small": (0, 9)}},
        {"surprise": 1},
    ],
)
def test_contradictions_are_refused(fields):
    with pytest.raises(ValidationError):
        Protocol(**fields)


def test_the_record_is_frozen():
    with pytest.raises(ValidationError):
        DEFAULT.tau = 0.6
