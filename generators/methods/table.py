"""The table of forgery methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...core.tables import table
from .forgery import Generator
from .self_blend import SELF_BLEND
from .swap import SWAP

GENERATORS: Final[Mapping[str, Generator]] = table((SWAP, SELF_BLEND))
