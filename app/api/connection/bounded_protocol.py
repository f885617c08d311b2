"""The bounds of a request: how long its head may be, what of its framing is read, and which upgrade is declined."""

import asyncio
from enum import Enum, auto
from functools import partial
from typing import Any

import httptools
import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.api.connection.cycle import RequestCycle
from app.api.http.connection_errors import ENDED_BEFORE, HeadersTooLargeError, UriTooLongError
from app.api.http.errors import MalformedError
from app.domain.errors import RequestError
from app.serving import Beginnings

MAX_URI = 16 * 1024
MAX_HEADERS = 128
MAX_HEADER_BYTES = 64 * 1024
MAX_PIPELINED = 32
# Bytes are parsed in pieces, so that a head without end is noticed before the parser keeps much of it.
_PIECE = 16 * 1024
_BETWEEN = len(b": \r\n")
_MAX_UNFINISHED = MAX_URI + MAX_HEADER_BYTES
# Of one connection (RFC 9110, section 7.8): they are dropped where the upgrade is declined.
_UPGRADE = frozenset({b"upgrade", b"http2-settings"})

log = structlog.get_logger()


class Receiving(Enum):
    """The part of a request that comes in now."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with bounds for the head, extensions and trailers of a request."""

    def __init__(
        self,
        sent_ahead: Beginnings,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Begin with nothing received; requests that were sent ahead begin one after the other."""
        super().__init__(config, server_state, app_state, _loop)
        self._receiving = Receiving.NOTHING
        self._unfinished = 0
        self._header_bytes = self._headers = self._hosts = 0
        self._pieces: list[bytes] = []
        self._sent_ahead = sent_ahead
        self.address: str | None = None

    def parse(self, data: bytes) -> RequestError | None:
        """Parse what has come; return the error of a request that cannot be read."""
        self._refusal: RequestError | None = None
        try:
            if len(data) <= _PIECE:
                self._parse(data)
            else:
                for start in range(0, len(data), _PIECE):
                    self._parse(data[start : start + _PIECE])
        except httptools.HttpParserError as error:
            return self._refused_by(error)
        return None

    def _refused_by(self, error: httptools.HttpParserError) -> RequestError:
        refusal, self._refusal = self._refusal, None
        if refusal is None:
            log.info("request.unreadable", reason=str(error))
            return MalformedError()
        # Its traceback keeps frames that keep us.
        return refusal.with_traceback(None)

    def _parse(self, piece: bytes) -> None:
        self._unfinished += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(piece[upgrade.args[0] :])
        if self._pieces:
            self._hand_on_pieces()
        if self._unfinished > _MAX_UNFINISHED:
            self._refusal = HeadersTooLargeError()
            raise httptools.HttpParserError("a head, an extension or a trailer without end")

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read the request again without its wish to upgrade, which a server may ignore (RFC 9110, section 7.8).

        The parser takes all that follows for another protocol, so that the body of the request would be lost.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refusal = MalformedError("This is no proxy: CONNECT is not served.")
            raise httptools.HttpParserError("CONNECT")
        head = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                kept = [token for token in value.split(b",") if token.strip().lower() not in _UPGRADE]
                head.append(b"connection: " + b",".join(kept or [b"keep-alive"]))
            elif name not in _UPGRADE:
                head.append(name + b": " + value)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(b"\r\n".join([*head, b"", b""]) + rest)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._receiving = Receiving.HEAD
        self._unfinished = self._header_bytes = self._headers = self._hosts = 0

    def on_url(self, url: bytes) -> None:
        """Keep the target of the request, up to 16 KiB."""
        self.url += url  # as uvicorn does
        if len(self.url) > MAX_URI:
            self._refusal = UriTooLongError(MAX_URI)
            raise self._refusal

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, up to 128 of them and 64 KiB in all; trailers are counted, and not used."""
        self._unfinished = 0
        self._headers += 1
        self._header_bytes += len(name) + len(value) + _BETWEEN
        if self._headers > MAX_HEADERS or self._header_bytes > MAX_HEADER_BYTES:
            self._refusal = HeadersTooLargeError()
            raise self._refusal
        if self._receiving is Receiving.HEAD:
            # As uvicorn does, without another call for each header.
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            elif name == b"host":
                self._hosts += 1
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the request is read again without its wish to upgrade."""
        self._unfinished = 0
        if self.parser.should_upgrade():
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refusal = MalformedError("Too many requests were sent without waiting for their answers.")
            raise self._refusal
        self._check_host()
        self._receiving = Receiving.BODY
        super().on_headers_complete()
        # The cycle has been made, but has not begun; uvicorn lets nobody name the class.
        self.cycle.__class__ = RequestCycle
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            # Sent ahead of the answers before it. Thirty clients that send twenty so would have a third of all work.
            cycle, app = self.pipeline.popleft()
            self.pipeline.appendleft((cycle, partial(self._in_turn, app)))

    async def _in_turn(self, app: Any, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        """Answer a request that was sent ahead, when its turn among all of them comes."""
        try:
            await self._sent_ahead.wait(self.address)
        except asyncio.CancelledError:
            # The process ends; the application says so in its own words.
            scope["state"][ENDED_BEFORE] = True
        await app(scope, receive, send)

    def _check_host(self) -> None:
        """Refuse several hosts, which proxies may read otherwise, and none in HTTP/1.1 (RFC 9112, section 3.2)."""
        if self._hosts > 1 or (self._hosts == 0 and self.parser.get_http_version() != "1.0"):
            self._refusal = MalformedError("A request names its host once, in one Host header.")
            raise self._refusal

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body: there may be as many of them in what has come as it has sixths of bytes."""
        self._unfinished = 0
        self._pieces.append(body)

    def _hand_on_pieces(self) -> None:
        body = b"".join(self._pieces)
        self._pieces.clear()
        self.hand_on(body)

    def hand_on(self, body: bytes) -> None:
        """Hand on what has come of the body."""
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unfinished = 0
        if self._pieces:
            self._hand_on_pieces()
        if not self.parser.should_upgrade():
            self._receiving = Receiving.NOTHING
            super().on_message_complete()

    def _is_idle(self) -> bool:
        return self._receiving is Receiving.NOTHING and (self.cycle is None or self.cycle.response_complete)
