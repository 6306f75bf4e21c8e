"""One submission scored in a process of its own, under limits of time and memory.

What scoring a stranger's file does to that process (memory, a crash) ends with it.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import IO, Any, Final

from ...core.errors import DataError
from ..challenge.folder import ChallengeFolder
from ..database import now
from .score import keep_result, score_split

GRACE: Final = 10.0  # seconds for a process that has answered to end


class UnscoredError(DataError):
    """Scoring was stopped, or has died or failed; what it says quotes no truth."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What scoring one submission may take.

    Args:
        seconds: until it is stopped, which counts as a death.
        memory: bytes of address space; None for any.
    """

    seconds: float = 3600
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Hashes of a submission's result files, and of what they were made by."""

    public: str
    hidden: str | None
    protocol: str
    commitment: str


def score_submission(folder: ChallengeFolder, parts: dict[str, str]) -> Scored:
    """Score both splits and keep the results."""
    protocol, commitment = rules_of(folder)
    found = [
        keep_result(folder, score_split(folder, parts, split, folder.protocol))
        for split in folder.rules.splits.names
    ]
    return Scored(found[0], found[1] if len(found) > 1 else None, protocol, commitment)


def rules_of(folder: ChallengeFolder) -> tuple[str, str]:
    """What a score must have been made by to stand on the board now."""
    return folder.protocol.sha256, folder.commitment


def score_apart(
    folder: ChallengeFolder,
    submission: str,
    parts: dict[str, str],
    bounds: Bounds,
    held: Sequence[IO[Any]] = (),
) -> Scored:
    """``score_submission`` in a process of its own. No database may be connected meanwhile.

    Args:
        submission: names the log.
        bounds: on the process.
        held: as of ``scoring``.

    Raises:
        UnscoredError: it took too long, or has died or failed.
    """
    with scoring(folder, submission, parts, bounds.memory, held) as (process, pipe):
        # A process that dies closes its end, which ends the wait as well.
        if not pipe.poll(bounds.seconds):
            process.kill()
            raise _unscored(submission, f"stopped after {bounds.seconds:.0f} s")
        answer = received(pipe)
    if isinstance(answer, Scored):
        return answer
    raise _unscored(submission, answer or f"the scoring process ended with {process.exitcode}")


def _unscored(submission: str, got: str) -> UnscoredError:
    return UnscoredError(
        "a submission could not be scored",
        where=f"submission {submission}",
        got=got,
        expected="a score, within the limits of time and memory",
        mend=f"See private/logs/{submission}.log; --seconds and --memory say the limits",
    )


@contextmanager
def scoring(
    folder: ChallengeFolder,
    submission: str,
    parts: dict[str, str],
    memory: int | None,
    held: Sequence[IO[Any]] = (),
) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that scores; it has ended when the block does.

    Args:
        held: open files that are ours alone: a lock on one of them must end with us.
    """
    # Forked, it has every module in memory; the worker runs no threads.
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(
        target=_score_and_tell, args=(folder, submission, parts, there, memory, held), daemon=True
    )
    process.start()
    there.close()
    try:
        yield process, here
    except BaseException:
        process.kill()
        raise
    finally:
        process.join(GRACE)
        if process.is_alive():
            process.kill()
        process.join()
        here.close()


def _score_and_tell(
    folder: ChallengeFolder,
    submission: str,
    parts: dict[str, str],
    pipe: Connection,
    memory: int | None,
    held: Sequence[IO[Any]],
) -> None:
    """Score and send the answer: hashes, or what to note; the log has the rest."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for file in held:
        file.close()
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    log = (folder.logs / f"{submission}.log").open("a", buffering=1)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.stdout = sys.stderr = log
    try:
        sys.stderr.write(f"{now():%Y-%m-%dT%H:%M:%SZ} scoring {', '.join(parts)}\n")
        pipe.send(score_submission(folder, parts))
    except Exception as error:
        # What an error says may quote the truth: it goes into the log alone.
        traceback.print_exc()
        pipe.send(f"scoring raised {type(error).__name__}")


def received(pipe: Connection) -> Scored | str | None:
    """The process's answer; None where it died without one."""
    try:
        if pipe.poll(0):
            answer: Scored | str = pipe.recv()
            return answer
    except (EOFError, OSError):
        pass
    return None
