"""What every adapter does: draw, run the network on one face or on several, put it back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np

from ...core.errors import DataError, UsageError
from ...core.files import sha256, to_json
from ...core.images import Rgb
from ..donors import TWIN, Fit
from ..faces import Face
from ..methods.forgery import Claim, Donors, Forgery, Generator, Kind, Limits
from .config import Crop, NetworkMethod, Placing, Tensors
from .network import Network, Shape, open_network
from .placing import LearnedParameters, enlarged
from .tensors import Array, side_of, to_picture

Config = TypeVar("Config", bound=Placing)
NetworkConfig = TypeVar("NetworkConfig", bound=NetworkMethod)
Drawn = TypeVar("Drawn", bound=LearnedParameters)


@dataclass(frozen=True, eq=False, slots=True)
class Job(Generic[Drawn]):
    """One face to forge, as ``Generator.apply`` is given it."""

    image: Rgb
    face: Face
    donors: Donors
    parameters: Drawn


class Adapter(ABC, Generic[Config, Drawn]):
    """A forgery method that a network does.

    Opening one checks everything that can be checked before the first face: the extra, the
    file, its SHA-256, its inputs, and its answer to a crop of zeros.

    Args:
        name: the recipe's name of the method.
        config: the recipe's words on it.
        version: of the adapter: changes when the same parameters give other pixels.

    Raises:
        MissingDependencyError: a framework is not installed.
        DataError: a file is missing, another one, or unreadable.
        UsageError: a network takes or gives something else.
    """

    version: ClassVar[str]
    kind: ClassVar[Kind]
    description: ClassVar[str]
    parameters: ClassVar[type[LearnedParameters]]
    claims: ClassVar[frozenset[Claim]] = frozenset()
    limits: ClassVar[Limits] = Limits()
    donors: ClassVar[int] = 0
    fit: ClassVar[Fit] = TWIN

    def __init__(self, name: str, config: Config) -> None:
        self.name, self.config = name, config

    @property
    @abstractmethod
    def networks(self) -> Mapping[str, str]:
        """Part in the method → SHA-256 of the network that plays it."""

    @property
    @abstractmethod
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, face: Face, donors: Donors) -> Drawn:
        """Parameters of one forgery."""

    @abstractmethod
    def suits(self, face: Face) -> bool:
        """Whether the face is one for this method."""

    @abstractmethod
    def forge(self, jobs: Sequence[Job[Drawn]]) -> list[Forgery]:
        """Forge several faces, each in its own picture."""

    def apply(self, image: Rgb, face: Face, donors: Donors, parameters: Drawn) -> Forgery:
        """Forge one face.

        Raises:
            DataError: the parameters are those of other networks, or the face, a donor or
                the network's answer does not allow it.
        """
        return self.apply_batch([Job(image, face, donors, parameters)])[0]

    def apply_batch(self, jobs: Sequence[Job[Drawn]]) -> list[Forgery]:
        """Forge several faces in as few calls of the network as it allows.

        On a CPU the answers are those of ``apply``, but for rounding in a network's last
        digits: a network may add up in another order for another number of faces.
        """
        for job in jobs:
            if job.parameters.networks != dict(self.networks):
                raise DataError(
                    "the parameters were drawn for other networks",
                    where=self.name,
                    got=job.parameters.networks,
                    expected=dict(self.networks),
                )
            if len(job.donors) != self.donors:
                raise DataError("the method needs one donor", got=len(job.donors))
        return self.forge(jobs) if jobs else []

    def row(self) -> Generator:
        """The method as a build knows it; its version names the networks and the device."""
        networks = sha256(to_json(dict(sorted(self.networks.items()))))[:16]
        where = "" if self.device == "cpu" else f"+{self.device}"
        return Generator(
            name=self.name,
            version=f"{self.version}+{networks}{where}",
            kind=self.kind,
            description=self.description,
            parameters=self.parameters,
            draw=self.draw,
            apply=self.apply,
            donors=self.donors,
            fit=self.fit,
            suits=self.suits,
            claims=self.claims,
            limits=self.limits,
        )


class NetworkAdapter(Adapter[NetworkConfig, Drawn]):
    """An adapter of one network that gives a picture of a face."""

    part: ClassVar[str] = "network"

    def __init__(self, name: str, config: NetworkConfig) -> None:
        super().__init__(name, config)
        samples, optional = self.samples(), self.optional()
        self.network = open_network(config, samples, optional, config.device)
        self.side = _side(self.network, config, {**samples, **optional})

    @abstractmethod
    def samples(self) -> Mapping[str, Shape]:
        """What goes in → the shape of one sample."""

    def optional(self) -> Mapping[str, Shape]:
        """The same of what goes in where the network has an input for it."""
        return {}

    @abstractmethod
    def feeds(self, jobs: Sequence[Job[Drawn]]) -> Mapping[str, Array]:
        """(N, ...) for everything that goes in."""

    @abstractmethod
    def place(self, job: Job[Drawn], crop: Rgb) -> Forgery:
        """The forgery from the network's (T, T, 3) picture."""

    @property
    def networks(self) -> Mapping[str, str]:
        """The one network."""
        return {self.part: self.network.sha256}

    @property
    def device(self) -> str:
        """Where the network runs."""
        return self.network.device

    def suits(self, face: Face) -> bool:
        """Whether the face is turned and large as the recipe allows."""
        return fits(face, self.config, self.config, self.side)

    def forge(self, jobs: Sequence[Job[Drawn]]) -> list[Forgery]:
        """Forge several faces, in one call where the network allows it."""
        answers = self.network.run(self.feeds(jobs))
        return [
            self.place(job, to_picture(answer, self.config))
            for job, answer in zip(jobs, answers, strict=True)
        ]


def fits(face: Face, placing: Placing, crop: Crop, side: int) -> bool:
    """Whether a face is turned and large as the recipe allows, for pictures of ``side``."""
    return abs(face.pose[0]) <= placing.max_yaw and enlarged(face, crop, side) <= placing.enlarge


def _side(network: Network, config: Tensors, shapes: Mapping[str, Shape]) -> int:
    """Pixels of a side of what the network answers to zeros.

    Raises:
        UsageError: the answer is no picture, or the network fails.
    """
    zeros = {
        name: np.zeros((1, *shapes[name]), np.float32) for name in network.names if name in shapes
    }
    try:
        shape = network.run(zeros).shape[1:]
    except DataError as error:
        raise UsageError(
            "the network cannot be run on a crop of zeros",
            where=network.path,
            got=error.got,
            expected=f"a network for crops of {config.size} pixels",
            mend="Check `size`, `axes` and `inputs`",
        ) from error
    side = side_of(shape, config)
    if side is None:
        raise UsageError(
            "the network gives no square picture",
            where=network.path,
            got=f"a face of shape {list(shape)}",
            expected="3 channels, as high as wide",
            mend="Check `axes` and `output`",
        )
    return side
