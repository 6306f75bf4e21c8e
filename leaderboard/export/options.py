"""What a maintainer chooses for a bundle beside the rules of the challenge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ... import __version__
from ...core.errors import UsageError

IMAGE: Final = "python:3.12-slim"  # has what the program needs to install manyfaces


@dataclass(frozen=True, slots=True)
class Options:
    """How a host gets manyfaces, and where participants get the kit.

    Args:
        kit: address of the participants' kit; their pages name it.
        wheel: manyfaces as a package, put into the bundle; without it, the host's program
            asks the package index for this version.
        image: Docker image to score in, for hosts that take one.

    Raises:
        UsageError: the wheel is not one of this version.
    """

    kit: str = ""
    wheel: Path | None = None
    image: str = IMAGE

    def __post_init__(self) -> None:
        name = f"manyfaces-{__version__}-"
        wheel = self.wheel
        if wheel is not None and not (
            wheel.is_file() and wheel.name.startswith(name) and wheel.suffix == ".whl"
        ):
            raise UsageError(
                "this is no package of this version",
                where=wheel,
                expected=f"{name}py3-none-any.whl",
                mend="Make it in a checkout: python -m build --wheel",
            )

    @property
    def requirement(self) -> str:
        """What pip is given: a version, or the file's name."""
        return f"manyfaces=={__version__}" if self.wheel is None else self.wheel.name
