"""The row type of ``BASELINES``: a network that can be trained, told without importing torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from ..training_parameters import TrainingParameters

if TYPE_CHECKING:
    from .network import Network


class BaselineParameters(BaseModel):
    """Base of every baseline's parameters: what determines the network's shape."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def trained_network(self) -> BaselineParameters:
        """Those of the network once it is trained, without what only training wants.

        An attack asks a trained network for its losses: all of them, of whole pictures.
        """
        return self


@dataclass(frozen=True, slots=True)
class Baseline:
    """One baseline.

    Args:
        name: key in ``BASELINES``.
        version: changes when the same parameters give another network.
        description: one line.
        parameters: the model of its parameters.
        training: how it is trained where nothing else is asked for.
        build: parameters → network with fresh weights, drawn from torch's generator.
        face_level: whether it judges faces that another detector finds.
    """

    name: str
    version: str
    description: str
    parameters: type[BaselineParameters]
    training: TrainingParameters
    build: Callable[[Any], Network]
    face_level: bool = False
