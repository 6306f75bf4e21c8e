"""Checks in processes of their own: a hostile file ends one of them, never the server."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from starlette.exceptions import HTTPException

from ...annotations.manifest import read_manifest
from ..challenge.folder import ChallengeFolder
from ..submissions.intake import CheckedPart, check_part
from .settings import Settings

_FAULT = "the check was ended before it could answer; this uses no quota"


class Checker:
    """A pool of processes that check files; broken or overdue ones are replaced."""

    def __init__(self, folder: ChallengeFolder, settings: Settings) -> None:
        self.folder, self.settings = folder, settings
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.settings.checkers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_bound,
            initargs=(self.settings.check_memory,),
        )

    async def check(self, track: str, path: Path) -> CheckedPart:
        """Check a file for a track.

        Raises:
            HTTPException: 503 where the check's process has died or taken too long.
        """
        pool = self._pool
        most = self.folder.rules.limits.file_size
        manifest = self.folder.manifest_file(track)
        try:
            running = asyncio.wrap_future(pool.submit(_check, manifest, track, path, most))
            return await asyncio.wait_for(running, self.settings.check_seconds)
        except (BrokenProcessPool, RuntimeError, asyncio.TimeoutError) as error:
            if pool is self._pool:
                self._pool = self._new()
                _end(pool)
            raise HTTPException(503, _FAULT) from error

    def close(self) -> None:
        """End all processes."""
        _end(self._pool)


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join()


def _bound(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _check(manifest: Path, track: str, path: Path, most: int) -> CheckedPart:
    return check_part(read_manifest(manifest), track, path, most)
