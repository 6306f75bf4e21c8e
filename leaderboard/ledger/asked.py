"""A rescoring that a maintainer asks for over the web, done by the next free worker.

The server may not read the truth, the workers do; what is asked for and how far it is
stands in ``private/rescoring.json``, and a lock beside it lets one worker at a time do it.
"""

from __future__ import annotations

import fcntl
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from ...core.errors import UsageError
from ...core.files import read_json, write_json
from ..challenge.folder import ChallengeFolder
from ..database import Database, now
from ..scoring.process import Bounds, UnscoredError
from .rescore import Rescoring, Scorer, apart, rescore

T = TypeVar("T")
TRIES: Final = 3  # workers that may die over it
BUSY: Final = ("asked", "running")


def ask(folder: ChallengeFolder, who: str) -> None:
    """Ask for everything to be scored again under the protocol of now.

    Raises:
        UsageError: that is under way already.
    """
    with _lock(folder, "asking", wait=True):
        if (found := status(folder)) is not None and found["state"] in BUSY:
            raise UsageError("everything is being scored again already")
        _put(folder, {"state": "asked", "by": who, "asked": _moment(), "tries": 0})


def status(folder: ChallengeFolder) -> dict[str, Any] | None:
    """What was asked for last: ``state`` (asked, running, done, failed), ``by``, ``asked``.

    Running, it has ``done`` and ``total``; done, also ``ended``, ``scored``, ``changed`` and
    ``moves``; failed, ``reason``. None where nothing was ever asked for.
    """
    if not _file(folder).is_file():
        return None
    found: dict[str, Any] = read_json(_file(folder))
    return found


def answer(
    folder: ChallengeFolder, database: Database, bounds: Bounds | None = None
) -> Rescoring | None:
    """Score everything again if that is asked for and no other worker does it.

    What a worker that died had begun is begun again, a few times. A submission that cannot be
    scored within its bounds ends all of it, and the board stays as it was.

    Args:
        bounds: on each submission, which is scored in a process of its own.
    """
    if (found := status(folder)) is None or found["state"] not in BUSY:
        return None
    with _lock(folder, "rescoring") as held:
        found = status(folder)
        if held is None or found is None or found["state"] not in BUSY:
            return None
        if found["tries"] >= TRIES:
            _end(folder, found, state="failed", reason=f"{TRIES} workers have died over it")
            return None
        found |= {"state": "running", "tries": found["tries"] + 1}
        scorer = apart(folder, database, bounds or Bounds(), held=(held,))
        return _answer(folder, database, found, scorer)


def _answer(
    folder: ChallengeFolder, database: Database, found: dict[str, Any], scorer: Scorer
) -> Rescoring | None:
    def progress(items: Iterable[T], *, total: int, what: str) -> Iterator[T]:  # noqa: ARG001
        for done, item in enumerate(items):
            _put(folder, found | {"done": done, "total": total})
            yield item

    _put(folder, found | {"done": 0, "total": 0})
    try:
        outcome = rescore(folder, database, progress=progress, scorer=scorer)
    except UnscoredError as error:
        _end(folder, found, state="failed", reason=str(error))
        return None
    except Exception as error:
        # What an error says may quote the truth: it goes into the log alone.
        (folder.logs / "rescoring.log").write_text(traceback.format_exc())
        reason = f"scoring raised {type(error).__name__}; see private/logs/rescoring.log"
        _end(folder, found, state="failed", reason=reason)
        return None
    moves = [
        asdict(move) | {"moved": move.moved} for move in outcome.moves if move.moved or move.why
    ]
    _end(folder, found, state="done", scored=outcome.scored, changed=outcome.changed, moves=moves)
    return outcome


def _end(folder: ChallengeFolder, found: dict[str, Any], **facts: Any) -> None:  # noqa: ANN401 - JSON
    _put(folder, found | {"ended": _moment()} | facts)


def _moment() -> str:
    return f"{now():%Y-%m-%dT%H:%M:%SZ}"


def _file(folder: ChallengeFolder) -> Path:
    return folder.private / "rescoring.json"


def _put(folder: ChallengeFolder, value: dict[str, Any]) -> None:
    write_json(_file(folder), value)


@contextmanager
def _lock(folder: ChallengeFolder, name: str, *, wait: bool = False) -> Iterator[IO[str] | None]:
    """The lock's file, if the lock is ours while the block runs; it goes with the process."""
    with (folder.private / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file
