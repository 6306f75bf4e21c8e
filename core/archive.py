"""Zips that are the same bytes each time they are written."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .errors import DataError

TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
MODE: Final = stat.S_IFREG | 0o644
# To pack them again gains nothing.
PACKED: Final = (".zip", ".whl", ".png", ".jpg", ".jpeg", ".webp", ".gz", ".parquet")

Members = Mapping[str, bytes | Path]  # name in the zip → content, or the file that has it


def write_zip(path: Path, members: Members) -> Path:
    """Write a zip whose bytes depend on names and contents alone.

    Raises:
        DataError: a file cannot be read, or the zip not be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(members):
                _add(archive, name, members[name])
    except OSError as error:
        raise DataError("a zip cannot be written", where=path, got=error.strerror) from error
    return path


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> None:
    info = zipfile.ZipInfo(name, TIME)
    info.external_attr = MODE << 16
    info.create_system = 3  # Unix, whatever writes it
    stored = name.endswith(PACKED)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    if isinstance(content, bytes):
        archive.writestr(info, content)
        return
    info.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(info, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)
