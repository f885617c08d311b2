"""Read the event stream of a run (server-sent events), and go on after the last event where the connection broke."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic

from leadrun._exchange import Lost, Pause, Policy, Reply, Request, Steps, backoff, judged
from leadrun._inputs import id_of
from leadrun._json import build
from leadrun._runs import R
from leadrun.models import Attempt

# The server writes a line at least every 15 seconds.
QUIET_SECONDS = 60.0


class EventStream(Generic[R]):
    """The events of a run, across connections."""

    def __init__(self, run_id: str, run_of: Callable[[Mapping[str, Any]], R]) -> None:
        """Begin before the first event."""
        self._ended = False
        self._run_id, self._run_of = run_id, run_of
        self._last, self._id, self._kind, self._data = "", "", "", ""
        self._failures = 0

    def has_ended(self) -> bool:
        """Return whether the last event was the end of the run."""
        return self._ended

    def request(self) -> Request:
        """Ask for what follows the last event."""
        headers = {"accept": "text/event-stream"} | ({"last-event-id": self._last} if self._last else {})
        return Request(
            method="GET", path=f"/enrich/{id_of(self._run_id)}/events", headers=headers, seconds=QUIET_SECONDS
        )

    def feed(self, line: str) -> Attempt | R | None:
        """Read a line; returns an event when it is whole."""
        if not line:
            return self._event()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self._id = value
            case "event":
                self._kind = value
            case "data":
                self._data += value
        return None

    def _event(self) -> Attempt | R | None:
        kind, data, self._kind, self._data = self._kind, self._data, "", ""
        # After `error`, which a revoked key gets, the next connection gets the whole answer.
        if not data or kind not in {"attempt", "run"}:
            return None
        self._last, self._failures = self._id, 0
        body = json.loads(data)
        if kind == "attempt":
            return build(Attempt, body)
        run = self._run_of(body)
        self._ended = run.ended
        return run

    def again(self, answer: Reply | Lost, policy: Policy) -> Steps[None]:
        """Pause before the next connection.

        Raises:
            ApiError: The answer is an error that will not change.
            NoAnswerError: There were too many failures without an event between them.
        """
        self._kind = self._data = ""
        if isinstance(answer, Reply) and answer.status == 204:  # noqa: PLR2004 - the client has seen the end
            self._ended = True
            return
        self._failures += 1
        error, wait = judged(self.request(), answer)
        fatal = isinstance(answer, Reply) and wait is None and answer.status < 500  # noqa: PLR2004 - errors of servers
        if fatal or self._failures > policy.max_retries:
            raise error
        yield Pause(seconds=wait if wait is not None else backoff(self._failures, policy))
