"""Detectors by reference: a run, shipped weights, a predictions file, another's object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..annotations.instances import Instances
from ..annotations.predictions import Sizes, read_predictions
from ..core.errors import DataError, UsageError
from ..core.files import sha256_of_file
from ..core.images import Rgb
from ..core.tables import load_attribute, lookup
from .baselines.baseline import Baseline
from .baselines.shipped import names, shipped
from .baselines.table import BASELINES
from .detector import Detector
from .device_names import torch_name
from .frameworks import require_training
from .run_folder import RECORD, WEIGHTS, is_run, load_weights, read_record, require_same

if TYPE_CHECKING:
    from .baselines.network import Network


class PredictionsDetector:
    """A detector that looks its answers up by image id.

    Args:
        predictions: image id → scored instances; an image without an entry has no faces.
    """

    def __init__(self, predictions: Mapping[int, Instances]) -> None:
        self.predictions = predictions

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:
        """The stored answers.

        Raises:
            DataError: an answer is for a picture of another size.
        """
        return [
            self._answer(image, image_id) for image, image_id in zip(images, image_ids, strict=True)
        ]

    def _answer(self, image: Rgb, image_id: int) -> Instances:
        size = (image.shape[0], image.shape[1])
        found = self.predictions.get(image_id)
        if found is None:
            return Instances.empty(size, scored=True)
        if found.size != size:
            raise DataError(
                f"the predictions for image {image_id} are of another size",
                got=found.size,
                expected=size,
            )
        return found


@dataclass(frozen=True, slots=True)
class LoadedDetector:
    """A detector with what determines its answers.

    Args:
        name: for people to read.
        identity: as JSON, for the record beside results; hashes of the files it came from.
    """

    name: str
    detector: Detector
    identity: Mapping[str, Any]

    @property
    def is_file(self) -> bool:
        """Whether the answers are a predictions file's, so that no other picture can be asked."""
        return self.identity.get("kind") == "predictions"


def find_run(reference: str) -> Path | None:
    """The run that a reference names: a folder, or weights that come with the package.

    A run's own folder goes before shipped weights of the same name.
    """
    path = Path(reference)
    return path if path.is_dir() and is_run(path) else shipped(reference)


def needs_faces(reference: str) -> bool:
    """Whether a detector is a run of a baseline that judges faces which another one finds.

    Raises:
        DataError: it is a run folder whose record cannot be read.
    """
    run = find_run(reference)
    if run is None:
        return False
    row = BASELINES.get(read_record(run).baseline)
    return row is not None and row.face_level


def load_detector(
    reference: str,
    sizes: Sizes | None = None,
    device: str = "auto",
    *,
    faces: LoadedDetector | None = None,
) -> LoadedDetector:
    """Load a detector.

    Args:
        reference: a run folder, the name of a baseline whose weights ship, a predictions
            file (``.json``), or a detector, or a function without arguments that makes one,
            as ``package.module:attribute``.
        sizes: image id → (height, width) of the images to come; a predictions file
            needs them.
        device: where a network runs: auto, gpu, or a torch device such as cpu or cuda:1.
        faces: what finds the faces for a run that ``needs_faces``; without it, such a
            detector can be loaded, yet its ``predict`` asks for one.

    Raises:
        UsageError: the reference is none of these, or names a baseline without weights;
            or ``faces`` are given to a detector that finds its own.
        DataError: a file is damaged.
        SubmissionError: the predictions cannot be taken.
        MissingDependencyError: a network is asked for and torch is missing.
    """
    if faces is not None and not needs_faces(reference):
        raise UsageError(
            "this detector finds its faces itself",
            where=reference,
            got=f"{faces.name} to find them",
            expected=f"a run of {' or '.join(row.name for row in _face_level())}",
        )
    loaded = _load(reference, sizes, device)
    return loaded if faces is None else _with_faces(loaded, faces)


def _load(reference: str, sizes: Sizes | None, device: str) -> LoadedDetector:
    path = Path(reference)
    if path.suffix == ".json" and path.is_file():
        return _from_predictions(path, sizes)
    if (run := find_run(reference)) is not None:
        return _from_run(run, device)
    if ":" in reference and not path.exists():
        return _from_attribute(reference)
    raise _unknown(reference, path)


def _face_level() -> list[Baseline]:
    return [row for row in BASELINES.values() if row.face_level]


def _with_faces(loaded: LoadedDetector, faces: LoadedDetector) -> LoadedDetector:
    from .baselines.face_level import FaceLevelNetwork

    assert isinstance(loaded.detector, FaceLevelNetwork)
    loaded.detector.use_faces(faces.detector)
    found_by = {"name": faces.name, **faces.identity}
    return replace(loaded, identity={**loaded.identity, "faces": found_by})


def _from_predictions(path: Path, sizes: Sizes | None) -> LoadedDetector:
    if sizes is None:
        raise UsageError("a predictions file answers for a dataset only", where=path)
    identity = {"kind": "predictions", "sha256": sha256_of_file(path)}
    detector = PredictionsDetector(read_predictions(path, sizes))
    return LoadedDetector(path.stem, detector, identity)


def _from_run(folder: Path, device: str) -> LoadedDetector:
    require_training()
    record = read_record(folder)
    network = load_network(folder, device)
    identity = {
        "kind": "network",
        "baseline": record.baseline,
        "version": record.version,
        "sha256": sha256_of_file(folder / WEIGHTS),
        "parameters": record.parameters,
        "network_parameters": sum(value.numel() for value in network.parameters()),
        "trained_on": record.data,
        "training_seconds": round(record.seconds, 1),
    }
    return LoadedDetector(record.baseline, network, identity)


def load_network(folder: Path, device: str = "auto") -> Network:
    """The trained network of a run folder, ready to predict.

    Raises:
        UsageError: the run has not finished, or its baseline is unknown or of another version.
        DataError: a file is damaged.
    """
    import torch

    record = read_record(folder)
    baseline = lookup(BASELINES, record.baseline, "baseline")
    require_same(baseline, folder)
    with torch.random.fork_rng(devices=[]):
        network = baseline.build(baseline.parameters(**record.parameters).trained_network())
    load_weights(folder, network)
    network.eval()
    return network.to(_device(device))


def _device(name: str) -> Any:  # noqa: ANN401 - torch is optional here
    import torch

    wanted = torch_name(name)
    if name == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=wanted).device
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            "the device cannot be used",
            got=name,
            expected="auto, cpu, gpu, or a torch device of this machine",
        ) from error


def _from_attribute(reference: str) -> LoadedDetector:
    found = load_attribute(reference)
    if callable(found) and (isinstance(found, type) or not isinstance(found, Detector)):
        found = found()
    if not isinstance(found, Detector):
        raise UsageError(
            "this is not a detector",
            where=reference,
            got=type(found).__name__,
            expected="an object with predict(images, image_ids)",
        )
    return LoadedDetector(reference, found, {"kind": "object", "reference": reference})


def _unknown(reference: str, path: Path) -> UsageError:
    if reference in BASELINES:
        return UsageError(
            f"the baseline {reference!r} has no trained weights yet",
            expected="the folder of a training run",
            mend=f"Train it first: manyfaces train {reference} --data DATASET --out RUN",
        )
    got = "a file of another kind" if path.is_file() else "neither a file nor a folder"
    if path.is_dir():
        got = "a folder without " + RECORD
    return UsageError(
        f"{reference!r} is not a detector",
        got=got,
        expected=f"a run folder of `manyfaces train`, {' or '.join(names())} as it ships, a "
        "predictions file (.json), or package.module:attribute",
    )
