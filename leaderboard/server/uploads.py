"""Bodies straight to disk, in a folder that goes when the request does."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from ..challenge.folder import ChallengeFolder


@contextmanager
def upload_folder(folder: ChallengeFolder) -> Iterator[Path]:
    """A new folder on the disk where files are kept, so that keeping one is a rename."""
    place = Path(tempfile.mkdtemp(dir=folder.incoming, prefix="upload."))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def receive(request: Request, path: Path) -> None:
    """Write a request's body to a file.

    Raises:
        ClientDisconnect: the client went away; what came is of no use.
        HTTPException: the body is too large or too slow (``bodies``).
    """
    with path.open("xb") as file:
        async for block in request.stream():
            file.write(block)


__all__ = ["ClientDisconnect", "receive", "upload_folder"]
