"""The table of metrics says what the scoring does, no more and no less."""

from pathlib import Path

import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.metrics import METRICS
from manyfaces.benchmark.scoring import score

DOCS = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
SIZE = (150, 150)


@pytest.fixture(scope="module")
def rows():
    """Scores of many faces, found well and badly."""
    rng = np.random.default_rng(0)
    result = []
    for case in range(8):
        truth, predictions = [], []
        for _ in range(4):
            masks = np.zeros((4, *SIZE), bool)
            for mask in masks:
                side, (y, x) = rng.integers(4, 110), rng.integers(0, 40, 2)
                mask[y : y + side, x : x + side] = True
            truth.append(Instances.from_masks(SIZE, list(masks), rng.integers(0, 2, 4)))
            moved = np.roll(masks, rng.integers(-case, case + 1), axis=1)
            found = Instances.from_masks(SIZE, list(moved), rng.integers(0, 2, 4))
            predictions.append(
                Instances(SIZE, found.boxes, found.labels, found.masks, rng.random(4))
            )
        result += score(truth, predictions)
    return result


def test_exactly_the_scored_metrics_are_listed(rows):
    assert {(row.metric, row.task) for row in rows} == {
        (metric.name, task) for metric in METRICS.values() for task in metric.tasks
    }


@pytest.mark.parametrize("name", METRICS)
def test_each_row_is_complete_and_its_range_holds(rows, name):
    metric = METRICS[name]
    assert metric.name == name
    assert metric.description
    assert metric.source
    assert metric.version
    assert metric.unit in {"ratio", "score", "count"}
    values = [row.value for row in rows if row.metric == name and row.value is not None]
    assert values
    assert metric.low <= min(values)
    assert max(values) <= metric.high


@pytest.mark.parametrize("name", METRICS)
def test_each_metric_is_documented(name):
    assert f"`{name}`" in DOCS.read_text()


def test_perfection_is_at_the_better_end():
    masks = np.zeros((2, *SIZE), bool)
    masks[0, :40, :40] = masks[1, 50:120, 50:120] = True
    truth = [
        Instances.from_masks(SIZE, list(masks), [0, 1]),
        Instances.from_masks(SIZE, [masks[0]], [0]),
    ]
    perfect = [Instances(t.size, t.boxes, t.labels, t.masks, np.ones(len(t))) for t in truth]
    for row in score(truth, perfect):
        metric = METRICS[row.metric]
        if row.value is None or metric.higher_is_better is None or row.metric in {"AR_1"}:
            continue  # one detection an image cannot find two faces
        best = metric.high if metric.higher_is_better else metric.low
        assert row.value == pytest.approx(best), row
