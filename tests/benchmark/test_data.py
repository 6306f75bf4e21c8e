import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations import masks
from manyfaces.annotations.coco import AnnotatedImage, ImageEntry
from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.augmentation import augment, mirror
from manyfaces.benchmark.baselines.network import to_target
from manyfaces.benchmark.data import (
    Draw,
    EpochSampler,
    TrainingData,
    collate,
    read_sample,
    training_loader,
)
from manyfaces.benchmark.mixes import training_track
from manyfaces.core.errors import DataError
from manyfaces.core.files import write_bytes
from manyfaces.core.images import encode_jpeg
from manyfaces.core.seeds import stream


@pytest.fixture
def images(tiny_dataset):
    return open_split(tiny_dataset, "train").images


def test_a_sample_is_the_picture_at_its_own_size_with_its_truth(tiny_dataset, images):
    sample = read_sample(tiny_dataset, images[1])
    assert sample.image.shape == (128, 96, 3)
    assert sample.image_id == images[1].id
    assert len(sample.truth) == 3


def test_a_picture_of_another_size_than_annotated_is_refused(tiny_dataset, images):
    entry = ImageEntry(1, images[0].entry.file_name, 10, 20)
    wrong = AnnotatedImage(entry, Instances.empty((10, 20)))
    with pytest.raises(DataError, match="annotated size"):
        read_sample(tiny_dataset, wrong)


def test_openforensics_prefixes_and_layout_are_read(tmp_path, tiny_dataset, images):
    # The released files prefix names with Images/, which the archives lack.
    picture = read_sample(tiny_dataset, images[0]).image
    write_bytes(tmp_path / "Train" / "a.jpg", encode_jpeg(picture, 95))
    entry = ImageEntry(0, "Images/Train/a.jpg", *picture.shape[:2])
    data = TrainingData(tmp_path, [AnnotatedImage(entry, images[0].instances)], seed=0)
    image, target = data[Draw(0, 0)]
    assert image.shape == (3, *picture.shape[:2])
    assert target["masks"].shape == (3, *picture.shape[:2])


def test_targets_hold_boxes_labels_and_masks_of_the_instances(images):
    truth = images[0].instances
    target = to_target(truth)
    assert target["boxes"].numpy() == pytest.approx(truth.boxes)
    assert target["labels"].tolist() == truth.labels.tolist()
    for mask, rle in zip(target["masks"].numpy(), truth.masks, strict=True):
        assert (mask.astype(bool) == masks.decode(rle)).all()


def test_targets_leave_out_boxes_without_area():
    truth = Instances(
        (8, 8), [[1, 1, 1, 4], [2, 2, 5, 6]], np.array([0, 1]), (masks.empty((8, 8)),) * 2
    )
    assert to_target(truth)["labels"].tolist() == [1]


def test_an_empty_picture_gives_empty_targets_of_the_right_shape():
    target = to_target(Instances.empty((4, 6)))
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 4, 6)


def test_mirroring_twice_gives_the_picture_and_faces_back(tiny_dataset, images):
    sample = read_sample(tiny_dataset, images[0])
    image, truth = mirror(*mirror(sample.image, sample.truth))
    assert (image == sample.image).all()
    assert truth.boxes == pytest.approx(sample.truth.boxes)
    assert truth.masks == sample.truth.masks


def test_mirrored_boxes_still_fit_their_masks(tiny_dataset, images):
    sample = read_sample(tiny_dataset, images[0])
    _, truth = mirror(sample.image, sample.truth)
    for box, rle in zip(truth.boxes, truth.masks, strict=True):
        assert masks.box(rle) == pytest.approx(box)


def test_augmentation_changes_pixels_but_not_the_input_and_repeats_with_its_seed(
    tiny_dataset, images
):
    sample = read_sample(tiny_dataset, images[0])
    before = sample.image.copy()
    one, _ = augment(sample.image, sample.truth, stream(1))
    same, _ = augment(sample.image, sample.truth, stream(1))
    other, _ = augment(sample.image, sample.truth, stream(2))
    assert (sample.image == before).all()
    assert (one == same).all()
    assert (one != before).any()
    assert (one != other).any()


def test_the_sampler_takes_every_row_once_an_epoch_in_another_order_each_epoch():
    sampler = EpochSampler(20, seed=3)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    sampler.set_epoch(0)
    assert sorted(draw.row for draw in first) == list(range(20))
    assert [draw.row for draw in first] != [draw.row for draw in second]
    assert {draw.epoch for draw in second} == {1}
    assert list(sampler) == first


def test_a_draw_depends_on_its_epoch_alone_not_on_order(tiny_dataset, images):
    data = TrainingData(tiny_dataset, images, seed=5)
    late, _ = data[Draw(2, 7)]
    data[Draw(0, 0)]
    again, _ = data[Draw(2, 7)]
    other, _ = data[Draw(2, 8)]
    assert torch.equal(late, again)
    assert not torch.equal(late, other)


def test_batches_are_lists_of_pictures_of_their_own_sizes(tiny_dataset, images):
    data = TrainingData(tiny_dataset, images, seed=0)
    tensors, targets = collate([data[Draw(0, 0)], data[Draw(1, 0)]])
    assert [tuple(image.shape) for image in tensors] == [(3, 96, 128), (3, 128, 96)]
    assert all(image.dtype == torch.uint8 for image in tensors)
    assert len(targets) == 2


def test_loader_workers_give_the_same_batches_as_none(tiny_dataset, images):
    data = TrainingData(tiny_dataset, images, seed=0)
    alone, helped = (
        list(training_loader(data, EpochSampler(5, 0), 2, workers)) for workers in (0, 1)
    )
    for (first, _), (second, _) in zip(alone, helped, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_perturbed_pictures_depend_on_picture_and_epoch_and_their_faces_still_fit(
    tiny_dataset, images
):
    data = TrainingData(tiny_dataset, images, 0, training_track(1.0))
    plain = TrainingData(tiny_dataset, images, 0)
    changed = 0
    for epoch in range(12):
        image, target = data[Draw(0, epoch)]
        again, _ = data[Draw(0, epoch)]
        assert torch.equal(image, again)
        assert image.shape == plain[Draw(0, epoch)][0].shape
        assert target["masks"].shape[1:] == image.shape[1:]
        assert (target["boxes"][:, 2:] > target["boxes"][:, :2]).all()
        changed += not torch.equal(image, plain[Draw(0, epoch)][0])
    assert changed == 12


def test_the_share_of_perturbed_pictures_is_the_one_asked_for(tiny_dataset, images):
    plain = TrainingData(tiny_dataset, images, 0)
    for share, low, high in ((0.0, 0, 0), (0.5, 25, 55)):
        data = TrainingData(tiny_dataset, images, 0, training_track(share))
        draws = [Draw(4, epoch) for epoch in range(80)]
        changed = sum(not torch.equal(data[draw][0], plain[draw][0]) for draw in draws)
        assert low <= changed <= high
