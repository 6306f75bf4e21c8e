"""Checks of predictions files, in processes of their own."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ...annotations.manifest import read_manifest
from ..challenge.folder import ChallengeFolder
from ..submissions.intake import CheckedPart, check_part
from .isolation import Isolated
from .settings import Settings

_FAULT = "the check was ended before it could answer; this uses no quota"


class Checker:
    """Checks files for a challenge."""

    def __init__(self, folder: ChallengeFolder, settings: Settings) -> None:
        self.folder = folder
        self._processes = Isolated(
            settings.checkers, settings.check_memory, settings.check_seconds, _FAULT
        )

    async def check(self, track: str, path: Path) -> CheckedPart:
        """Check a file for a track.

        Raises:
            HTTPException: 503 where the check's process has died or taken too long.
        """
        most = self.folder.rules.limits.file_size
        manifest = self.folder.manifest_file(track)
        gone = self.folder.withdrawn(track)
        return await self._processes.call(_check, manifest, track, path, most, gone)

    def close(self) -> None:
        """End all processes."""
        self._processes.close()


def _check(manifest: Path, track: str, path: Path, most: int, gone: Collection[int]) -> CheckedPart:
    return check_part(read_manifest(manifest), track, path, most, gone)
