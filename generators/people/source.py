"""Drawn people as a source of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from ...core.errors import DataError, UsageError
from ...core.files import sha256, to_json
from ...core.seeds import stream
from ..sources import Photo, Scene
from .compose import draw
from .crowd import SceneCard, draw_scene, scaled

VERSION: Final = "1"  # changes when the same scene gives other pixels
_SMALLEST: Final = 32


@dataclass(frozen=True, slots=True)
class DrawnPeople:
    """Procedural photographs of several people, with exact landmarks and regions.

    Args:
        count: how many photographs.
        seed: of the whole set; photograph k is the same whatever ``count`` is.
        size: (height, width) in pixels, each at least 32.

    Raises:
        UsageError: the count is negative or the size too small.
    """

    count: int
    seed: int
    size: tuple[int, int] = (576, 768)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise UsageError("the number of drawn photographs is negative", got=self.count)
        if min(self.size) < _SMALLEST:
            raise UsageError(
                "drawn photographs cannot be that small",
                got=f"{self.size[0]} x {self.size[1]}",
                expected=f"at least {_SMALLEST} x {_SMALLEST} pixels",
            )

    @property
    def identity(self) -> dict[str, object]:
        """The arguments and the renderer's version."""
        return {
            "source": "drawn", "version": VERSION, "count": self.count, "seed": self.seed,
            "size": list(self.size),
        }  # fmt: skip

    def photos(self) -> Sequence[Photo]:
        """The photographs, "drawn-0000" and so on."""
        return tuple(self._photo(index) for index in range(self.count))

    def card(self, photo: Photo) -> SceneCard:
        """What determines a photograph.

        Raises:
            DataError: it is not one of this source's.
        """
        _, _, number = photo.name.rpartition("-")
        if not (number.isdecimal() and photo.name == _name(int(number))):
            raise DataError("this photograph was not drawn", got=photo.name, expected=_name(7))
        card = self._card(int(number))
        if photo.sha256 != _hash(card):
            raise DataError(
                "this photograph belongs to another set of drawn people", where=photo.name,
                got=photo.sha256[:12], expected=_hash(card)[:12],
            )  # fmt: skip
        return card

    def open(self, photo: Photo, max_side: int) -> Scene:
        """Draw one photograph, its longer side at most ``max_side``, with its faces.

        Raises:
            DataError: it is not one of this source's.
        """
        card = self.card(photo)
        height, width = card.size
        factor = min(1.0, max_side / max(height, width))
        size = (max(1, round(height * factor)), max(1, round(width * factor)))
        return Scene(*draw(scaled(card, size)))

    def _card(self, index: int) -> SceneCard:
        return draw_scene(stream(self.seed, "drawn", index), self.size)

    def _photo(self, index: int) -> Photo:
        return Photo(_name(index), _hash(self._card(index)), "CC0-1.0", "drawn")


def _name(index: int) -> str:
    return f"drawn-{index:04d}"


def _hash(card: SceneCard) -> str:
    return sha256(to_json({"version": VERSION, "scene": asdict(card)}))
