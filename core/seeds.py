"""Random streams that depend on what they are for, never on order or workers."""

from __future__ import annotations

import hashlib

import numpy as np


def seed_of(*parts: str | int) -> int:
    """A 128-bit seed from the parts, the same on every machine.

    Each part enters with its type and length, so ("ab", "c") and ("a", "bc")
    differ, as do 1 and "1".
    """
    digest = hashlib.sha256()
    for part in parts:
        kind = "i" if isinstance(part, int) else "s"
        text = str(int(part)) if isinstance(part, int) else part
        raw = text.encode()
        digest.update(f"{kind}{len(raw)}:".encode() + raw)
    return int.from_bytes(digest.digest()[:16], "little")


def stream(*parts: str | int) -> np.random.Generator:
    """A generator for one purpose, for example ``stream(seed, photo_sha, face, "donor")``."""
    return np.random.Generator(np.random.PCG64(seed_of(*parts)))
