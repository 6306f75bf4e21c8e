"""The picture files under a folder."""

from __future__ import annotations

from pathlib import Path

from ...core.images import SUFFIXES


def picture_names(root: Path) -> list[str]:
    """The relative POSIX paths of all pictures under ``root``; hidden ones are left out."""
    found = []
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            found.append(relative.as_posix())
    return found
