"""The evaluation harness: a detector and a set of tracks, through Lightning's ``Trainer.test``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback
from torch.utils.data import DataLoader, Dataset

from ..annotations.coco import AnnotatedImage
from ..annotations.instances import Instances
from ..core.images import Rgb
from .data import Sample, read_sample, start_worker
from .detector import Detector
from .quiet import interruptible, quiet
from .track import View
from .trainer import PRECISIONS, make_trainer

Answers = dict[int, tuple[Instances, Instances]]  # image id → truth, prediction


class TrackData(Dataset[Sample]):
    """A split's pictures as one track shows them; perturbed where the loader's workers are.

    Args:
        root: the dataset folder.
        images: the split's pictures.
        track: what happens to each, seeded by its id: a track, or an attack.
    """

    def __init__(self, root: Path, images: Sequence[AnnotatedImage], track: View) -> None:
        self.root, self.images, self.track = root, tuple(images), track

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> Sample:
        image, image_id, truth = read_sample(self.root, self.images[row])
        shown = self.track.apply(image, image_id, truth)
        return Sample(shown.image, image_id, truth if shown.instances is None else shown.instances)


class EvaluationModule(pl.LightningModule):
    """Asks a detector about each picture and keeps what it says beside the truth.

    Args:
        detector: moved to the device with this module where it is a torch module.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector
        self.answers: Answers = {}
        self.seconds = 0.0

    def transfer_batch_to_device(
        self,
        batch: list[Sample],
        device: torch.device,  # noqa: ARG002 - Lightning's hook
        dataloader_idx: int,  # noqa: ARG002 - Lightning's hook
    ) -> list[Sample]:
        """Nothing: a detector takes arrays and moves what it needs itself."""
        return batch

    def test_step(self, batch: list[Sample], batch_idx: int) -> None:  # noqa: ARG002 - Lightning's hook
        """Predict one batch of pictures of any sizes."""
        images: list[Rgb] = [sample.image for sample in batch]
        started = time.perf_counter()
        found = self.detector.predict(images, [sample.image_id for sample in batch])
        self.seconds += time.perf_counter() - started
        for sample, prediction in zip(batch, found, strict=True):
            self.answers[sample.image_id] = (sample.truth, prediction)

    def on_test_epoch_end(self) -> None:
        """Bring the answers of all devices together; pictures dealt out twice count once."""
        if self.trainer.world_size == 1:
            return
        parts: list[Any] = [None] * self.trainer.world_size
        torch.distributed.all_gather_object(parts, (self.answers, self.seconds))
        self.answers = {key: value for answers, _ in parts for key, value in answers.items()}
        self.seconds = sum(seconds for _, seconds in parts)


class Shown(Callback):
    """Tells how many pictures have been answered, batch by batch."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self.told = told

    def on_test_batch_end(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - Lightning's hook
        """Count the pictures of one batch: ``(trainer, module, outputs, batch, …)``."""
        self.told(len(named["batch"] if "batch" in named else arguments[3]))


def run_track(
    detector: Detector,
    data: TrackData,
    *,
    batch_size: int = 1,
    workers: int = 0,
    device: str = "auto",
    precision: str = "32",
    shown: Callable[[int], None] | None = None,
) -> tuple[Mapping[int, tuple[Instances, Instances]], float]:
    """What a detector answers on one track.

    Args:
        precision: 32, or bf16: mixed precision, for a network that can do with it.
        shown: called with the number of pictures that have just been answered.

    Returns:
        Image id → (truth, prediction), in rising id, and the seconds spent predicting.
    """
    loader: DataLoader[Sample] = DataLoader(
        data,
        batch_size,
        num_workers=workers,
        collate_fn=list,
        worker_init_fn=start_worker,
    )
    module = EvaluationModule(detector)
    callbacks: list[Callback] = [Shown(shown)] if shown else []
    with quiet(), interruptible():
        trainer = make_trainer(device, callbacks, precision=PRECISIONS[precision])
        trainer.test(module, loader, verbose=False)
    return dict(sorted(module.answers.items())), module.seconds
