"""Detection as a service: one file at a time, a short queue, nothing kept.

Pictures are people's faces: a file is deleted as soon as it has been looked at, its result
after some minutes, and only the account that sent it sees it.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from starlette.exceptions import HTTPException

from .detection_rules import DetectionRules
from .detection_work import COPIES, Outcome, detect, read_record
from .isolation import Isolated
from .limits import Buckets
from .monitoring import log

UPLOAD: Final = "upload"
PREFIX: Final = "detect."
SWEEP: Final = 5.0  # seconds between looks for what is to be deleted
HOUR: Final = 3600.0
_FAULT: Final = "the detection was ended: it took too long, or its process died"
_FAILED: Final = "the detector failed; the board's maintainer finds out why in the log"


@dataclass(slots=True)
class Job:
    """A file on its way through a detector.

    Args:
        key: nobody can guess it.
        owner: number of the account.
        detector: name.
        folder: for the file and what is made of it.
    """

    key: str
    owner: int
    detector: str
    folder: Path
    state: str = "waiting"  # then running, done or failed
    kind: str | None = None
    status: int = 200
    reason: str = ""
    ended: float | None = None
    task: asyncio.Task[None] | None = None

    @property
    def copy(self) -> tuple[Path, str]:
        """The annotated copy's file and type."""
        assert self.kind is not None
        name, media = COPIES[self.kind]
        return self.folder / name, media


@dataclass(slots=True)
class Detection:
    """Takes files, gives their results, and deletes both. Lives in the server's one loop.

    Args:
        rules: detectors and limits.
        place: folder in which each file gets one of its own.
    """

    rules: DetectionRules
    place: Path
    accounts: Buckets = field(init=False)
    addresses: Buckets = field(init=False)
    _jobs: dict[str, Job] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _processes: Isolated | None = None

    def __post_init__(self) -> None:
        self.accounts = Buckets(self.rules.per_hour, HOUR)
        self.addresses = Buckets(self.rules.per_hour, HOUR)

    @property
    def on(self) -> bool:
        """Whether there is anything to detect with."""
        return bool(self.rules.detectors)

    def require(self, detector: str) -> None:
        """Refuse what there is no detector for.

        Raises:
            HTTPException: 404.
        """
        if not self.on:
            raise HTTPException(404, "this board has no detection")
        if detector not in self.rules.detectors:
            raise HTTPException(404, f"there is no such detector ({self.names} are there)")

    @property
    def names(self) -> str:
        """The detectors' names, for a sentence."""
        return ", ".join(self.rules.detectors)

    def require_room(self, owner: int) -> None:
        """Refuse where too much waits already, or something of the same account does.

        Raises:
            HTTPException: 429 or 503, with the seconds to wait.
        """
        busy = [job for job in self._jobs.values() if job.ended is None]
        later = {"Retry-After": "30"}
        if any(job.owner == owner for job in busy):
            raise HTTPException(429, "one file at a time: the last one is not done yet", later)
        if len(busy) > self.rules.waiting:
            raise HTTPException(503, "too many files wait already; try again later", later)

    def new_folder(self) -> Path:
        """A folder for one file."""
        folder = self.place / (PREFIX + secrets.token_hex(16))
        folder.mkdir(mode=0o700)
        return folder

    def discard(self, folder: Path) -> None:
        """Delete the folder of a file that was not taken."""
        shutil.rmtree(folder, ignore_errors=True)

    def begin(self, owner: int, detector: str, folder: Path) -> Job:
        """Put the file in a folder into the queue.

        Raises:
            HTTPException: as ``require_room``.
        """
        self.require_room(owner)
        job = Job(folder.name.removeprefix(PREFIX), owner, detector, folder)
        self._jobs[job.key] = job
        job.task = asyncio.get_running_loop().create_task(self._run(job))
        return job

    async def _run(self, job: Job) -> None:
        try:
            async with self._turn:
                job.state = "running"
                await self._detect(job)
        except HTTPException as error:
            _fail(job, error.status_code, error.detail)
        except Exception as error:
            log("fault", error=f"detection raised {type(error).__name__}")
            _fail(job, 503, _FAILED)
        finally:
            (job.folder / UPLOAD).unlink(missing_ok=True)
            job.ended = time.monotonic()

    async def _detect(self, job: Job) -> None:
        if self._processes is None:
            rules = self.rules
            self._processes = Isolated(1, rules.memory, rules.seconds, _FAULT, quiet=True)
        reference = self.rules.detectors[job.detector]
        found: Outcome = await self._processes.call(
            detect, reference, job.folder / UPLOAD, self.rules
        )
        if found.fault is not None:
            log("fault", detector=job.detector, error=found.fault)
            _fail(job, 503, _FAILED)
        elif found.refused is not None:
            _fail(job, 422, found.refused)
        else:
            job.kind, job.state = found.kind, "done"

    def find(self, owner: int, key: str) -> Job:
        """A job of an account.

        Raises:
            HTTPException: 404, of other accounts' and of those that are deleted too.
        """
        job = self._jobs.get(key)
        if job is None or job.owner != owner:
            raise HTTPException(404, "there is no such result, or it is deleted already")
        return job

    def forget(self, job: Job) -> None:
        """Delete a job that has ended, and its files.

        Raises:
            HTTPException: 409 while it has not ended.
        """
        if job.ended is None:
            raise HTTPException(409, "the file is being looked at; try again when it is done")
        del self._jobs[job.key]
        shutil.rmtree(job.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Delete what is old, and what an ended server has left."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.ended is not None and now - job.ended > self.rules.keep:
                self.forget(job)
        oldest = time.time() - self.rules.keep - self.rules.seconds * (self.rules.waiting + 2)
        for folder in self.place.glob(f"{PREFIX}*"):
            with suppress(OSError):
                known = folder.name.removeprefix(PREFIX) in self._jobs
                if not known and folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweeps meanwhile; at the end everything is deleted."""
        sweeping = asyncio.get_running_loop().create_task(self._keep_sweeping())
        try:
            yield
        finally:
            sweeping.cancel()
            self.close()

    async def _keep_sweeping(self) -> None:
        while True:
            self.sweep()
            await asyncio.sleep(min(SWEEP, self.rules.keep))

    def close(self) -> None:
        """End the process and delete everything."""
        if self._processes is not None:
            self._processes.close()
        for job in self._jobs.values():
            if job.task is not None:
                job.task.cancel()
            shutil.rmtree(job.folder, ignore_errors=True)
        self._jobs.clear()


def _fail(job: Job, status: int, reason: str) -> None:
    job.state, job.status, job.reason = "failed", status, reason


def result(job: Job, keep: float) -> dict[str, Any]:
    """Where a job stands, with its faces when it is done.

    Raises:
        HTTPException: it failed.
    """
    if job.state == "failed":
        raise HTTPException(job.status, job.reason)
    told: dict[str, Any] = {"id": job.key, "state": job.state, "detector": job.detector}
    if job.state == "done":
        assert job.ended is not None
        told |= {
            "kind": job.kind,
            "annotated": f"/api/detect/{job.key}/annotated",
            "deleted_in": max(0, round(keep - (time.monotonic() - job.ended))),
            **read_record(job.folder),
        }
        told.get("video", {}).pop("file", None)
    return told
