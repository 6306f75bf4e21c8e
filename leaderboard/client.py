"""Handing in over the web: the server's API as a participant's command line uses it."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..annotations.manifest import Manifest, read_manifest
from ..core.errors import DataError, SubmissionError, UsageError
from ..core.files import to_json, write_bytes
from .challenge.method import Method

TIMEOUT: Final = 60.0  # seconds without an answer
CHECK_TIMEOUT: Final = 600.0  # of an upload, which is checked before it is answered


class Client:
    """A board's server.

    Args:
        address: ``https://…``; plain http only on this machine, as a token goes along.
        token: of the account.
    """

    def __init__(self, address: str, token: str) -> None:
        parts = urllib.parse.urlsplit(address)
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise UsageError(
                "a token is not sent without encryption", got=address, expected="https://…"
            )
        self._base, self._token = address.rstrip("/"), token

    def challenge(self) -> dict[str, Any]:
        """The rules."""
        found: dict[str, Any] = self._ask("GET", "/api/challenge")
        return found

    def manifest(self, track: str, into: Path) -> Manifest:
        """A track's manifest, fetched to a file."""
        data = to_json(self._ask("GET", f"/api/tracks/{urllib.parse.quote(track)}/manifest"))
        write_bytes(into, data)
        return read_manifest(into)

    def submit(self, method: Method, files: Mapping[str, Path]) -> dict[str, Any]:
        """Open a submission, send its files, hand it in; nothing stays open if it is refused.

        Raises:
            SubmissionError: the server refuses; it says why.
        """
        opened = self._ask("POST", "/api/submissions", to_json(method.model_dump()))
        try:
            return self._hand_in(opened["id"], files)
        except SubmissionError as error:
            # A gateway's 5xx may hide that it was taken.
            if isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code < 500:
                with contextlib.suppress(SubmissionError, DataError):
                    self.retract(opened["id"])
            raise

    def _hand_in(self, key: str, files: Mapping[str, Path]) -> dict[str, Any]:
        for track, path in files.items():
            self._send(f"/api/submissions/{key}/parts/{urllib.parse.quote(track)}", path)
        found: dict[str, Any] = self._ask("POST", f"/api/submissions/{key}/hand-in", b"")
        return found

    def submissions(self) -> list[dict[str, Any]]:
        """The account's submissions, the latest first."""
        found: list[dict[str, Any]] = self._ask("GET", "/api/submissions")["submissions"]
        return found

    def submission(self, key: str) -> dict[str, Any]:
        """Where a submission stands."""
        found: dict[str, Any] = self._ask("GET", f"/api/submissions/{urllib.parse.quote(key)}")
        return found

    def choose(self, key: str) -> None:
        """Make a scored submission the account's final one.

        Raises:
            SubmissionError: the server refuses; it says why.
        """
        self._ask("POST", f"/api/submissions/{urllib.parse.quote(key)}/final", b"")

    def retract(self, key: str) -> None:
        """Take a submission off the board.

        Raises:
            SubmissionError: the server refuses; it says why.
        """
        self._ask("DELETE", f"/api/submissions/{urllib.parse.quote(key)}")

    def _send(self, path: str, file: Path) -> Any:  # noqa: ANN401 - any JSON
        with file.open("rb") as body:
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Length": str(file.stat().st_size),
            }
            return self._ask("PUT", path, body, headers, CHECK_TIMEOUT)

    def _ask(
        self,
        verb: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - bytes or an open file
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> Any:  # noqa: ANN401 - any JSON
        request = urllib.request.Request(self._base + path, data=body, method=verb)
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            # A redirect would carry the token elsewhere.
            opener = urllib.request.build_opener(_NoRedirect)
            with opener.open(request, timeout=timeout) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise SubmissionError(_told(error), where=self._base) from error
        except (OSError, ValueError) as error:
            got = getattr(error, "reason", error)
            raise DataError("the board does not answer", where=self._base, got=got) from error


def require_taking(challenge: Mapping[str, Any]) -> None:
    """Refuse to go on where a board has said that it takes no submissions now.

    Raises:
        SubmissionError: in the board's words.
    """
    if why := str(challenge.get("closed") or ""):
        raise SubmissionError(why.rstrip("."))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401
        """Follow none."""


def _told(error: urllib.error.HTTPError) -> str:
    """What the server says is wrong, problem by problem."""
    try:
        told = json.loads(error.read())
        lines = [
            f"{row['code']} in {row['where']} (got {row['got']}, expected {row['expected']}). "
            f"{row['mend']}"
            for row in told.get("problems", [])
        ]
        return "\n".join([str(told["error"]).rstrip("."), *lines])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the board answers {error.code}"
