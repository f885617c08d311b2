"""Log and count each request: one line, and its metrics."""

import asyncio
import logging
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from app.logs import LINES
from app.metrics import REQUEST_SECONDS, REQUESTS, observe_all

EVENT = "request"

# structlog adds the others itself.
_SHOWN = ("method", "route", "status", "ms", "key_id", "request_id")

log = structlog.get_logger()
_logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class AnsweredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as its log line shows it; the time is in UTC."""

    method: str
    route: str
    status: int
    ms: float
    key_id: UUID | None
    request_id: str
    event: str = EVENT
    level: str = "info"
    logger: str = __name__
    timestamp: datetime


class GatheredRequests:
    """Requests to count: those of one turn of the event loop are counted at once.

    Each write of a metric takes a lock, a look at the process and a file's page, several times for each request.
    """

    def __init__(self) -> None:
        """Begin without requests."""
        self._waiting: dict[tuple[str, str, int], list[float]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, answered: AnsweredRequest, seconds: float) -> None:
        """Count a request in the next turn of the running loop."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self.count)
        self._waiting.setdefault((answered.method, answered.route, answered.status), []).append(seconds)

    def count(self) -> None:
        """Count what is gathered."""
        self._loop = None
        waiting, self._waiting = self._waiting, {}
        for (method, route, status), seconds in waiting.items():
            requests, durations = _metrics(method, route, str(status))
            requests.inc(len(seconds))
            observe_all(durations, seconds)


_REQUESTS = GatheredRequests()


def record_request(answered: AnsweredRequest, seconds: float) -> None:
    """Count a request and write its line: as bytes, because structlog's processors cost ten times as much.

    Args:
        answered: The request; its id is bound to structlog's context as well.
        seconds: That its answer took.
    """
    _REQUESTS.add(answered, seconds)
    if LINES.stream is None:
        shown = msgspec.to_builtins(answered)
        log.info(EVENT, **{name: shown[name] for name in _SHOWN})
    elif _logger.isEnabledFor(logging.INFO):
        LINES.add(_encode(answered))


@cache
def _metrics(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), REQUEST_SECONDS.labels(method, route)
