"""HTTP/1.1 on one connection: the deadlines of what comes and of what is read, and how a refused one ends."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.api.connection.answer_transport import AnswerTransport, disconnect
from app.api.connection.bounded_protocol import BoundedProtocol, Receiving
from app.api.connection.connections import Connections, later
from app.api.connection.refusal import refusal_bytes
from app.api.http.connection_errors import RequestTimeoutError, TooManyConnectionsError
from app.domain.errors import RequestError


class Protocol(BoundedProtocol):
    """HTTP/1.1 as uvicorn speaks it, bounded in time and memory whatever a client sends or does not read."""

    def __init__(
        self,
        connections: Connections,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Begin with nothing received; `connections` are those of the process."""
        super().__init__(connections.sent_ahead, config, server_state, app_state, _loop)
        self._connections = connections
        self._deadlines = connections.deadlines
        self.timeout_keep_alive = self._deadlines.idle  # type: ignore[assignment] # handed to the loop, which takes any
        self._timer: asyncio.TimerHandle | None = None
        self._timed = Receiving.NOTHING
        self._write_timer: asyncio.TimerHandle | None = None
        self._unread = self._body_bytes = self._body_seen = 0
        self._held = self._refused = self._draining = False
        self._answers: AnswerTransport
        self._active: RequestResponseCycle | None = None

    # The connection.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Take the connection, or refuse it: the process or the address has too many."""
        super().connection_made(transport)
        self._connections.accept_more()
        # The body on its way is that of the request under way, and not of one sent ahead.
        self._answers = AnswerTransport(
            transport, lambda: self._receiving is Receiving.BODY and self._active is self.cycle
        )
        self.address = self._connections.address_of(self.client)
        if self._connections.admit(self):
            self._set_timer(Receiving.HEAD, self._deadlines.head, self._head_is_late)
        else:
            self._refuse(TooManyConnectionsError())

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks, and let the request under way know: uvicorn does so for the last of several only."""
        super().connection_lost(exc)
        self._connections.forget(self)
        self._unset_keepalive_if_required()
        self._stop_timer()
        self._stop_write_timer()
        if self._active is not None and not self._active.response_complete:
            disconnect(self._active)
        # They refer to us: each connection would else be left to the collector, which holds everybody up.
        self.cycle = self._active = self._answers = None  # type: ignore[assignment] # not asked again
        self.pipeline.clear()

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn's closes always
        """Keep a connection whose client has sent its request and says that it sends no more, but waits."""
        cycle = self.cycle
        waits = cycle is not None and not cycle.response_started and self._receiving is Receiving.NOTHING
        if waits:
            cycle.keep_alive = False
        return waits and not self._refused

    def evict(self) -> None:
        """Close the connection: it waits for a request, and another client needs its place."""
        self._close()

    def shutdown(self) -> None:
        """End after the request that is coming in or under way."""
        self._draining = True
        if self._receiving is not Receiving.HEAD:
            super().shutdown()

    # Receiving.

    def data_received(self, data: bytes) -> None:
        """Parse what has come, and set the clock for what is still to come."""
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if refusal := self.parse(data):
            self._refuse(refusal)
            return
        if self._receiving is Receiving.BODY:
            self._set_timer(Receiving.BODY, self._deadlines.body, self._look_at_body)
        elif self._receiving is Receiving.HEAD or (self._is_idle() and self.timeout_keep_alive_task is None):
            self._set_timer(Receiving.HEAD, self._deadlines.head, self._head_is_late)

    def on_headers_complete(self) -> None:
        """Begin to answer; while the process ends, the connection ends with it."""
        super().on_headers_complete()
        if self._receiving is Receiving.BODY:
            self._stop_timer()
            self._connections.work(self)
            self._body_bytes = self._body_seen = 0
            self._held = False
            self.cycle.keep_alive = self.cycle.keep_alive and not self._draining
            self.cycle.transport = self._answers  # type: ignore[assignment] # as much as it uses

    def hand_on(self, body: bytes) -> None:
        """Count the body, and note whether it waits for us."""
        super().hand_on(body)
        self._body_bytes += len(body)
        self._held = self._held or self.flow.read_paused

    def on_message_complete(self) -> None:
        """Stop the clock of the body, and wait for the next request if this one is answered already."""
        super().on_message_complete()
        if self._answers.ended:
            self._close()
        elif self._receiving is Receiving.NOTHING:
            self._stop_timer()
            if self._is_idle() and not self.transport.is_closing():
                self._connections.wait(self)
                self.timeout_keep_alive_task = later(self._deadlines.idle, self.timeout_keep_alive_handler)

    # Answering.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was refused before it had come."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_writing()
        elif self._receiving is Receiving.BODY:
            self._unset_keepalive_if_required()
            self._stop_timer()
            self._set_timer(Receiving.BODY, self._deadlines.discard, self._close)
        elif self._is_idle():
            self._connections.wait(self)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle for too long."""
        self._close()

    def pause_writing(self) -> None:
        """Stop writing until the client has read, and watch whether it does."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        self._stop_write_timer()

    # The clocks.

    def _set_timer(self, kind: Receiving, seconds: float, call: Callable[[], None]) -> None:
        """Start the clock of what comes in, unless it runs."""
        if self._timer is None or self._timed is not kind:
            self._stop_timer()
            self._timed, self._timer = kind, later(seconds, partial(self._ring, call))

    def _ring(self, call: Callable[[], None]) -> None:
        self._timer = None
        call()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        if self._receiving is Receiving.HEAD:
            self._refuse(RequestTimeoutError())
        else:
            # It never sent anything: an answer could be taken for that to a request on its way.
            self._connections.report("silent", self)
            self._close()

    def _look_at_body(self) -> None:
        """Refuse a body that comes too slowly, unless it was us who let it wait."""
        slow = self._body_bytes - self._body_seen < self._deadlines.body_bytes
        if slow and not self._held and not self.cycle.waiting_for_100_continue:
            self._refuse(RequestTimeoutError())
            return
        self._body_seen, self._held = self._body_bytes, self.flow.read_paused
        self._set_timer(Receiving.BODY, self._deadlines.body, self._look_at_body)

    def _watch_writing(self) -> None:
        if self._write_timer is None and self.parser is not None:  # which there is until the connection is lost
            self._unread = self.transport.get_write_buffer_size()
            self._write_timer = later(self._deadlines.write, self._look_at_reader)

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _look_at_reader(self) -> None:
        """Cut off a client that does not read what waits for it."""
        self._write_timer = None
        left = self.transport.get_write_buffer_size()
        slow = self._unread - left < self._deadlines.write_bytes <= left or left == self._unread
        if left and slow:
            self._connections.report("slow reader", self)
            self.transport.abort()
        elif left:
            self._watch_writing()

    # The end.

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
            self._watch_writing()

    def _refuse(self, refusal: RequestError) -> None:
        """Answer that a request cannot be read, unless it is answered, and close; one that is under way ends first."""
        self._refused = True
        self._stop_timer()
        self._connections.report(refusal.code, self)
        active = self._active if self._active is not None and not self._active.response_complete else None
        if active is not None and not (active is self.cycle and self._receiving is Receiving.BODY):
            active.keep_alive = False
            self.pipeline.clear()
            return
        if active is not None:
            disconnect(active)
            if active.response_started:
                self.transport.abort()
                return
        if not (self._receiving is Receiving.BODY and self.cycle is not None and self.cycle.response_complete):
            self.transport.write(refusal_bytes(refusal))
        if self.transport.can_write_eof() and not isinstance(refusal, TooManyConnectionsError):
            # What is still on its way is read and dropped: a connection closed over it would take the answer along.
            self.transport.write_eof()
            later(self._deadlines.linger, self.transport.abort)
        else:
            self.transport.close()
