"""What finds the faces for baselines that judge single ones: ``--faces``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from ..annotations.instances import Instances
    from ..annotations.predictions import Sizes
    from ..benchmark.detectors import LoadedDetector
    from ..core.images import Rgb
    from ..generators.faces import Face

ANALYSER: Final = "analyser"

FacesOption = Annotated[
    str | None,
    typer.Option(
        "--faces",
        metavar="FINDER",
        help="What finds the faces for mesonet, capsule and multitask: analyser (their "
        "default, which downloads two model files), mask-rcnn-small (weights that come with the "
        "package), a run's folder, a predictions file, or package.module:attribute.",
    ),
]


class AnalyserFaces:
    """The face analyser as a detector: its boxes and masks, all labelled real."""

    def __init__(self) -> None:
        from ..generators.analysis.analyser import FaceAnalyser

        self._analyser = FaceAnalyser()

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:  # noqa: ARG002 - it needs no ids
        """The faces of each picture; the score is the analyser's confidence."""
        return [_instances(image, self._analyser.analyse(image)) for image in images]


def _instances(image: Rgb, faces: Sequence[Face]) -> Instances:
    import numpy as np

    from ..annotations.categories import REAL
    from ..annotations.instances import Instances
    from ..generators.analysis.analyser import MIN_PRESENCE

    # A face that has been found without a mesh has a confidence of 0, which says nothing
    # of whether it is one: it counts as the least sure of those with a mesh.
    scores = [max(face.confidence, MIN_PRESENCE) for face in faces]
    return Instances(
        (image.shape[0], image.shape[1]),
        np.array([face.box for face in faces]).reshape(-1, 4),
        np.full(len(faces), REAL),
        tuple(face.region for face in faces),
        np.array(scores, dtype=np.float64),
    )


def load_with_faces(
    reference: str, sizes: Sizes | None, device: str, faces: str | None
) -> LoadedDetector:
    """``load_detector`` with what finds the faces for it.

    Args:
        faces: a finder, or None for the analyser where the detector needs one.

    Raises:
        UsageError: the finder judges faces itself, or the detector needs none; and as
            ``load_detector``.
    """
    from ..benchmark.detectors import load_detector, needs_faces
    from ..core.errors import UsageError

    if faces is None and not needs_faces(reference):
        return load_detector(reference, sizes, device)
    if faces is not None and needs_faces(faces):
        raise UsageError(
            "this baseline judges faces and finds none",
            where=f"--faces {faces}",
            expected=f"{ANALYSER}, or the run of a baseline that finds faces, such as mask-rcnn",
        )
    if faces in (None, ANALYSER):
        finder = _analyser()
    else:
        assert faces is not None
        finder = load_detector(faces, sizes, device)
    return load_detector(reference, sizes, device, faces=finder)


def _analyser() -> LoadedDetector:
    from ..benchmark.detectors import LoadedDetector
    from ..generators.analysis.models import FACE_DETECTOR, FACE_MESH

    models = {model.name: model.sha256 for model in (FACE_DETECTOR, FACE_MESH)}
    return LoadedDetector(ANALYSER, AnalyserFaces(), {"kind": "analyser", "models": models})
