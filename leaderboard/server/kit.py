"""The participants' kit as the one file that the server hands out."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...core.errors import DataError, UsageError
from ...core.files import sha256, sha256_of_file
from ..challenge.folder import ChallengeFolder
from ..challenge.kit import kit_names

MEND: Final = "Make it again: manyfaces board kit FOLDER --out KIT --zip KIT.zip"


@dataclass(frozen=True, slots=True)
class KitFile:
    """A kit's zip.

    Args:
        path: of the zip.
        size: in bytes.
        sha256: of the zip.
        stamp: when it was last changed, in nanoseconds.
        manifests: track → SHA-256 of the manifest that it was made with.
    """

    path: Path
    size: int
    sha256: str
    stamp: int
    manifests: Mapping[str, str]

    def require_current(self, folder: ChallengeFolder) -> None:
        """Refuse to hand out a file that is not what was checked, or withdrawn pictures.

        Raises:
            DataError: the file or the challenge has changed since the server's start.
        """
        found = self.path.stat() if self.path.is_file() else None
        if found is None or (found.st_size, found.st_mtime_ns) != (self.size, self.stamp):
            raise DataError(
                "the kit has changed since the server started", where=self.path, mend="Start again"
            )
        if folder.manifest_hashes() != self.manifests:
            raise DataError("the kit is older than the manifests", where=self.path, mend=MEND)


def open_kit(path: Path, folder: ChallengeFolder) -> KitFile:
    """A zip, checked to be the kit of this challenge and nothing more.

    A zip of the wrong folder, a dataset's for example, would give the truth away.

    Raises:
        UsageError: it is not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            expected = kit_names(folder)
            if sorted(names) != sorted(expected):
                odd = sorted(set(names) ^ set(expected)) or ["a name that stands there twice"]
                raise _other(path, f"{len(odd)} names that differ, such as {odd[0]:.100}")
            manifests = {
                track: sha256(archive.read(f"manifests/{track}.json"))
                for track in folder.rules.track_names
            }
    except (OSError, zipfile.BadZipFile) as error:
        raise _other(path, f"{error!s:.200}") from error
    if manifests != folder.manifest_hashes():
        raise _other(path, "other manifests than the board's")
    found = path.stat()
    return KitFile(
        path.resolve(), found.st_size, sha256_of_file(path), found.st_mtime_ns, manifests
    )


def _other(path: Path, got: str) -> UsageError:
    return UsageError(
        "this is not the kit of this challenge",
        where=path,
        got=got,
        expected="what `board kit --zip` writes, of the challenge as it is now",
        mend=MEND,
    )
