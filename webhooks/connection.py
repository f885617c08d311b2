"""A connection to a receiver: one request at a time, and the answer to it."""

import asyncio
import ssl
from typing import cast

from webhooks.answer import NotHttpError, ReceiverAnswer


class ReceiverConnection(asyncio.Protocol):
    """A connection, by TLS or not, to an address that was vetted before it was opened.

    Attributes:
        opened_at: By the loop's clock, in seconds.
        lost: Whether either side has ended it, or the receiver said anything without a question.
    """

    def __init__(self) -> None:
        """Begin without a socket, which the loop opens."""
        self._loop = asyncio.get_running_loop()
        self.opened_at = self._loop.time()
        self.lost = False
        self._transport: asyncio.Transport | None = None
        self._answer: ReceiverAnswer | None = None
        self._answered: asyncio.Future[None] | None = None

    async def start_tls(self, tls: ssl.SSLContext, name: str) -> None:
        """Begin TLS; the receiver's certificate must be valid for its name.

        Raises:
            OSError: When the receiver does not speak TLS, or has no such certificate (ssl.SSLError).
        """
        wrapped = await self._loop.start_tls(self._open(), self, tls, server_hostname=name)
        if wrapped is None:
            raise ConnectionResetError
        self._transport = wrapped

    async def exchange(self, request: bytes, answer: ReceiverAnswer) -> None:
        """Send a request, and wait until nothing more of its answer is wanted.

        Raises:
            NotHttpError: When the answer cannot be read.
            OSError: When the receiver ends the connection without a byte of an answer.
        """
        self._answer, self._answered = answer, self._loop.create_future()
        try:
            self._open().write(request)
            await self._answered
        finally:
            self._answer = self._answered = None

    def abort(self) -> None:
        """Close it at once."""
        self.lost = True
        if self._transport:
            self._transport.abort()

    @property
    def unsent(self) -> bool:
        """Whether a part of the request has not been taken yet, although the answer is there."""
        return bool(self._transport and self._transport.get_write_buffer_size())

    def _open(self) -> asyncio.Transport:
        if self._transport is None or self.lost:
            raise ConnectionResetError
        return self._transport

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer; bytes out of turn end the connection."""
        if self._answer is None or self._answered is None or self._answered.done():
            self.abort()
            return
        try:
            self._answer.feed(data)
        except NotHttpError as error:
            self._answered.set_exception(error)
            return
        if self._answer.complete:
            self._answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """End the answer where the connection ends."""
        self.lost = True
        if self._answer is None or self._answered is None or self._answered.done():
            return
        try:
            self._answer.close()
        except (NotHttpError, OSError) as error:
            self._answered.set_exception(error)
        else:
            self._answered.set_result(None)
