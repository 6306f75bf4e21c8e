"""Files that came over the web, through the check and to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from ...core.configuration import as_model
from ...core.errors import SubmissionError, UsageError
from ..challenge.method import Method
from ..submissions.accounts import Member
from ..submissions.archives import METHOD
from ..submissions.intake import CheckedPart, plain
from .state import State


async def add_file(state: State, member: Member, key: str, track: str, path: Path) -> CheckedPart:
    """Check a file in a process of its own, and keep it as a part."""
    checked = await state.checker.check(track, path)
    await run_in_threadpool(state.desk.add_part, member, key, path, checked)
    return checked


async def take_files(
    state: State, member: Member, method: Method, files: Mapping[str, Path]
) -> tuple[str, list[CheckedPart]]:
    """All steps of a submission.

    Returns:
        Its id, and the files that have problems; with any it is refused.

    Raises:
        SubmissionError: as ``Desk.submit``.
    """
    if not files:
        raise SubmissionError("the submission has no files", mend="Add one for a track")
    key = await run_in_threadpool(state.desk.begin, member, method)
    checked = [await add_file(state, member, key, track, path) for track, path in files.items()]
    await run_in_threadpool(state.desk.finish, member, key, tuple(checked))
    return key, [part for part in checked if part.problems]


async def take_archive(
    state: State,
    member: Member,
    files: Mapping[str, Path],
    about: Any,  # noqa: ANN401 - JSON
) -> tuple[str, list[CheckedPart]]:
    """As ``take_files``, with what a zip says of its method."""
    return await take_files(state, member, method_from(about, METHOD), files)


def method_from(values: Any, where: str) -> Method:  # noqa: ANN401 - any JSON
    """What a participant says of a method.

    Raises:
        SubmissionError: a statement is wrong.
    """
    try:
        return as_model(values, Method, "method", where)
    except UsageError as error:
        got = None if error.got is None else plain(str(error.got))
        raise SubmissionError(
            plain(error.what), where=where, got=got, expected=plain(str(error.expected))
        ) from error
