"""The table of adapters: kind of network → what makes a forgery method of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import TypeAdapter

from ...core.tables import table
from ..methods.forgery import Generator, Kind
from .adapter import Adapter
from .config import LearnedMethod
from .files import find_network, hash_of
from .generator import FaceGenerator
from .image_to_image import ImageToImage
from .inpainting import Inpainting
from .keypoints import Keypoints
from .swapper import Swapper


@dataclass(frozen=True, slots=True)
class AdapterRow:
    """One kind of network.

    Args:
        name: ``kind`` in a recipe.
        version: of the adapter; part of the version of every method that it makes.
        kind: the kind of manipulation.
        description: one line.
        make: the class of its methods, from (name, configuration).
    """

    name: str
    version: str
    kind: Kind
    description: str
    make: type[Adapter[Any, Any]]


def _row(name: str, make: type[Adapter[Any, Any]]) -> AdapterRow:
    return AdapterRow(name, make.version, make.kind, make.description, make)


ADAPTERS: Final[Mapping[str, AdapterRow]] = table(
    (
        _row("generator", FaceGenerator),
        _row("inpainting", Inpainting),
        _row("image-to-image", ImageToImage),
        _row("keypoints", Keypoints),
        _row("swapper", Swapper),
    )
)

_CONFIG: Final[TypeAdapter[LearnedMethod]] = TypeAdapter(LearnedMethod)


def open_method(name: str, config: LearnedMethod) -> Adapter[Any, Any]:
    """The method of a recipe's name and words; its networks are loaded once a process.

    Raises:
        MissingDependencyError: a framework is not installed.
        DataError: a file is missing, another one, or unreadable.
        UsageError: a network takes or gives something else.
    """
    return _opened(name, _CONFIG.dump_json(config), _contents(config))


def learned_row(name: str, config: LearnedMethod) -> Generator:
    """The same as a row that a build draws from."""
    return open_method(name, config).row()


def _contents(config: LearnedMethod) -> tuple[str, ...]:
    """SHA-256 of the files: a file written anew is opened anew."""
    parts = [config, *([config.embedder] if config.kind == "swapper" else [])]
    folder = config.kind == "inpainting"
    return tuple(hash_of(find_network(part.network, part.sha256, folder=folder)) for part in parts)


@lru_cache(maxsize=16)
def _opened(name: str, config: bytes, contents: tuple[str, ...]) -> Adapter[Any, Any]:  # noqa: ARG001 - as in ``_contents``
    parsed = _CONFIG.validate_json(config)
    return ADAPTERS[parsed.kind].make(name, parsed)
