"""What the licence of a photograph, as its source states it, asks of those who publish it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

UNKNOWN: Final = "unknown"

_PUBLIC: Final = re.compile(r"\bCC-?0\b|public domain|\bPDM\b", re.IGNORECASE)
_CC: Final = re.compile(r"\bCC[ -]?BY((?:[ -](?:NC|ND|SA))*)(?:[ -]([1-4]\.[05]))?", re.IGNORECASE)
_SPDX_URL: Final = "https://spdx.org/licenses/{}.html"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and its demands; what cannot be read has none but ``known`` False.

    ``spdx`` is its SPDX identifier where exactly one is stated, else None.
    """

    stated: str
    spdx: str | None
    known: bool
    attribution: bool = False
    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False

    @property
    def url(self) -> str:
        """The SPDX page, or what was stated."""
        return self.stated if self.spdx is None else _SPDX_URL.format(self.spdx)


def parse_licence(stated: str) -> Licence:
    """Read a licence statement such as "CC-BY-SA-4.0" or "public domain (NASA)".

    Where a statement names several, the demands of all of them count.
    """
    found = list(_CC.finditer(stated))
    # A licence that a note in brackets adds contradicts the one outside it.
    parts = {part.upper() for match in found for part in re.findall(r"[A-Za-z]+", match[1] or "")}
    if found:
        return Licence(
            stated, _spdx(found), True, True, "SA" in parts, "NC" in parts, "ND" in parts
        )
    if _PUBLIC.search(stated):
        return Licence(stated, "CC0-1.0" if stated.strip().upper() == "CC0-1.0" else None, True)
    if re.match(r"MIT\b", stated):
        return Licence(stated, "MIT" if stated.strip() == "MIT" else None, True, True)
    return Licence(stated, None, False)


def _spdx(found: list[re.Match[str]]) -> str | None:
    names = {_name(match) for match in found}
    return names.pop() if len(names) == 1 else None


def _name(match: re.Match[str]) -> str | None:
    if match[2] is None:
        return None
    parts = re.findall(r"[A-Za-z]+", (match[1] or "").upper())
    return "-".join(["CC-BY", *parts, match[2]])


def cautions(counts: Mapping[str, int]) -> list[str]:
    """What to settle before publishing; ``counts`` is licence → photographs."""
    read = {stated: parse_licence(stated) for stated in counts}
    kinds: Mapping[str, Iterable[str]] = {
        "no licence that can be read, so publish only what you hold the rights to": (
            stated for stated, licence in read.items() if not licence.known
        ),
        "no derivatives allowed, and a forged image is one": (
            stated for stated, licence in read.items() if licence.no_derivatives
        ),
        "no commercial use allowed, so say so where you publish": (
            stated for stated, licence in read.items() if licence.non_commercial
        ),
        "what is made from them must bear the same licence": (
            stated for stated, licence in read.items() if licence.share_alike
        ),
    }
    return [
        f"{what}: {sum(counts[name] for name in names)} of the photographs ({'; '.join(names)})"
        for what, names in ((what, list(found)) for what, found in kinds.items())
        if names
    ]


def dataset_licence(counts: Iterable[str]) -> str | None:
    """The one SPDX identifier that all photographs share, if they do."""
    names = {parse_licence(stated).spdx for stated in counts}
    return names.pop() if len(names) == 1 else None
