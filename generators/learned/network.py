"""A network whatever it is run by: named inputs, several faces at a time, one output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from ...core.errors import DataError, UsageError
from .config import Device, Tensors
from .files import find_network, hash_of
from .tensors import Array

Shape = tuple[int, ...]
Feeds = Mapping[str, Array]  # what goes in → (N, ...)
ONNX = (".onnx",)
TORCHSCRIPT = (".pt", ".pth", ".ts", ".torchscript", ".jit")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a network.

    Args:
        name: the network's own.
        shape: batch first; None where a side is free, or all of it where the file says
            nothing.
        required: whether the network runs without it.
    """

    name: str
    shape: tuple[int | None, ...] | None = None
    required: bool = True

    def takes(self, sample: Shape) -> bool:
        """Whether one sample of this shape, without its batch axis, fits."""
        if self.shape is None:
            return True
        own = self.shape[1:]
        return len(own) == len(sample) and all(
            side in {None, given} for side, given in zip(own, sample, strict=True)
        )


class Runner(Protocol):
    """A loaded network of one framework."""

    @property
    def inputs(self) -> Sequence[Input]:
        """Its inputs, in order."""
        ...

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""
        ...

    def run(self, values: Mapping[str, Array]) -> Array:
        """One output for all inputs by the network's own names, batch first."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Network:
    """A network that is asked by what goes in, and answers for any number of faces.

    Args:
        names: what goes in → the network's own name.
        batch: how many samples it takes at once; None for any number.
    """

    path: Path
    sha256: str
    runner: Runner
    names: Mapping[str, str]
    batch: int | None

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""
        return self.runner.device

    def run(self, feeds: Feeds) -> Array:
        """(N, ...) of one output for (N, ...) of every input; N at least 1.

        Raises:
            DataError: the network fails on these values.
        """
        count = len(next(iter(feeds.values())))
        size = self.batch or count
        parts = [self._run(feeds, start, size) for start in range(0, count, size)]
        return np.concatenate(parts)[:count]

    def _run(self, feeds: Feeds, start: int, size: int) -> Array:
        values = {
            own: _filled(feeds[name][start : start + size], size)
            for name, own in self.names.items()
            if name in feeds
        }
        try:
            answer = self.runner.run(values)
        except Exception as error:  # frameworks raise what they like
            raise DataError(
                "the network fails", where=self.path, got=str(error).splitlines()[0][:200]
            ) from error
        if not answer.ndim or len(answer) != size:
            got = f"an answer of shape {list(answer.shape)} for {size} faces"
            raise DataError("the network's answer has no batch axis", where=self.path, got=got)
        return answer


def _filled(values: Array, size: int) -> Array:
    """Up to a fixed batch: the last sample stands in for those that are missing."""
    missing = size - len(values)
    return np.concatenate([values, np.repeat(values[-1:], missing, axis=0)]) if missing else values


def open_network(
    config: Tensors, samples: Mapping[str, Shape], optional: Mapping[str, Shape], device: Device
) -> Network:
    """Load a network, find out which input takes what, and try it once.

    Args:
        samples: what goes in → the shape of one sample.
        optional: the same of what goes in where the network has an input for it.

    Raises:
        MissingDependencyError: the framework is not installed.
        DataError: the file is missing, another one, or unreadable.
        UsageError: the network takes something else, or there is no such device.
    """
    path = find_network(config.network, config.sha256)
    digest = hash_of(path)
    runner = _runner(path, digest, device, config.output)
    names = assign(path, runner.inputs, samples, optional, config.inputs)
    return Network(path, digest, runner, names, _batch(runner.inputs))


def _batch(inputs: Sequence[Input]) -> int | None:
    """How many samples go in at once; an input without a batch axis allows one."""
    sizes = [entry.shape[0] if entry.shape else 1 for entry in inputs if entry.shape is not None]
    return next((size for size in sizes if size is not None), None)


@lru_cache(maxsize=8)
def _runner(path: Path, digest: str, device: Device, output: str | None) -> Runner:  # noqa: ARG001 - another content is another key
    if path.suffix.lower() in ONNX:
        from .onnx_network import open_onnx

        return open_onnx(path, device, output)
    if path.suffix.lower() in TORCHSCRIPT:
        from .torch_network import open_torchscript

        return open_torchscript(path, device)
    raise UsageError(
        "the network's file is of no kind that can be run",
        where=path,
        expected=f"a name that ends in {', '.join((*ONNX, *TORCHSCRIPT))}",
    )


def assign(
    path: Path,
    inputs: Sequence[Input],
    samples: Mapping[str, Shape],
    optional: Mapping[str, Shape],
    named: Mapping[str, str],
) -> dict[str, str]:
    """What goes in → the network's own name of that input.

    Names that the recipe gives come first, then equal names, then the first input of a
    fitting shape, then the next one.

    Raises:
        UsageError: a name is unknown, a shape does not fit, or an input stays without
            anything.
    """
    everything = {**samples, **optional}
    _known(path, inputs, everything, named)
    found = {name: own for name, own in named.items() if own in {entry.name for entry in inputs}}
    free = {entry.name: entry for entry in inputs if entry.name not in found.values()}
    for name in [name for name in everything if name not in found and name in free]:
        found[name] = free.pop(name).name
    for name, shape in everything.items():
        if name in found or not free or (name in optional and not _spare(free)):
            continue
        fitting = [own for own, entry in free.items() if entry.takes(shape)]
        found[name] = free.pop(fitting[0] if fitting else next(iter(free))).name
    _complete(path, inputs, found, samples, everything)
    return found


def _spare(free: Mapping[str, Input]) -> bool:
    return any(entry.required for entry in free.values())


def _known(
    path: Path, inputs: Sequence[Input], everything: Mapping[str, Shape], named: Mapping[str, str]
) -> None:
    for name, own in named.items():
        if name not in everything:
            what, known = f"nothing named {name!r} goes into it", list(everything)
        elif own not in {entry.name for entry in inputs}:
            what, known = f"it has no input {own!r}", [entry.name for entry in inputs]
        else:
            continue
        raise UsageError(
            "the network's inputs are named wrongly",
            where=path,
            got=what,
            expected=f"one of {', '.join(known)}",
        )


def _complete(
    path: Path,
    inputs: Sequence[Input],
    found: Mapping[str, str],
    samples: Mapping[str, Shape],
    everything: Mapping[str, Shape],
) -> None:
    own = {entry.name: entry for entry in inputs}
    for name in samples:
        if name not in found:
            raise UsageError(
                f"the network has no input for the {name}", where=path, got=_listed(inputs)
            )
    for name, of_network in found.items():
        if not own[of_network].takes(everything[name]):
            raise UsageError(
                f"the network's input {of_network!r} does not take the {name}",
                where=path,
                got=_side(own[of_network]),
                expected=_text(("n", *everything[name])),
            )
    silent = [name for name in own if name not in found.values() and own[name].required]
    if silent:
        raise UsageError(
            "the network asks for more than this kind of method gives",
            where=path,
            got=f"inputs {', '.join(silent)}",
            expected=" and ".join(everything),
        )


def _listed(inputs: Sequence[Input]) -> str:
    return ", ".join(f"{entry.name} {_side(entry)}" for entry in inputs) or "no input at all"


def _side(entry: Input) -> str:
    return (
        ""
        if entry.shape is None
        else _text(["n" if side is None else side for side in entry.shape])
    )


def _text(sides: Sequence[object]) -> str:
    return " x ".join(map(str, sides))
