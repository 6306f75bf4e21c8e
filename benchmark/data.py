"""Datasets on disk as torch data: training samples, and pictures as a detector sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from ..annotations.coco import AnnotatedImage
from ..annotations.dataset import image_path
from ..annotations.instances import Instances
from ..core.errors import DataError
from ..core.images import Rgb, read_image
from ..core.seeds import stream
from .augmentation import augment
from .baselines.network import Target, to_target, to_tensor


class Sample(NamedTuple):
    """One picture with what is known of it."""

    image: Rgb
    image_id: int
    truth: Instances


class Draw(NamedTuple):
    """One use of a picture in training: its row, and the epoch that its augmentation is of."""

    row: int
    epoch: int


Batch = tuple[list[Tensor], list[Target]]


def read_sample(root: Path, image: AnnotatedImage) -> Sample:
    """Read one picture of a dataset, at its own resolution.

    Raises:
        DataError: the file cannot be read, or its size is not the annotated one.
    """
    path = image_path(root, image.entry)
    pixels = read_image(path)
    if pixels.shape[:2] != image.instances.size:
        raise DataError(
            "the picture does not have the annotated size",
            where=path,
            got=f"{pixels.shape[:2]} (height, width)",
            expected=image.instances.size,
            mend="Run `manyfaces verify` on the dataset",
        )
    return Sample(pixels, image.entry.id, image.instances)


class TrainingData(Dataset[tuple[Tensor, Target]]):
    """Augmented pictures as tensors, each drawn from its own random stream.

    Args:
        root: the dataset folder.
        images: the split's pictures.
        seed: of the augmentation; a picture's stream also depends on its id and the epoch.
    """

    def __init__(self, root: Path, images: Sequence[AnnotatedImage], seed: int) -> None:
        self.root, self.images, self.seed = root, tuple(images), seed

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, draw: Draw) -> tuple[Tensor, Target]:
        sample = read_sample(self.root, self.images[draw.row])
        rng = stream(self.seed, "augmentation", draw.epoch, sample.image_id)
        image, truth = augment(sample.image, sample.truth, rng)
        return to_tensor(image), to_target(truth)


class EpochSampler(Sampler[Draw]):
    """Every row once an epoch, in an order that depends on the seed and the epoch alone.

    Lightning calls ``set_epoch``, so a resumed run sees what the interrupted one would have.
    """

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed, self.epoch = count, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next iteration."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Draw]:
        order = stream(self.seed, "order", self.epoch).permutation(self.count)
        return iter([Draw(int(row), self.epoch) for row in order])


def collate(samples: Sequence[tuple[Tensor, Target]]) -> Batch:
    """A batch of lists: pictures keep their own sizes."""
    return [image for image, _ in samples], [target for _, target in samples]


def start_worker(_number: int) -> None:
    """One thread a loader process: the cores belong to the network."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def training_loader(
    data: TrainingData, sampler: EpochSampler, batch_size: int, workers: int
) -> DataLoader[Any]:
    """Batches of a training set, as the sampler draws them."""
    return DataLoader(
        data,
        batch_size,
        sampler=sampler,
        num_workers=workers,
        collate_fn=collate,
        worker_init_fn=start_worker,
        persistent_workers=workers > 0,
        # Its own, for the workers' seeds: taken from torch's generator, they would move
        # the network's random numbers, at another moment in a resumed run.
        generator=torch.Generator().manual_seed(0),
    )
