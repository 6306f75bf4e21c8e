"""A submission as one zip: a predictions file for each track, and what the method is.

Zips come from strangers. Nothing is unpacked under a name that the zip gives, nothing by the
size that it claims, and what is not expected is refused.
"""

from __future__ import annotations

import json
import stat
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from ...core.errors import SubmissionError
from ...core.files import atomic, to_json
from ..challenge.method import Method

METHOD: Final = "method.json"
SUFFIXES: Final = (".json", ".json.gz", ".parquet")
BLOCK: Final = 1 << 20
RATIO: Final = 200  # of unpacked to packed bytes; JSON of masks shrinks 3 to 30 times …
ALWAYS: Final = 64 << 20  # … and this much may always be unpacked
METHOD_BYTES: Final = 64 << 10
# What the zip library raises on damage, odd compression, encryption and odd names.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError,
    RuntimeError,
)  # fmt: skip


def pack(out: Path, method: Method, files: Mapping[str, Path]) -> None:
    """Write a submission as a zip, for a pull request or an upload."""
    with atomic(out) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METHOD, to_json(method.model_dump(), indent=True))
        for track, path in files.items():
            archive.write(path, track + _suffix(path.name))


def _suffix(name: str) -> str:
    found = [suffix for suffix in SUFFIXES if name.lower().endswith(suffix)]
    return found[0] if found else ".json"


def unpack(
    archive: Path, tracks: Sequence[str], into: Path, most: int
) -> tuple[dict[str, Path], Any]:
    """Unpack a submission's zip.

    Args:
        archive: the zip.
        tracks: of the challenge.
        into: an empty folder.
        most: bytes of one file.

    Returns:
        Track → file, and what ``method.json`` says (any JSON), None without one.

    Raises:
        SubmissionError: it is no zip, or holds anything else, or too much.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _expected(opened.infolist(), tracks)
            files = {
                track: _extract(opened, member, into / track, most)
                for track, member in members.items()
                if track != METHOD
            }
            about = _method(opened, members[METHOD]) if METHOD in members else None
    except _BROKEN as error:
        raise SubmissionError("the zip cannot be read", got=f"{error!s:.100}") from error
    return files, about


def _expected(
    members: Sequence[zipfile.ZipInfo], tracks: Sequence[str]
) -> dict[str, zipfile.ZipInfo]:
    """Track, or ``method.json`` → member; everything else is refused by name."""
    names = {track + suffix: track for track in tracks for suffix in SUFFIXES} | {METHOD: METHOD}
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members[: len(names) + 1]:
        key = names.get(member.filename)
        mode = member.external_attr >> 16
        if key is None or (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)):
            raise SubmissionError(
                "the zip holds something else",
                got=f"{member.filename!a:.80}",
                expected=f"{METHOD} and a file a track: {', '.join(tracks)}, "
                f"each with {' or '.join(SUFFIXES)}",
            )
        if key in found:
            raise SubmissionError("the zip holds a track twice", got=f"{key!r:.80}")
        if member.flag_bits & 1:
            raise SubmissionError("the zip is encrypted", got=f"{key!r:.80}")
        found[key] = member
    return found


def _extract(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, most: int) -> Path:
    allowed = min(most, max(ALWAYS, RATIO * member.compress_size))
    with opened.open(member) as source, target.open("xb") as out:
        _copy(source, out, allowed)
    return target


def _copy(source: IO[bytes], out: IO[bytes], allowed: int) -> None:
    """Copy in blocks; what the zip claims of its sizes is not believed."""
    written = 0
    while block := source.read(BLOCK):
        written += len(block)
        if written > allowed:
            raise SubmissionError(
                "a file of the zip unpacks to more than it may",
                expected=f"{allowed:,} bytes at most",
            )
        out.write(block)


def _method(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> Any:  # noqa: ANN401 - any JSON
    with opened.open(member) as source:
        data = source.read(METHOD_BYTES + 1)
    if len(data) > METHOD_BYTES:
        raise SubmissionError(f"{METHOD} is too large", expected=f"{METHOD_BYTES:,} bytes at most")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"{METHOD} is not JSON") from error
