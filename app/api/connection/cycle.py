"""One request and its answer on a connection: as uvicorn does it, with the head of an answer written in one piece."""

import re

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

# What stands in no name or value of a header (RFC 9110, section 5): they could end it, and begin another one.
_UNSAFE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# What decides about the framing of the answer, or about the connection, is uvicorn's business.
_FRAMING = frozenset({b"connection", b"transfer-encoding"})


class RequestCycle(RequestResponseCycle):
    """The cycle of uvicorn; it writes heads that name the body's length without looking at each header by itself."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer.

        Raises:
            RuntimeError: A header holds what no header may.
        """
        if self.response_started or message["type"] != "http.response.start" or self.flow.write_paused:
            await super().send(message)
            return
        headers = [*self.default_headers, *message["headers"]]
        known = dict(headers)
        length = known.get(b"content-length")
        if length is None or not _FRAMING.isdisjoint(known):
            await super().send(message)
        elif not self.disconnected:
            self._write_head(message["status"], headers, int(length))

    def _write_head(self, status: int, headers: list[tuple[bytes, bytes]], length: int) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        self.expected_content_length = length
        lines = [b"%b: %b" % header for header in headers]
        if _UNSAFE.search(b"".join(lines)):
            raise RuntimeError("a header of the answer holds a control character")
        if not self.keep_alive:
            lines.append(b"connection: close")
        self.transport.write(STATUS_LINE[status] + b"\r\n".join([*lines, b"", b""]))
