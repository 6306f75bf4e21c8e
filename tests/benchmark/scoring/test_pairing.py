"""Two submissions compared on the same photographs."""

import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import write_predictions
from manyfaces.benchmark.scoring.pairing import compare_submissions, probability_better
from manyfaces.benchmark.scoring.score import Sampling
from manyfaces.core.errors import UsageError
from manyfaces.core.files import write_json

FEW = Sampling(draws=200)


@pytest.fixture
def files(cases, tmp_path):
    """A truth, a good answer, and the same with its labels exchanged in half of the images."""
    truth, _ = cases.random_case(3, images=30)
    dataset = cases.coco_dataset(truth)
    for row in dataset["annotations"]:
        row["segmentation"] = {
            **row["segmentation"],
            "counts": row["segmentation"]["counts"].decode(),
        }
    write_json(tmp_path / "truth.json", dataset)
    rng = np.random.default_rng(0)
    good = {k: cases.scored(t, rng.uniform(0.5, 1, len(t))) for k, t in enumerate(truth, 1)}
    write_predictions(tmp_path / "good.json", good)
    bad = {k: exchanged(found) if k % 2 else found for k, found in good.items()}
    write_predictions(tmp_path / "bad.json", bad)
    return tmp_path


def exchanged(found):
    return Instances(found.size, found.boxes, 1 - found.labels, found.masks, found.scores)


def rows(folder, first, second, sampling=FEW):
    found = compare_submissions(
        folder / first, folder / second, folder / "truth.json", sampling=sampling
    )
    return {(row.task, row.metric, row.class_): row for row in found}


def test_a_better_submission_is_clearly_better(files):
    found = rows(files, "good.json", "bad.json")
    ap = found["mask", "AP", "all"]
    assert ap.first == pytest.approx(1)
    assert ap.difference == pytest.approx(ap.first - ap.second)
    assert ap.clear
    assert 0 < ap.low <= ap.difference <= ap.high
    assert ap.probability == 1
    # Of an error the lesser one is better.
    assert found["mask", "oLRP", "all"].difference < 0
    assert found["mask", "oLRP", "all"].probability == 1


def test_exchanging_the_two_mirrors_everything(files):
    ahead, behind = rows(files, "good.json", "bad.json"), rows(files, "bad.json", "good.json")
    for key, row in ahead.items():
        other = behind[key]
        assert other.difference == pytest.approx(-row.difference)
        assert other.probability == pytest.approx(1 - row.probability)
        assert (other.low, other.high) == pytest.approx((-row.high, -row.low), abs=0.01)


def test_a_submission_is_not_told_apart_from_itself(files):
    for row in rows(files, "bad.json", "bad.json").values():
        assert (row.difference, row.low, row.high, row.probability) == (0, 0, 0, 0.5)
        assert not row.clear


def test_labels_matter_where_they_are_asked_for_and_nowhere_else(files):
    found = rows(files, "good.json", "bad.json")
    assert found["box", "AP", "any"].difference == 0
    assert found["box", "label_accuracy", "any"].clear


def test_a_comparison_needs_draws(files):
    with pytest.raises(UsageError, match="needs draws"):
        rows(files, "good.json", "bad.json", Sampling(draws=0))


def test_ties_count_half_and_errors_the_other_way():
    apart = np.array([1.0, -1.0, 0.0, 1.0, np.nan])
    assert probability_better(apart, "AP") == pytest.approx(2.5 / 4)
    assert probability_better(apart, "oLRP") == pytest.approx(1.5 / 4)
