"""A salted commitment to the truth: published at the start, opened at the end.

HMAC-SHA-256, keyed with 32 random bytes, over the hashes of all truth files. Who sees it
learns nothing; who has the salt and the files can tell whether they are those of the start.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from ...core.files import to_json

SALT_BYTES: Final = 32
ALGORITHM: Final = "HMAC-SHA-256 over the JSON of {track: {split: SHA-256 of its annotation file}}"

TruthHashes = Mapping[str, Mapping[str, str]]  # track → split → SHA-256 of the annotation file


def new_salt() -> str:
    """A salt, in hexadecimal."""
    return secrets.token_hex(SALT_BYTES)


def commit(hashes: TruthHashes, salt: str) -> str:
    """The commitment to truth files, in hexadecimal."""
    ordered = {track: dict(sorted(hashes[track].items())) for track in sorted(hashes)}
    return hmac.new(bytes.fromhex(salt), to_json(ordered), hashlib.sha256).hexdigest()


def opens(commitment: str, hashes: TruthHashes, salt: str) -> bool:
    """Whether salt and truth are those that were committed to."""
    return hmac.compare_digest(commitment, commit(hashes, salt))
