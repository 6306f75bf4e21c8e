"""Datasets of ours in Detectron2's catalogue."""

import sys

import numpy as np
import pytest
from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.masks import decode
from manyfaces.benchmark.detectron2_datasets import register
from manyfaces.benchmark.scoring import score
from manyfaces.core.errors import MissingDependencyError, UsageError


def test_without_detectron2_the_install_line_is_given(tiny_dataset, monkeypatch):
    pytest.importorskip("torch", reason="the training extra is not installed")
    monkeypatch.setitem(sys.modules, "detectron2.modeling", None)
    with pytest.raises(MissingDependencyError, match="--no-build-isolation"):
        register(tiny_dataset)


class TestWithDetectron2:
    """What needs Detectron2."""

    @pytest.fixture
    def catalogs(self):
        pytest.importorskip("torch", reason="the training extra is not installed")
        pytest.importorskip("detectron2", reason="Detectron2 is not installed")
        from detectron2.data import DatasetCatalog, MetadataCatalog

        before = set(DatasetCatalog.list())
        yield DatasetCatalog, MetadataCatalog
        for name in set(DatasetCatalog.list()) - before:
            DatasetCatalog.remove(name)
            MetadataCatalog.remove(name)

    def test_every_split_is_registered_with_all_of_its_faces(self, catalogs, tiny_dataset):
        datasets, metadata = catalogs
        assert sorted(register(tiny_dataset, "tiny")) == ["tiny_test", "tiny_train"]
        rows = datasets.get("tiny_train")
        images = open_split(tiny_dataset, "train").images
        assert [row["image_id"] for row in rows] == [image.id for image in images]
        assert metadata.get("tiny_train").thing_classes == ["real", "fake"]
        for row, image in zip(rows, images, strict=True):
            faces = image.instances
            assert [one["category_id"] for one in row["annotations"]] == faces.labels.tolist()
            assert [one["bbox"] for one in row["annotations"]] == faces.boxes.tolist()

    @pytest.mark.usefixtures("catalogs")
    def test_the_same_name_twice_is_refused(self, tiny_dataset):
        register(tiny_dataset, "tiny")
        with pytest.raises(UsageError, match="registered already"):
            register(tiny_dataset, "tiny")

    def test_detectron2s_loader_reads_pictures_and_masks(self, catalogs, tiny_dataset):
        from detectron2.data import DatasetMapper
        from manyfaces.core.images import read_image

        datasets, _ = catalogs
        register(tiny_dataset, "tiny")
        (row, *_) = datasets.get("tiny_train")
        mapper = DatasetMapper(
            is_train=True, augmentations=[], image_format="BGR", instance_mask_format="bitmask",
            use_instance_mask=True,
        )  # fmt: skip
        found = mapper(row)
        image = read_image(tiny_dataset / "images" / "train" / "000001.png")
        assert (found["image"].numpy()[::-1].transpose(1, 2, 0) == image).all()
        truth = open_split(tiny_dataset, "train").images[0].instances
        for mask, rle in zip(found["instances"].gt_masks.tensor, truth.masks, strict=True):
            assert (mask.numpy() == decode(rle)).all()

    @pytest.mark.usefixtures("catalogs")
    def test_detectron2s_evaluator_and_ours_agree(self, tiny_dataset, tmp_path):
        """Average precision of the same noisy answers, boxes and masks."""
        import torch
        from detectron2.evaluation import COCOEvaluator
        from detectron2.structures import Boxes, Instances

        register(tiny_dataset, "tiny")
        images = open_split(tiny_dataset, "train").images
        evaluator = COCOEvaluator(
            "tiny_train", ("bbox", "segm"), distributed=False, output_dir=str(tmp_path)
        )
        evaluator.reset()
        answers = [noisy(image) for image in images]
        for image, answer in zip(images, answers, strict=True):
            pixels = [decode(rle) for rle in answer.masks]
            theirs = Instances(
                answer.size,
                pred_boxes=Boxes(torch.tensor(answer.boxes, dtype=torch.float32)),
                scores=torch.tensor(answer.scores),
                pred_classes=torch.tensor(answer.labels),
                pred_masks=torch.tensor(np.array(pixels).reshape(-1, *answer.size)),
            )
            evaluator.process([{"image_id": image.id}], [{"instances": theirs}])
        found = evaluator.evaluate()
        ours = {
            (row.task, row.metric): row.value
            for row in score([image.instances for image in images], answers)
            if (row.class_, row.stratum) == ("all", "all")
        }
        for theirs, task in (("bbox", "box"), ("segm", "mask")):
            assert 0.2 < ours[task, "AP"] < 0.95
            assert found[theirs]["AP"] / 100 == pytest.approx(ours[task, "AP"], abs=1e-4)
            assert found[theirs]["AP50"] / 100 == pytest.approx(ours[task, "AP50"], abs=1e-4)


def noisy(image):
    """The true faces, some shifted, one in four with the other label."""
    from manyfaces.annotations.instances import Instances
    from manyfaces.annotations.masks import encode

    rng = np.random.default_rng(image.id)
    truth = image.instances
    moves = rng.integers(0, 4, len(truth))
    shifted = [np.roll(decode(r), m, axis=1) for r, m in zip(truth.masks, moves, strict=True)]
    boxes = truth.boxes.astype(np.float32).astype(np.float64)
    boxes[:, [0, 2]] += moves[:, None]
    boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(0, truth.size[1])
    labels = np.where(rng.random(len(truth)) < 0.25, 1 - truth.labels, truth.labels)
    scores = rng.permutation(len(truth)) / 10 + 0.3
    return Instances(truth.size, boxes, labels, tuple(map(encode, shifted)), scores)
