"""What the server is run with; secrets come from the environment or a private file."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .detection_rules import DetectionRules

SECRET_VARIABLE: Final = "MANYFACES_SECRET"
SMALL_BODY: Final = 64 << 10  # bytes of any request that is no upload


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and secrets of one server.

    Args:
        secret: keys sessions and form tokens.
        secure: whether the browser reaches the server by https.
        checkers: processes that check uploads.
        check_seconds, check_memory: that one check may take; bytes of address space.
        requests_per_minute: of one address.
        logins_per_minute: of one address, and accounts that it may open in as many hours.
        first_byte: seconds for the next piece of a body to arrive.
        rate: bytes a second that an upload must keep up after ``grace`` seconds.
        grace: see ``rate``.
        session_hours: until a browser must log in again.
        kit: the zip of the participants' kit, if it can be downloaded here.
        detection: what faces are detected with, if at all.
    """

    secret: str
    secure: bool = False
    checkers: int = 2
    check_seconds: float = 120.0
    check_memory: int = 8 << 30
    requests_per_minute: int = 600
    logins_per_minute: int = 10
    first_byte: float = 20.0
    rate: float = 10_000.0
    grace: float = 30.0
    session_hours: float = 12.0
    kit: Path | None = None
    detection: DetectionRules = field(default_factory=DetectionRules)


def find_secret(private: Path) -> str:
    """The secret of the environment, else one that is made once in the private folder."""
    if given := os.environ.get(SECRET_VARIABLE):
        return given
    path = private / "secret.txt"
    if not path.is_file():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()
