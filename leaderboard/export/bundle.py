"""A challenge's bundle for a host, as a folder that is whole or not there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ... import __version__
from ...core.archive import Members, write_zip
from ...core.errors import DataError, UsageError
from ...core.files import read_json, replace_folder, sha256_of_file, write_bytes, write_json
from ..challenge.folder import ChallengeFolder
from ..challenge.rules import Challenge
from . import codabench, evalai
from .options import Options
from .pages import dockerfile, maintainers_page
from .parts import sample_members
from .reference import require_committed

MARKER: Final = "bundle.json"


@dataclass(frozen=True, slots=True)
class Host:
    """How a host is served.

    Args:
        upload: name of the zip that it takes.
        members: makes the files of that zip.
        private: names those of them that hold the truth.
        takes_image: whether it scores in a Docker image of the maintainer's choice.
    """

    upload: str
    members: Callable[[ChallengeFolder, Options, Path], Members]
    private: Callable[[Challenge], tuple[str, ...]]
    takes_image: bool


HOSTS: Final[Mapping[str, Host]] = MappingProxyType(
    {
        "evalai": Host(evalai.UPLOAD, evalai.evalai_members, lambda _: evalai.PRIVATE, False),
        "codabench": Host(
            codabench.UPLOAD, codabench.codabench_members, codabench.private_members, True
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written.

    Args:
        host: a key of ``HOSTS``.
        manyfaces: the version that made it, and that it scores with.
        commitment: to the truth that is in it.
        upload: name of the zip for the host.
        sha256: of that zip.
        private: its members that hold the truth.
    """

    host: str
    manyfaces: str
    commitment: str
    upload: str
    sha256: str
    private: tuple[str, ...]


def write_bundle(
    folder: ChallengeFolder, host: str, out: Path, options: Options | None = None
) -> Bundle:
    """Write a bundle into ``out``, which changes at once or not at all.

    The same challenge and options give the same bytes. ``out`` and the zip are the owner's
    alone to read: the zip holds the truth.

    Raises:
        UsageError: ``host`` is unknown, or ``out`` holds something else or is public.
        DataError: the truth is not what was committed to, or a file cannot be written.
    """
    if host not in HOSTS:
        raise UsageError("no such host", got=host, expected=" or ".join(HOSTS))
    _require_room(folder, host, out)
    require_committed(folder)
    with _staging(out) as place:
        bundle = _write(folder, host, place / "bundle", options or Options())
        replace_folder(place / "bundle", out)
    return bundle


def _require_room(folder: ChallengeFolder, host: str, out: Path) -> None:
    if folder.site.resolve() in (out.resolve(), *out.resolve().parents):
        raise UsageError("the bundle holds the truth, and this folder is published", where=out)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / MARKER).is_file() or read_json(out / MARKER).get("host") != host:
        raise UsageError(
            "the output folder holds something else",
            where=out,
            expected=f"a new or empty folder, or an earlier bundle for {host}",
        )


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` that nobody else can enter, gone when the block ends."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise DataError("a folder cannot be made", where=out, got=error.strerror) from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write(folder: ChallengeFolder, host: str, out: Path, options: Options) -> Bundle:
    kind = HOSTS[host]
    out.mkdir(mode=0o700)
    upload = out / kind.upload
    with tempfile.TemporaryDirectory(dir=out.parent) as inner:
        write_zip(upload, kind.members(folder, options, Path(inner)))
    upload.chmod(0o600)
    write_zip(out / "example.zip", sample_members(folder))
    write_bytes(out / "README.md", maintainers_page(folder, options, host, kind.upload))
    if kind.takes_image:
        write_bytes(out / "Dockerfile", dockerfile(options))
        if options.wheel is not None:
            shutil.copyfile(options.wheel, out / options.wheel.name)
    bundle = Bundle(
        host,
        __version__,
        folder.commitment,
        kind.upload,
        sha256_of_file(upload),
        kind.private(folder.rules),
    )
    write_json(out / MARKER, asdict(bundle), indent=True)
    return bundle
