import albumentations as A
import numpy as np
import pytest
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.benchmark.perturbations.transforms import as_transform
from manyfaces.core.errors import UsageError

IMAGE = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
MASK = np.zeros((90, 120), np.uint8)
MASK[30:60, 40:80] = 1


def pipeline(*parts, seed=5):
    return A.Compose(
        list(parts),
        bbox_params=A.BboxParams("pascal_voc", label_fields=["labels"]),
        keypoint_params=A.KeypointParams("xy", remove_invisible=False),
        seed=seed,
    )


def run(compose):
    return compose(
        image=IMAGE,
        mask=MASK,
        bboxes=[[40.0, 30.0, 80.0, 60.0]],
        labels=[1],
        keypoints=[(60.0, 45.0)],
    )


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_every_operator_is_a_transform(name):
    done = run(pipeline(as_transform(name, 3)))
    again = run(pipeline(as_transform(name, 3)))
    assert done["image"].shape == IMAGE.shape
    assert not np.array_equal(done["image"], IMAGE)
    assert np.array_equal(done["image"], again["image"])
    moved = PERTURBATIONS[name].moves_pixels
    assert moved or np.array_equal(done["mask"], MASK)


@pytest.mark.parametrize("name", [r.name for r in PERTURBATIONS.values() if r.moves_pixels])
def test_labels_move_with_the_pixels(name):
    done = run(pipeline(as_transform(name, 5)))
    rows, columns = np.nonzero(done["mask"])
    x1, y1, x2, y2 = done["bboxes"][0]
    assert not np.array_equal(done["mask"], MASK)
    assert np.abs(np.array([columns.min(), rows.min()]) - (x1, y1)).max() <= 2
    assert np.abs(np.array([columns.max() + 1, rows.max() + 1]) - (x2, y2)).max() <= 2
    x, y = done["keypoints"][0]
    assert x1 < x < x2
    assert y1 < y < y2
    assert abs(x - columns.mean()) < 6


def test_it_stands_among_the_librarys_own():
    both = pipeline(A.HorizontalFlip(p=1), as_transform("jpeg", 2), as_transform("fog", 1, p=0))
    assert run(both)["keypoints"][0][0] == pytest.approx(59)


def test_unknown_operators_and_severities_are_refused():
    with pytest.raises(UsageError, match="severity"):
        as_transform("fog", 6)
    with pytest.raises(UsageError, match="fog"):
        as_transform("fgo", 3)
