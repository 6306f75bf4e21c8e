"""Pictures with their originals beside them, as a build of the same scenes gives them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations.combine import combine
from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.release.contents import read_lines
from manyfaces.benchmark.baselines.network import to_device
from manyfaces.benchmark.baselines.parameters import MaskRcnnSmallParameters
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.data import Draw, TrainingData, read_sample
from manyfaces.benchmark.mixes import training_track
from manyfaces.benchmark.originals import find_originals
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import UsageError
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import Recipe


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Four drawn scenes as they are, and forged."""
    root = tmp_path_factory.mktemp("pairs")
    for name, pristine in (("forged", 0.0), ("plain", 1.0)):
        recipe = Recipe(
            methods={"self-blend": 1.0},
            pristine=pristine,
            forged=1.0,
            jpeg_quality=100,
            splits={"train": 1.0},
        )
        source = DrawnPeople(4, 1, size=(360, 480))
        build_dataset(source, root / name, recipe, options=Options(workers=1))
    combine([root / "forged", root / "plain"], root / "both")
    return root / "both"


@pytest.fixture(scope="module")
def images(both):
    return open_split(both, "train").images


@pytest.fixture(scope="module")
def found(both, images):
    return find_originals(both, "train", images)


def test_each_forged_picture_has_its_own_photograph_beside_it(both, images, found):
    photos = {line["image_id"]: line["photo"]["sha256"] for line in read_lines(both, "train")}
    forged = [row for row, image in enumerate(images) if image.instances.labels.any()]
    assert sorted(found) == forged
    assert len(forged) >= 2
    for row, original in found.items():
        assert not images[original].instances.labels.any()
        assert photos[images[row].entry.id] == photos[images[original].entry.id]


def test_nothing_but_the_forged_faces_differs(both, images, found):
    for row, original in found.items():
        forged, plain = (read_sample(both, images[each]) for each in (row, original))
        apart = (forged.image != plain.image).any(axis=2)
        boxes = forged.truth.boxes[forged.truth.labels == 1].round().astype(int)
        assert apart.any()
        for x0, y0, x1, y1 in boxes:
            apart[max(0, y0 - 16) : y1 + 16, max(0, x0 - 16) : x1 + 16] = False
        assert not apart.any()


@pytest.mark.parametrize("perturbed", [None, 1.0])
def test_both_are_varied_in_the_same_way(both, images, found, perturbed):
    track = None if perturbed is None else training_track(perturbed)
    data = TrainingData(both, images, 0, track, found)
    row = min(found)
    for epoch in range(4):
        image, target = data[Draw(row, epoch)]
        assert target["original"].shape == image.shape
        assert target["original"].dtype == image.dtype
        apart = (target["original"].float() - image.float()).abs().amax(0)
        assert (apart < 3).float().mean() > 0.7
    assert "original" not in data[Draw(found[row], 0)][1]


def test_without_them_no_target_has_one_and_the_pictures_are_the_same(both, images, found):
    row = min(found)
    plain = TrainingData(both, images, 0)[Draw(row, 1)]
    with_original = TrainingData(both, images, 0, None, found)[Draw(row, 1)]
    assert "original" not in plain[1]
    assert torch.equal(plain[0], with_original[0])


def test_an_original_moves_along_to_the_device():
    target = {name: torch.zeros(0) for name in ("boxes", "labels", "masks")}
    assert "original" not in to_device(target, torch.device("cpu"))
    moved = to_device({**target, "original": torch.ones(3)}, torch.device("meta"))
    assert moved["original"].device.type == "meta"


def test_a_dataset_without_originals_is_refused(both, tmp_path, images, tiny_dataset):
    forged = [image for image in images if image.instances.labels.any()]
    with pytest.raises(UsageError, match="has its original"):
        find_originals(both, "train", forged)
    with pytest.raises(UsageError, match="0 known photographs"):
        find_originals(tiny_dataset, "train", open_split(tiny_dataset, "train").images)


def test_the_network_of_traces_trains_on_them(both, tmp_path):
    parameters = MaskRcnnSmallParameters(side=64, channels=16, traces=4, trained="traces")
    training = TrainingParameters(steps=2, originals=True, device="cpu", batch_size=2)
    record = train(
        BASELINES["mask-rcnn-small"],
        both,
        tmp_path / "run",
        parameters=parameters,
        training=training,
    )
    assert record.finished
    assert record.training.originals
    rows = np.genfromtxt(tmp_path / "run" / "metrics.csv", delimiter=",", names=True)
    assert 0.1 < float(rows["loss_trace_label"]) < 3
