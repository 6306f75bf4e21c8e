"""Work in processes of its own: a hostile file ends one of them, never the server."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from starlette.exceptions import HTTPException

T = TypeVar("T")


class Isolated:
    """A pool of processes that call functions; broken or overdue ones are replaced.

    Args:
        processes: how many.
        memory: bytes of address space that each may have.
        seconds: that one call may take.
        fault: what is answered where a call was ended.
        quiet: whether what the processes print is thrown away.
    """

    def __init__(
        self, processes: int, memory: int, seconds: float, fault: str, *, quiet: bool = False
    ) -> None:
        self._processes, self._bounds = processes, (memory, quiet)
        self._seconds, self._fault = seconds, fault
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_bound,
            initargs=self._bounds,
        )

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401 - the function's
        """Call a module's function in a process.

        Raises:
            HTTPException: 503 where the process has died or taken too long.
        """
        pool = self._pool
        try:
            running = asyncio.wrap_future(pool.submit(function, *arguments))
            return await asyncio.wait_for(running, self._seconds)
        except (BrokenProcessPool, RuntimeError, asyncio.TimeoutError) as error:
            if pool is self._pool:
                self._pool = self._new()
                _end(pool)
            raise HTTPException(503, self._fault) from error

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


def _bound(memory: int, quiet: bool) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    if quiet:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
