"""What a participant handed in at a host: a zip, or the folder that the host made of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...core.configuration import as_model
from ...core.errors import DataError, SubmissionError, UsageError
from ...core.files import read_json
from ..challenge.method import Method
from ..challenge.rules import Challenge
from ..submissions.archives import METHOD, METHOD_BYTES, SUFFIXES, unpack

# Codabench writes this file beside what was handed in.
OF_THE_HOST: Final = ("metadata",)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A submission's files, copied: track → predictions file; the method, if it was stated."""

    files: Mapping[str, Path]
    method: Method | None

    @property
    def name(self) -> str:
        """Of the method, empty where none is stated."""
        return self.method.name if self.method else ""


def take(submission: Path, rules: Challenge, place: Path) -> HandedIn:
    """Read a submission; every track must be there, and what the rules require.

    Args:
        submission: a zip, or a folder.
        rules: of the challenge.
        place: an empty folder for the copies.

    Raises:
        SubmissionError: what is wrong with it, in words for the participant.
    """
    tracks = rules.track_names
    if submission.is_dir():
        files, about = _from_folder(submission, tracks, place)
    else:
        files, about = unpack(submission, tracks, place, rules.limits.file_size)
    missing = [track for track in tracks if track not in files]
    if missing:
        raise SubmissionError(
            "tracks are missing",
            got=", ".join(files) or "none",
            expected=", ".join(tracks),
            mend="Put a predictions file of each track at the top of the zip: "
            + ", ".join(f"{track}.json" for track in missing),
        )
    return HandedIn(files, _method(about, rules))


def _from_folder(folder: Path, tracks: tuple[str, ...], place: Path) -> tuple[dict[str, Path], Any]:
    names = {track + suffix: track for track in tracks for suffix in SUFFIXES}
    files: dict[str, Path] = {}
    about = None
    for path in sorted(folder.iterdir()):
        if path.name == METHOD and _is_plain(path):
            about = _read_method(path)
        elif path.name in names and _is_plain(path) and names[path.name] not in files:
            track = names[path.name]
            files[track] = Path(shutil.copyfile(path, place / track))
        elif path.name not in OF_THE_HOST:
            raise SubmissionError(
                "the zip holds something else, or a track twice",
                got=f"{path.name!a:.80}",
                expected=f"{METHOD} and a file a track, none of them in a folder: "
                f"{', '.join(tracks)}, each with {' or '.join(SUFFIXES)}",
            )
    return files, about


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read_method(path: Path) -> Any:  # noqa: ANN401 - any JSON
    if path.stat().st_size > METHOD_BYTES:
        raise SubmissionError(f"{METHOD} is too large", expected=f"{METHOD_BYTES:,} bytes at most")
    try:
        return read_json(path)
    except DataError as error:
        raise SubmissionError(f"{METHOD} is not JSON") from error


def _method(about: Any, rules: Challenge) -> Method | None:  # noqa: ANN401 - any JSON
    if about is None:
        if rules.required:
            raise SubmissionError(
                f"{METHOD} is missing", expected=f"name, {', '.join(rules.required)}"
            )
        return None
    try:
        method = as_model(about, Method, "method", METHOD)
    except UsageError as error:
        raise SubmissionError(
            error.what, where=error.where, got=error.got, expected=error.expected, mend=error.mend
        ) from error
    missing = method.missing(rules.required)
    if missing:
        raise SubmissionError(
            "the method does not state what the challenge requires",
            where=METHOD,
            expected=", ".join(missing),
        )
    return method
