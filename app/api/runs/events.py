"""Stream the cascade of a run as server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from litestar import HttpMethod
from litestar.response import Stream

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import problem_body
from app.api.http.responses import Answer, encode, run_id_of
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.leadmodule.response import attempt_body, run_body
from app.domain.errors import AccountLimitError, RequestError, UnauthenticatedError, UnknownIdError
from app.domain.runs.run import TERMINAL
from app.domain.runs.view import AttemptView, RunView

HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2000
EVENT_STREAM = "text/event-stream"
MAX_ID = 8192

_ENDS = {f"run={status.value}" for status in TERMINAL}

Event = RunView | AttemptView
# None: nothing happened for a while.
Events = AsyncIterator[Event | None]


class EventCursor:
    """Position of a client in the stream, read from the id of the last event that it received.

    An id lists the events before it: ``hunter/email,prospeo/email?,run=processing``; ``?`` marks a call under way. Any
    process can go on from it, in whatever order the attempts of two cascades end.
    """

    def __init__(self, last_event_id: str = "") -> None:
        """Read the id of the last event that the client has received; no id of ours is as long as what is cut off."""
        self._seen = dict.fromkeys(part for part in last_event_id[:MAX_ID].split(",") if part)

    @property
    def ended(self) -> bool:
        """Whether the client has received the end of the run."""
        return any(part in _ENDS for part in self._seen)

    def advance(self, event: Event) -> str | None:
        """Add an event and return its id; None if the client has seen it."""
        if isinstance(event, RunView):
            name = f"run={event.status.value}"
            over = [part for part in self._seen if part.startswith("run=")]
        else:
            done = f"{event.provider}/{event.field.value}"
            if done in self._seen:
                return None
            name, over = (done, [f"{done}?"]) if event.outcome else (f"{done}?", [])
        if name in self._seen:
            return None
        for part in over:
            self._seen.pop(part, None)
        self._seen[name] = None
        return ",".join(self._seen)


# The schema of each event; its `data:` is one line of JSON.
_EVENTS = {
    "schema": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "id": {"type": "string", "description": "Send it as `Last-Event-ID` to go on after this event."},
            "event": {"type": "string", "enum": ["attempt", "run", "error"]},
            "retry": {"type": "integer", "minimum": 0, "description": "Milliseconds."},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {
                    "anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Run", "Attempt", "Problem")]
                },
            },
        },
    }
}


@operation(
    "GET",
    "/enrich/{run_id}/events",
    parameters=(parameters.RUN_ID, parameters.LAST_EVENT),
    answers={
        200: DocumentedResponse(
            description="`attempt` and `run` events, ending with the run.", media=EVENT_STREAM, content=_EVENTS
        ),
        204: DocumentedResponse(description="The client has seen the end."),
    },
    refuses=(UnknownIdError, AccountLimitError),
)
async def stream_events(request: AuthenticatedRequest) -> Stream | Answer:
    """Follow a run live.

    The stream ends with the run; a client that has received the end gets 204, which keeps it from connecting again.
    """
    dependencies = request.dependencies
    run_id = run_id_of(request.http)
    # Before anything is sent: a run that does not exist is a 404, not an empty stream.
    await dependencies.watch.get(request.owner, run_id)
    progress = EventCursor(request.http.headers.get("last-event-id", ""))
    if progress.ended:
        return Answer(status=204)
    if request.http.method != HttpMethod.HEAD:
        request.context.at_end.append(dependencies.places.wait(request.principal.account_id))
    return Stream(
        _frames(request, run_id, progress),
        media_type=EVENT_STREAM,
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _frames(request: AuthenticatedRequest, run_id: UUID, progress: EventCursor) -> AsyncGenerator[bytes, None]:
    dependencies = request.dependencies
    with dependencies.key_watch.watching(request.principal.key_id) as revoked:
        events = dependencies.watch.events(request.owner, run_id)
        async for frame in _followed(events, progress, dependencies.stopping, revoked):
            yield frame
        if revoked.is_set():
            # As the next request would be answered, which must not come.
            problem = problem_body(
                UnauthenticatedError(), path=request.http.scope["path"], request_id=request.context.request_id
            )
            yield b"event: error\ndata: %b\n\n" % problem


async def _followed(
    events: Events, progress: EventCursor, stopping: asyncio.Event, revoked: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(event.wait()) for event in (stopping, revoked)]
    upcoming: asyncio.Future[Any] = asyncio.ensure_future(_next(events))
    now = asyncio.get_running_loop().time
    sent = now()
    try:
        while True:
            quiet = max(0.0, sent + HEARTBEAT_SECONDS - now())
            await asyncio.wait({upcoming, *ends}, timeout=quiet, return_when=asyncio.FIRST_COMPLETED)
            if upcoming.done() and not revoked.is_set():
                event: Event | None = upcoming.result()
                if event and (identity := progress.advance(event)):
                    sent = now()
                    yield _frame(identity, event)
                if isinstance(event, RunView) and event.ended:
                    return
                upcoming = asyncio.ensure_future(_next(events))
            if any(end.done() for end in ends):
                return
            if now() - sent >= HEARTBEAT_SECONDS:
                sent = now()
                yield b": still here\n\n"
    except (StopAsyncIteration, RequestError):
        # The stream breaks off; the client comes back with the id of the last event.
        return
    finally:
        for end in ends:
            end.cancel()
        upcoming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration, RequestError):
            await upcoming


async def _next(events: Events) -> Event | None:
    async for event in events:
        return event
    raise StopAsyncIteration


def _frame(identity: str, event: Event) -> bytes:
    kind, value = _named(event)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (identity.encode(), kind, encode(value))


def _named(event: Event) -> tuple[bytes, msgspec.Struct]:
    return (b"run", run_body(event)) if isinstance(event, RunView) else (b"attempt", attempt_body(event))
