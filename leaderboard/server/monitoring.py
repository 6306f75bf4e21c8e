"""Health, metrics and a log line a request, without a token in any of them."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..submissions.intake import plain

LOGGER: Final = logging.getLogger("manyfaces.server")
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds


@dataclass(slots=True)
class Metrics:
    """Counts of requests and how long they took, by route."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    below: Counter[tuple[str, float]] = field(default_factory=Counter)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests[method, route, status] += 1
        self.seconds[route] += seconds
        for bound in BUCKETS:
            if seconds <= bound:
                self.below[route, bound] += 1

    def text(self, states: Mapping[str, int], jobs: Mapping[str, int], records: int) -> str:
        """All of it in the text form that Prometheus reads."""
        lines = ["# TYPE manyfaces_submissions gauge"]
        lines += [f'manyfaces_submissions{{state="{name}"}} {n}' for name, n in states.items()]
        lines += ["# TYPE manyfaces_jobs gauge"]
        lines += [f'manyfaces_jobs{{state="{name}"}} {n}' for name, n in jobs.items()]
        lines += ["# TYPE manyfaces_ledger_records gauge", f"manyfaces_ledger_records {records}"]
        lines += ["# TYPE manyfaces_requests counter"]
        lines += [
            f'manyfaces_requests_total{{method="{method}",route="{route}",status="{status}"}} {n}'
            for (method, route, status), n in sorted(self.requests.items())
        ]
        return "\n".join([*lines, *self._histogram()]) + "\n"

    def _histogram(self) -> list[str]:
        lines = ["# TYPE manyfaces_request_seconds histogram"]
        totals: Counter[str] = Counter()
        for (_, route, _), count in self.requests.items():
            totals[route] += count
        name = "manyfaces_request_seconds"
        for route, count in sorted(totals.items()):
            lines += [
                f'{name}_bucket{{route="{route}",le="{bound}"}} {self.below[route, bound]}'
                for bound in BUCKETS
            ]
            lines += [
                f'{name}_bucket{{route="{route}",le="+Inf"}} {count}',
                f'{name}_sum{{route="{route}"}} {self.seconds[route]:.6f}',
                f'{name}_count{{route="{route}"}} {count}',
            ]
        return lines


class Watch:
    """Counts and logs each request.

    Args:
        app: what is watched.
        metrics: takes the counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; write its line when it has ended, however it ends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            self._end(scope, status, time.perf_counter() - start)

    def _end(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.count(method, route, status, seconds)
        # Neither query nor headers: a token may stand in either.
        log(
            "request",
            method=method,
            route=route,
            path=plain(scope["path"]),
            status=status,
            milliseconds=round(1000 * seconds, 1),
            address=(scope.get("client") or ("",))[0],
            account=scope.get("state", {}).get("account"),
        )


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def log(event: str, **facts: Any) -> None:  # noqa: ANN401 - any JSON
    """Write one line of JSON."""
    LOGGER.info(json.dumps({"time": round(time.time(), 3), "event": event, **facts}))
