import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations import masks
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.baselines.face_crops import crop, crop_each, grown, windows
from manyfaces.benchmark.baselines.face_level import (
    FaceLevelNetwork,
    Verdict,
    as_many_real,
)
from manyfaces.core.errors import UsageError

SIZE = (40, 60)


class Brightness(FaceLevelNetwork):
    """Calls a face forged as surely as it is bright; segments it where it is asked to."""

    loss_names = ("loss_label",)

    def __init__(self, segments=False, **options):
        super().__init__(8, 1.0, **options)
        self.labels = []
        self.segments, self.weight = segments, torch.nn.Parameter(torch.ones(()))

    def face_losses(self, faces, labels, regions):
        self.labels.append(sorted(labels.tolist()))
        return {"loss_label": self.weight * faces.mean(), "share": regions().mean()}

    def judge(self, faces):
        fake = faces.mean(dim=(1, 2, 3)) / 255
        regions = torch.zeros(len(faces), 8, 8)
        regions[:, :4] = 1
        return Verdict(fake, regions if self.segments else None)


def found(boxes, scores=None, labels=None):
    region = np.zeros((len(boxes), *SIZE), bool)
    for mask, (x0, y0, x1, y1) in zip(region, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    return Instances(
        SIZE,
        np.array(boxes, float).reshape(-1, 4),
        np.array(labels if labels is not None else [0] * len(boxes), np.int64),
        tuple(map(masks.encode, region)),
        scores,
    )


def picture():
    """Black on the left, bright on the right."""
    image = np.zeros((*SIZE, 3), np.uint8)
    image[:, 30:] = 204
    return image


def test_label_and_score_are_of_face_and_verdict_together():
    faces = found([[2, 2, 22, 22], [34, 4, 54, 24]], [0.5, 0.9], [1, 0])
    (answer,) = Brightness().predict_on([picture()], [faces])
    assert answer.labels.tolist() == [1, 0]
    assert answer.scores.tolist() == pytest.approx([0.9 * 0.8, 0.5 * 1.0])
    assert answer.boxes.tolist() == [[34, 4, 54, 24], [2, 2, 22, 22]]
    assert answer.masks == (faces.masks[1], faces.masks[0])


def test_a_face_found_as_real_and_as_fake_is_judged_once():
    faces = found([[34, 4, 54, 24], [34, 5, 54, 25]], [0.4, 0.9], [0, 1])
    (answer,) = Brightness().predict_on([picture()], [faces])
    assert answer.boxes.tolist() == [[34, 5, 54, 25]]


def test_many_faces_are_judged_like_one():
    boxes = [[x, y, x + 2, y + 2] for x in range(0, 58, 4) for y in range(0, 38, 8)]
    (together,) = Brightness().predict_on([picture()], [found(boxes)])
    assert len(together) == len(boxes)
    for box, label in zip(together.boxes.astype(int).tolist(), together.labels, strict=True):
        (alone,) = Brightness().predict_on([picture()], [found([box])])
        assert alone.labels.tolist() == [label]


def test_only_a_fake_face_gets_the_region_that_the_network_gives():
    faces = found([[2, 2, 22, 22], [34, 4, 54, 24]], [1.0, 1.0])
    (answer,) = Brightness(segments=True).predict_on([picture()], [faces])
    by_label = dict(zip(answer.labels.tolist(), answer.masks, strict=True))
    assert by_label[0] == faces.masks[0]
    upper = masks.decode(by_label[1])
    assert upper[5:13, 36:52].all()
    assert not upper[16:].any()


def test_without_a_finder_it_says_how_to_choose_one():
    with pytest.raises(UsageError, match="--faces"):
        Brightness().predict([picture()], [1])


def test_a_finder_is_no_part_of_the_network():
    class Finder(torch.nn.Linear):
        def predict(self, images, image_ids):  # noqa: ARG002 - the protocol names them
            return [found([[34, 4, 54, 24]], [1.0]) for _ in images]

    network = Brightness()
    network.use_faces(Finder(1, 1))
    assert list(network.state_dict()) == ["weight"]
    assert network.predict([picture()], [1])[0].labels.tolist() == [1]


def test_what_finds_the_faces_keeps_its_precision():
    types = []

    class Finder(torch.nn.Linear):
        def predict(self, images, image_ids):  # noqa: ARG002 - the protocol names them
            types.append(self(torch.ones(1, 1)).dtype)
            return [found([[34, 4, 54, 24]], [1.0]) for _ in images]

    network = Brightness()
    network.use_faces(Finder(1, 1))
    with torch.autocast("cpu", torch.bfloat16):
        network.predict([picture()], [1])
    assert types == [torch.float32]


def test_validation_scores_the_true_faces_without_a_finder():
    truth = found([[34, 4, 54, 24]], labels=[0])
    (answer,) = Brightness().predict_in_training([picture()], [1], [truth])
    assert answer.labels.tolist() == [1]
    assert answer.scores.tolist() == pytest.approx([0.8])


def test_a_batch_without_faces_has_losses_of_zero():
    empty = {
        "boxes": torch.zeros(0, 4),
        "labels": torch.zeros(0, dtype=torch.int64),
        "masks": torch.zeros(0, *SIZE, dtype=torch.uint8),
    }
    losses = Brightness().losses([torch.zeros(3, *SIZE)], [empty])
    assert {name: value.item() for name, value in losses.items()} == {"loss_label": 0}


def a_target(labels):
    corners = torch.arange(len(labels))[:, None] * 4.0
    masks = torch.zeros(len(labels), *SIZE, dtype=torch.uint8)
    for row in range(len(labels)):
        masks[row, row] = 1  # tells which face it is of
    boxes = torch.cat([corners, corners, corners + 4, corners + 4], dim=1)
    return {"boxes": boxes, "labels": torch.tensor(labels), "masks": masks}


def test_balanced_training_draws_as_many_real_faces_as_forged_ones_of_each_picture():
    images, targets = [torch.zeros(3, *SIZE)] * 3, [a_target([0] * 6 + [1] * 2), a_target([0] * 5)]
    targets.append(a_target([1]))
    network = Brightness(balanced=True).train()
    network.losses(images, targets)
    network.eval().losses(images, targets)
    Brightness().train().losses(images, targets)
    # Two and two, one real face where none is forged, and a forged one that stands alone.
    assert network.labels == [[0, 0, 0, 1, 1, 1], [0] * 11 + [1] * 3]


def test_which_real_faces_are_drawn_changes_and_each_keeps_its_box_and_mask():
    target = a_target([0, 1, 0, 0])
    drawn = [as_many_real(target) for _ in range(40)]
    for one in drawn:
        rows = (one["boxes"][:, 0] / 4).long()
        assert one["labels"].tolist() == target["labels"][rows].tolist() == [1, 0]
        assert torch.equal(one["masks"], target["masks"][rows])
    assert {int(one["boxes"][1, 0] / 4) for one in drawn} == {0, 2, 3}


def test_regions_are_of_the_face_in_its_window():
    mask = torch.zeros(1, *SIZE, dtype=torch.uint8)
    mask[0, :, :30] = 1
    target = {"boxes": torch.tensor([[20.0, 10, 40, 30]]), "labels": torch.tensor([1])}
    losses = Brightness().eval().losses([torch.zeros(3, *SIZE)], [{**target, "masks": mask}])
    assert losses["share"].item() == pytest.approx(0.5, abs=0.02)


def test_windows_are_squares_around_the_boxes():
    box = torch.tensor([[10.0, 10, 20, 30]])
    assert windows(box, 1.5).tolist() == [[0, 5, 30, 35]]
    assert grown(box, 1.5).tolist() == [[7.5, 5, 22.5, 35]]


def test_a_crop_at_its_own_size_is_the_picture_and_black_beyond_it():
    image = torch.arange(16.0).reshape(1, 4, 4) + 1
    assert torch.equal(crop(image, torch.tensor([[0.0, 0, 4, 4]]), 4)[0], image)
    beyond = crop(image, torch.tensor([[4.0, 0, 12, 8]]), 4)[0, 0]
    assert not beyond[:, 2:].any()


def test_each_mask_is_cut_by_its_own_window():
    both = torch.zeros(2, 8, 8, dtype=torch.uint8)
    both[1, :4, :4] = 1
    box = torch.tensor([[0.0, 0, 4, 4]]).repeat(2, 1)
    cut = crop_each(both, box, 4)
    assert not cut[0].any()
    assert (cut[1] == 1).all()
    assert crop_each(both[:0], box[:0], 4).shape == (0, 4, 4)
