"""Face swap: a network that gives an aligned face the identity of an embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np

from ...core.errors import DataError, UsageError
from ...core.images import Rgb
from ..donors import Fit
from ..faces import Face
from ..methods.forgery import Claim, Donor, Donors, Forgery, Kind, Limits
from .adapter import Job, NetworkAdapter
from .config import SwapperConfig
from .network import Network, Shape, open_network
from .onnx_network import last_initializer
from .placing import LearnedParameters, alignment, drawn, place_crop
from .templates import cut, to_crop
from .tensors import Array, picture_shape, to_tensor

# An embedding has no pose, expression or light; what it cannot carry over is a skin that
# the rest of the head contradicts.
SOURCE: Final = Fit(
    "source",
    {"yaw": (40.0, 0.6), "pitch": (30.0, 0.4), "lightness": (30.0, 0.8), "hue": (16.0, 1.0)},
    bare=False,
    scale=0.4,
    blur=3.0,
    odd=4.0,
)


class SwapperParameters(LearnedParameters):
    """How one swap is placed; the donor is all that the networks are told."""


class Swapper(NetworkAdapter[SwapperConfig, SwapperParameters]):
    """Target crop and source embedding in, swapped crop out."""

    part: ClassVar[str] = "swapper"
    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "face swap"
    description: ClassVar[str] = "a donor's identity by its embedding, through a swapping network"
    parameters: ClassVar[type[LearnedParameters]] = SwapperParameters
    claims: ClassVar[frozenset[Claim]] = frozenset({"identity"})
    limits: ClassVar[Limits] = Limits(contrast=(0.7, 1.5))
    donors: ClassVar[int] = 1
    fit: ClassVar[Fit] = SOURCE

    def __init__(self, name: str, config: SwapperConfig) -> None:
        self.embedder = _embedder(config)
        self.length = _length(self.embedder, config)
        super().__init__(name, config)
        self.matrix = self._matrix()

    def _matrix(self) -> Array | None:
        if self.config.projection == "none":
            return None
        matrix = last_initializer(self.network.path)
        if matrix.shape[0] != self.length:
            raise UsageError(
                "the swapper's matrix does not take the embedding",
                where=self.network.path,
                got=f"{matrix.shape[0]} rows",
                expected=self.length,
            )
        return matrix

    @property
    def networks(self) -> Mapping[str, str]:
        """The swapper and the embedder."""
        return {"swapper": self.network.sha256, "embedder": self.embedder.sha256}

    def samples(self) -> Mapping[str, Shape]:
        """The aligned target, and the embedding."""
        return {"image": picture_shape(self.config), "embedding": (self.length,)}

    def draw(
        self,
        rng: np.random.Generator,
        face: Face,  # noqa: ARG002 - the signature of every method
        donors: Donors,  # noqa: ARG002
    ) -> SwapperParameters:
        """Parameters of one swap."""
        return SwapperParameters(networks=dict(self.networks), **drawn(rng, self.config))

    def feeds(self, jobs: Sequence[Job[SwapperParameters]]) -> Mapping[str, Array]:
        """The targets' crops and the donors' embeddings."""
        crops = [cut(job.image, alignment(job.face, self.config), self.config.size) for job in jobs]
        return {
            "image": np.stack([to_tensor(crop, self.config) for crop in crops]),
            "embedding": self.embeddings([job.donors[0] for job in jobs]),
        }

    def embeddings(self, donors: Sequence[Donor]) -> Array:
        """(N, length) what the swapper is told of the donors.

        Raises:
            DataError: an embedding is no numbers, or zero.
        """
        config = self.config.embedder
        crops = [
            cut(
                donor.image,
                to_crop(donor.face.landmarks, config.template, config.size, config.margin),
                config.size,
            )
            for donor in donors
        ]
        found = self.embedder.run({"image": np.stack([to_tensor(crop, config) for crop in crops])})
        found = found.reshape(len(donors), -1)
        if self.config.normalise or self.matrix is not None:
            found = _unit(found)
        return found if self.matrix is None else _unit(found @ self.matrix)

    def place(self, job: Job[SwapperParameters], crop: Rgb) -> Forgery:
        """The swapped crop in the target's place."""
        return place_crop(job.image, job.face, crop, self.config, job.parameters)


def _unit(rows: Array) -> Array:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise DataError("the donor's embedding is zero or no numbers")
    return np.asarray(rows / lengths, dtype=np.float32)


def _embedder(config: SwapperConfig) -> Network:
    shape = picture_shape(config.embedder)
    return open_network(config.embedder, {"image": shape}, {}, config.device)


def _length(embedder: Network, config: SwapperConfig) -> int:
    """How many numbers the embedder gives.

    Raises:
        UsageError: it fails on a crop of zeros, or does not give one row a face.
    """
    zeros = np.zeros((1, *picture_shape(config.embedder)), np.float32)
    try:
        return int(embedder.run({"image": zeros})[0].size)
    except DataError as error:
        raise UsageError(
            "the embedder cannot be run on a crop of zeros",
            where=embedder.path,
            got=error.got,
            expected=f"a network for crops of {config.embedder.size} pixels",
        ) from error
