"""Entire face synthesis: a face from latent numbers in the place of the target's.

Where the target has the analyser's mesh, the mesh is fitted to the generated face as well,
and the face is warped from the one to the other: pose and expression become the target's.
Drawn faces have meshes of another layout; theirs is placed by the alignment alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, ClassVar, Final

import numpy as np
from pydantic import Field

from ...annotations.landmarks import outer_eye_distance
from ...core.errors import DataError
from ...core.images import Rgb, fit_within
from ...core.seeds import stream
from ..analysis.analyser import LAYOUT, FaceAnalyser
from ..faces import Face
from ..methods.expressions import mouth_gap
from ..methods.forgery import Claim, Donors, Forgery, Kind, Limits
from ..methods.warp import shrink_to_scale, warp
from ..methods.window import CLOSE, open_window
from .adapter import Job, NetworkAdapter
from .bare import require_bare
from .config import GeneratorConfig
from .network import Shape
from .placing import LearnedParameters, blended, drawn, opacity, outline_of, place_crop
from .tensors import Array

SURE: Final = 0.8  # the analyser's belief in a generated face
TURNED: Final = 25.0  # degrees between the two faces that a warp bridges
PARTED: Final = 0.15  # eye distances between the gaps of the two mouths
MEASURED: Final = 512  # pixels; generated faces are measured at this size at most


class GeneratorParameters(LearnedParameters):
    """``seed`` draws the latent numbers; ``truncation`` pulls them to the mean."""

    truncation: Annotated[float, Field(ge=0, le=1)]


class FaceGenerator(NetworkAdapter[GeneratorConfig, GeneratorParameters]):
    """Latent numbers in, aligned face out."""

    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "entire face synthesis"
    description: ClassVar[str] = "a face from a generative network, on the target's mesh"
    parameters: ClassVar[type[LearnedParameters]] = GeneratorParameters
    claims: ClassVar[frozenset[Claim]] = frozenset({"identity"})
    limits: ClassVar[Limits] = Limits(contrast=(0.75, 1.5))

    def samples(self) -> Mapping[str, Shape]:
        """The latent numbers."""
        return {"latent": (self.config.latent,)}

    def optional(self) -> Mapping[str, Shape]:
        """The truncation, a number a face."""
        return {"truncation": ()}

    def draw(
        self,
        rng: np.random.Generator,
        face: Face,  # noqa: ARG002 - the signature of every method
        donors: Donors,  # noqa: ARG002
    ) -> GeneratorParameters:
        """Parameters of one face."""
        fields = drawn(rng, self.config)
        truncation = round(float(rng.uniform(*self.config.truncation)), 4)
        return GeneratorParameters(networks=dict(self.networks), **fields, truncation=truncation)

    def feeds(self, jobs: Sequence[Job[GeneratorParameters]]) -> Mapping[str, Array]:
        """The latent numbers, and the truncation where the network has an input for it."""
        latent = np.stack([self.latent(job.parameters) for job in jobs])
        if "truncation" not in self.network.names:
            return {"latent": latent}
        truncation = np.array([job.parameters.truncation for job in jobs], np.float32)
        return {"latent": latent, "truncation": truncation}

    def latent(self, parameters: GeneratorParameters) -> Array:
        """(latent,) numbers of one face."""
        normal = stream(parameters.seed, "latent").standard_normal(self.config.latent)
        scale = 1.0 if "truncation" in self.network.names else parameters.truncation
        return np.asarray(scale * normal, dtype=np.float32)

    def place(self, job: Job[GeneratorParameters], crop: Rgb) -> Forgery:
        """The generated face on the target's mesh, or aligned with it."""
        require_bare(job.image, job.face, "the face")
        if job.face.layout != LAYOUT:
            return place_crop(job.image, job.face, crop, self.config, job.parameters)
        return _on_the_mesh(job, fit_within(crop, MEASURED))


def _on_the_mesh(job: Job[GeneratorParameters], crop: Rgb) -> Forgery:
    found = _face_in(crop)
    _require_alike(job.face, found)
    require_bare(crop, found, "the generated face")
    window = open_window(job.image, job.face, CLOSE)
    scale = outer_eye_distance(job.face.landmarks) / outer_eye_distance(found.landmarks)
    source, mesh = shrink_to_scale(crop, found.mesh, scale)
    size = (window.image.shape[0], window.image.shape[1])
    patch, inside = warp(source, mesh, window.mesh, window.triangles, size)
    outline = outline_of(window.landmarks, job.parameters)
    alpha = opacity(window, outline, inside & window.visible, job.parameters)
    return blended(job.image, window, patch, alpha, job.parameters)


def _require_alike(face: Face, generated: Face) -> None:
    if abs(generated.pose[0] - face.pose[0]) > TURNED:
        raise DataError("the generated face is turned too far from the target's")
    if abs(mouth_gap(generated.landmarks) - mouth_gap(face.landmarks)) > PARTED:
        raise DataError("the generated face's mouth is not as open as the target's")


def _face_in(crop: Rgb) -> Face:
    """The one face that a generator made.

    Raises:
        DataError: the analyser sees none, or doubts it.
    """
    faces = [face for face in _analyser().analyse(crop) if face.confidence >= SURE]
    if not faces:
        raise DataError("no face is seen in what the network generated")
    return faces[0]


@cache
def _analyser() -> FaceAnalyser:
    return FaceAnalyser()
