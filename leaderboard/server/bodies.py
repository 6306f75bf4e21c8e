"""Bodies under limits, before anything parses them: size, pauses, and a least speed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import Settings

SLOW: Final = "the body comes too slowly"
# The rest of such a body is not waited for.
CLOSE: Final = {"Connection": "close"}


@dataclass(slots=True)
class _Meter:
    """Counts one body."""

    most: int
    settings: Settings
    received: int = 0
    start: float = 0.0

    async def next(self, receive: Receive) -> Message:
        """The next message, unless the body is too large or too slow."""
        self.start = self.start or time.monotonic()
        try:
            message = await asyncio.wait_for(receive(), self.settings.first_byte)
        except asyncio.TimeoutError:
            raise HTTPException(408, SLOW, CLOSE) from None
        self.received += len(message.get("body", b""))
        if self.received > self.most:
            raise HTTPException(413, f"the body is larger than {self.most:,} bytes", CLOSE)
        late = time.monotonic() - self.start - self.settings.grace
        if message.get("more_body") and late > self.received / self.settings.rate:
            raise HTTPException(408, SLOW, CLOSE)
        return message


class BodyLimits:
    """Holds each request's body to the limit of its path.

    Args:
        app: what is protected.
        settings: speeds and pauses.
        most: path → bytes that its body may have.
    """

    def __init__(self, app: ASGIApp, settings: Settings, most: Callable[[str], int]) -> None:
        self.app, self.settings, self.most = app, settings, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 by the header alone where it says enough; else watch the body come."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.most(scope["path"])
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isascii() or not stated.isdigit() or int(stated[:20]) > most:
            text = f"the body is larger than {most:,} bytes"
            refusal = JSONResponse({"error": text}, 413, CLOSE)
            await refusal(scope, receive, send)
            return
        await self.app(scope, _watched(receive, _Meter(most, self.settings)), send)


def _watched(receive: Receive, meter: _Meter) -> Receive:
    done = False

    async def watched() -> Message:
        nonlocal done
        if done:  # waiting for the client to go away has no time limit
            return await receive()
        message = await meter.next(receive)
        done = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return watched
