"""The transport of answers, of which the last may come before all of its request has."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class AnswerTransport:
    """Writes the answers of a connection, and ends it behind the last.

    A connection that is closed while a body is on its way is reset, and the client loses the answer. So only our side
    is closed then, and the connection's deadlines end the rest.

    Attributes:
        ended: Whether our side is closed, and the connection ends when the body has come.
    """

    def __init__(self, transport: asyncio.Transport, receives: Callable[[], bool]) -> None:
        """Write to a transport; `receives` says whether the body of what is answered is still on its way."""
        self.write, self.is_closing = transport.write, transport.is_closing
        self.ended = False
        self._transport = transport
        self._receives = receives

    def close(self) -> None:
        """End the connection."""
        if self._receives() and self._transport.can_write_eof():
            self.ended = True
            self._transport.write_eof()
        else:
            self._transport.close()


def disconnect(cycle: RequestResponseCycle) -> None:
    """Let a request under way know that its client is gone."""
    cycle.disconnected = True
    cycle.message_event.set()
