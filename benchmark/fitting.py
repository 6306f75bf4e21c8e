"""What every use of the trainer needs: network, loader, and a process that is left as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_utilities.core.rank_zero import rank_zero_only
from torch.utils.data import DataLoader

from ..annotations.coco import AnnotatedImage
from ..core.errors import UsageError
from ..core.seeds import seed_of
from .baselines.baseline import Baseline, BaselineParameters
from .baselines.network import Network
from .data import EpochSampler, TrainingData, training_loader
from .machine import Machine, determinism
from .mixes import training_track
from .originals import find_originals
from .quiet import interruptible, quiet
from .track import Track
from .training_parameters import TrainingParameters


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A network with fresh weights, and the batches to train it on."""

    network: Network
    loader: DataLoader[Any]
    sampler: EpochSampler


def rank() -> int:
    """The number of this process among those that train together, from 0."""
    return int(getattr(rank_zero_only, "rank", None) or 0)


def prepare(
    baseline: Baseline,
    parameters: BaselineParameters,
    training: TrainingParameters,
    root: Path,
    images: Sequence[AnnotatedImage],
    machine: Machine,
    *,
    split: str = "train",
) -> Prepared:
    """All that a trainer is given."""
    originals = find_originals(root, split, images) if training.originals else None
    data = TrainingData(root, images, training.seed, perturbing(training), originals)
    sampler = EpochSampler(len(data), training.seed, rank(), machine.devices)
    loader = training_loader(
        data,
        sampler,
        training.batch_size,
        machine.workers,
        prefetch=training.prefetch,
        pinned=machine.pinned,
    )
    return Prepared(build_network(baseline, parameters, training.seed), loader, sampler)


def perturbing(training: TrainingParameters) -> Track | None:
    """What happens to training pictures beyond the plain augmentation."""
    return training_track(training.perturbed) if training.augment == "perturbed" else None


def build_network(baseline: Baseline, parameters: BaselineParameters, seed: int) -> Network:
    """A network to train: weights drawn from the seed, or those that its parameters name.

    torch's own generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(seed, "weights") >> 65)
        network = baseline.build(parameters)
    network.load_start()
    return network


@contextmanager
def running(training: TrainingParameters) -> Iterator[None]:
    """Within, a trainer may run: quietly, to be interrupted, all global state restored.

    Raises:
        UsageError: the device's memory is full, or something cannot be deterministic.
    """
    with quiet(), interruptible(), torch.random.fork_rng(), determinism(training.deterministic):
        try:
            yield
        except torch.cuda.OutOfMemoryError as error:
            raise UsageError(
                "the device's memory is full",
                got=f"batches of {training.batch_size}",
                mend="Halve --batch-size and double --accumulate: the steps stay the same size",
            ) from error
