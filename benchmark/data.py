"""Datasets on disk as torch data: training samples, and pictures as a detector sees them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
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
from .track import Track


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
        perturbing: what else happens to a picture, after the plain augmentation.
        originals: rows of forged pictures → rows of the same photographs unforged, which
            then stand in the targets, varied in the same way.
    """

    def __init__(
        self,
        root: Path,
        images: Sequence[AnnotatedImage],
        seed: int,
        perturbing: Track | None = None,
        originals: Mapping[int, int] | None = None,
    ) -> None:
        self.root, self.images, self.seed = root, tuple(images), seed
        self.perturbing, self.originals = perturbing, originals or {}

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, draw: Draw) -> tuple[Tensor, Target]:
        sample = read_sample(self.root, self.images[draw.row])
        image, truth = self._varied(sample, draw.epoch, sample.image_id)
        target = to_target(truth)
        if draw.row in self.originals:
            original = read_sample(self.root, self.images[self.originals[draw.row]])
            target["original"] = to_tensor(self._varied(original, draw.epoch, sample.image_id)[0])
        return to_tensor(image), target

    def _varied(self, sample: Sample, epoch: int, key: int) -> tuple[Rgb, Instances]:
        rng = stream(self.seed, "augmentation", epoch, key)
        image, truth = augment(sample.image, sample.truth, rng)
        if self.perturbing is not None:
            rng = stream(self.seed, "perturbation", epoch, key)
            image, truth = self.perturbing.vary(image, truth, rng)
        return image, truth


class EpochSampler(Sampler[Draw]):
    """Every row once an epoch, in an order that depends on the seed and the epoch alone.

    Lightning calls ``set_epoch``, so a resumed run sees what the interrupted one would have.

    Args:
        count: of rows.
        seed: of the order.
        rank: of this device among those that train together.
        world: how many they are. Each takes every ``world``-th row, and as many as the
            others: where they cannot be dealt out evenly, the first of the order are taken
            again.
    """

    def __init__(self, count: int, seed: int, rank: int = 0, world: int = 1) -> None:
        self.count, self.seed, self.rank, self.world = count, seed, rank, world
        self.epoch = self.start = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next iteration; one that is gone on with stays as it is."""
        if epoch != self.epoch:
            self.epoch, self.start = epoch, 0

    def resume(self, epoch: int, start: int) -> None:
        """Leave out the first rows of an epoch, which an interrupted run has seen."""
        self.epoch, self.start = epoch, start

    def __len__(self) -> int:
        """Rows of a whole epoch, also where the first are left out: Lightning counts so."""
        return math.ceil(self.count / self.world)

    def __iter__(self) -> Iterator[Draw]:
        order = stream(self.seed, "order", self.epoch).permutation(self.count)
        whole = np.resize(order, len(self) * self.world)
        mine = whole[self.rank :: self.world][self.start :]
        return iter([Draw(int(row), self.epoch) for row in mine])


def collate(samples: Sequence[tuple[Tensor, Target]]) -> Batch:
    """A batch of lists: pictures keep their own sizes."""
    return [image for image, _ in samples], [target for _, target in samples]


def start_worker(_number: int) -> None:
    """One thread a loader process: the cores belong to the network."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def training_loader(
    data: TrainingData,
    sampler: EpochSampler,
    batch_size: int,
    workers: int,
    *,
    prefetch: int = 2,
    pinned: bool = False,
) -> DataLoader[Any]:
    """Batches of a training set, as the sampler draws them.

    Args:
        workers: processes that read, perturb and decode masks; 0 for none.
        prefetch: batches that each of them keeps ready.
        pinned: whether batches are put into page-locked memory.
    """
    return DataLoader(
        data,
        batch_size,
        sampler=sampler,
        num_workers=workers,
        collate_fn=collate,
        worker_init_fn=start_worker,
        persistent_workers=workers > 0,
        prefetch_factor=prefetch if workers else None,
        pin_memory=pinned,
        # Its own, for the workers' seeds: taken from torch's generator, they would move
        # the network's random numbers, at another moment in a resumed run.
        generator=torch.Generator().manual_seed(0),
    )
