"""One request and its answer on a connection: as uvicorn does it, with the head of an answer written in one piece."""

from typing import cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

# What stands in no name or value of a header (RFC 9110, section 5): it could end it, and begin another one.
_UNSAFE = bytes({*range(0x20), 0x7F} - {0x09})
_LINE_END = b"\r\n"
# Longer bodies are not copied to stand behind their head.
_MOST_JOINED = 64 * 1024
# What decides about the framing of the answer, or about the connection, is uvicorn's business.
_FRAMING = frozenset({b"connection", b"transfer-encoding"})


class RequestCycle(RequestResponseCycle):
    """The cycle of uvicorn; it writes heads that name the body's length without looking at each header by itself.

    Such a head waits for the first part of the body: two writes would be two system calls, and two packets. An
    application that names a length must not wait between them, as nothing is sent meanwhile.
    """

    _head = b""

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer.

        Raises:
            RuntimeError: A header holds what no header may.
        """
        if self._head:
            head, self._head = self._head, b""
            if self._ends(message):
                self._write_whole(head, cast("bytes", message.get("body", b"")))
                return
            if not self.disconnected:
                self.transport.write(head)
        if self.response_started or message["type"] != "http.response.start" or self.flow.write_paused:
            await super().send(message)
            return
        headers = [*self.default_headers, *message["headers"]]
        known = dict(headers)
        length = known.get(b"content-length")
        if length is None or not _FRAMING.isdisjoint(known):
            await super().send(message)
        elif not self.disconnected:
            self._prepare_head(message["status"], headers, int(length))

    def _ends(self, message: ASGISendEvent) -> bool:
        """Return whether a message is the whole body, no longer than most are, for a client that is there and reads."""
        if message["type"] != "http.response.body" or message.get("more_body") or self.disconnected:
            return False
        length = len(message.get("body", b""))
        named = self.scope["method"] == "HEAD" or length == self.expected_content_length
        return named and length <= _MOST_JOINED and not self.flow.write_paused

    def _write_whole(self, head: bytes, body: bytes) -> None:
        self.transport.write(head if self.scope["method"] == "HEAD" else head + body)
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _prepare_head(self, status: int, headers: list[tuple[bytes, bytes]], length: int) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        self.expected_content_length = length
        lines = [b"%b: %b" % header for header in headers]
        if not self.keep_alive:
            lines.append(b"connection: close")
        written = _LINE_END.join([*lines, b"", b""])
        # Left out and counted, which takes half as long as a search: no more may be missing than the ends of the lines.
        if len(written) - len(written.translate(None, _UNSAFE)) > len(_LINE_END) * (len(lines) + 1):
            raise RuntimeError("a header of the answer holds a control character")
        self._head = STATUS_LINE[status] + written
