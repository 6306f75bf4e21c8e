"""Universal perturbations of a network, made on a dataset's split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ... import __version__
from ...annotations.coco import AnnotatedImage
from ...annotations.dataset import annotation_file, open_split, require_images
from ...core.errors import UsageError
from ...core.files import sha256_of_file
from ...core.progress import Progress, Ticks, silent
from ...core.seeds import stream
from ..baselines.network import Network
from ..data import read_sample
from ..detectors import LoadedDetector
from ..perturbations.universal import Pattern, UniversalSet
from .attacks import Batch, universal
from .gradients import attackable, gradient_of
from .track import Threat

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Making:
    """How universal perturbations are made.

    Args:
        steps: gradient steps for each bound.
        batch: pictures a step.
        side: of the pattern, in pixels.
    """

    steps: int = 100
    batch: int = 2
    side: int = 128


def network_of(loaded: LoadedDetector) -> Network:
    """The network behind a detector.

    Raises:
        UsageError: it is none, so it has no gradient.
    """
    if not isinstance(loaded.detector, Network):
        raise UsageError(
            "only a network can be attacked: an attack follows its gradients",
            got=loaded.name,
            expected="the folder of a training run",
        )
    return loaded.detector


def make_pattern(
    network: Network,
    root: Path,
    images: Sequence[AnnotatedImage],
    threat: Threat,
    making: Making,
    told: Told,
) -> Pattern:
    """One pattern against a network, from pictures drawn from the threat's seed.

    Args:
        told: called with 1 after each step.
    """

    def batches() -> Iterator[Batch]:
        rng = stream(threat.seed, "universal", threat.name)
        for _ in range(making.steps):
            rows = rng.choice(len(images), min(making.batch, len(images)), replace=False)
            samples = [read_sample(root, images[int(row)]) for row in rows]
            yield [
                (sample.image, gradient_of(network, sample.truth, threat.against))
                for sample in samples
            ]
            told(1)

    with attackable(network, threat.torch_seed("universal")):
        return universal(threat.attack, batches(), threat.bound, making.side, making.steps)


def make_set(
    loaded: LoadedDetector,
    root: Path,
    split: str,
    threats: Sequence[Threat],
    making: Making,
    progress: Progress = silent,
) -> UniversalSet:
    """A pattern for each threat, all against one network.

    Raises:
        UsageError: the detector is no network, or there is no such split.
        DataError: a picture or an annotation cannot be read.
    """
    network = network_of(loaded)
    images = require_images(open_split(root, split), root).images
    with Ticks(progress, making.steps * len(threats), "making perturbations") as ticks:
        patterns = {
            threat.bound: make_pattern(network, root, images, threat, making, ticks.advance)
            for threat in threats
        }
    return UniversalSet(patterns, record_of(loaded, root, split, threats, making))


def record_of(
    loaded: LoadedDetector, root: Path, split: str, threats: Sequence[Threat], making: Making
) -> dict[str, Any]:
    """What a set was made against, from what, and how."""
    return {
        "made_by": f"manyfaces {__version__}",
        "against": {"name": loaded.name, **loaded.identity},
        "data": {
            "name": root.name,
            "split": split,
            "sha256": sha256_of_file(annotation_file(root, split)),
        },
        "losses": list(threats[0].against),
        "bounds": [threat.bound for threat in threats],
        "seed": threats[0].seed,
        "steps": making.steps,
        "batch": making.batch,
        "side": making.side,
    }
