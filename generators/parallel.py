"""The same work on one process, several, or a Dask cluster: joblib runs them."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any

import cv2
import joblib

from ..core.errors import MissingDependencyError, UsageError
from ..core.progress import Progress


def run_all(
    function: Callable[..., None],
    tasks: Sequence[tuple[Any, ...]],
    *,
    workers: int | None,
    dask: str | None,
    progress: Progress,
    what: str,
) -> None:
    """Call ``function`` with each task's arguments, in any order; results go to files.

    Args:
        workers: processes; None for one per processor, 1 for this process alone.
        dask: a Dask scheduler's address, which then decides on the workers.

    Raises:
        UsageError: ``workers`` is below 1.
        MissingDependencyError: Dask is asked for and not installed.
    """
    require_workers(workers, dask)
    with _single_threaded(), _engine(dask), warnings.catch_warnings():
        # A worker whose memory grew, as by loading a detector, is replaced: that is no news.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        results = _results(function, tasks, workers, distributed=dask is not None)
        for _ in progress(results, total=len(tasks), what=what):
            pass


def require_workers(workers: int | None, dask: str | None) -> None:
    """Refuse what ``run_all`` cannot run with; a scheduler is not called yet.

    Raises:
        UsageError: ``workers`` is below 1.
        MissingDependencyError: Dask is asked for and not installed.
    """
    if workers is not None and workers < 1:
        raise UsageError("the number of workers is wrong", got=workers, expected="at least 1")
    if dask is not None and find_spec("distributed") is None:
        raise MissingDependencyError(
            "Dask is not installed", mend="Install it with: pip install 'manyfaces[dask]'"
        )


def _results(
    function: Callable[..., None],
    tasks: Sequence[tuple[Any, ...]],
    workers: int | None,
    *,
    distributed: bool,
) -> Iterator[None]:
    count = joblib.cpu_count() if workers is None else workers
    if not distributed and min(count, len(tasks)) <= 1:
        for task in tasks:
            function(*task)
            yield
        return
    jobs = (joblib.delayed(_in_worker)(function, task) for task in tasks)
    yield from joblib.Parallel(
        n_jobs=-1 if distributed else count, return_as="generator_unordered"
    )(jobs)


def _in_worker(function: Callable[..., None], task: tuple[Any, ...]) -> None:
    # Ctrl-C is for the parent, which then ends its workers.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with _single_threaded():
        function(*task)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """OpenCV on one thread: the processes are the parallelism."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _engine(dask: str | None) -> AbstractContextManager[Any]:
    return nullcontext() if dask is None else _dask_engine(dask)


@contextmanager
def _dask_engine(address: str) -> Iterator[None]:
    from distributed import Client

    try:
        client: Any = Client(address, timeout=20)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"the Dask scheduler {address} cannot be reached", got=error) from error
    with client, joblib.parallel_config(backend="dask"):
        yield
