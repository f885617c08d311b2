"""The answer of a receiver, as it arrives: its status, and the beginning of its body."""

import httptools

from webhooks.answer_head import AnswerHead

MAX_BODY = 60 * 1024
# Interim answers included; a body is bounded by itself.
MAX_HEAD = 256 * 1024
MAX_EXCERPT = 1024


class NotHttpError(Exception):
    """The answer is not proper HTTP; the message says why, in words that go on from there."""


class ReceiverAnswer:
    """One answer.

    Attributes:
        status: None until its head has ended; interim answers (1xx) do not count.
        retry_after: The header as it was sent.
        excerpt: The beginning of the body, at most 1 KiB.
        complete: Whether nothing more of it is wanted.
        keeps_connection: Whether the connection can be used again: both sides agree where the answer ended.
    """

    def __init__(self, *, has_body: bool = True) -> None:
        """Begin before the first byte; an answer to CONNECT that opens a tunnel has no body."""
        self.status: int | None = None
        self.retry_after: str | None = None
        self.excerpt = b""
        self.complete = False
        self.keeps_connection = False
        self._has_body = has_body
        self._size = self._body = 0
        self._head = AnswerHead()
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read bytes; an error in the body ends the answer and does not change its status.

        Raises:
            NotHttpError: When there is no status to be read.
        """
        self._size += len(data)
        if self.status is None and self._size > MAX_HEAD:
            raise NotHttpError(f"the answer is longer than {MAX_HEAD // 1024} KiB")
        try:
            self._parser.feed_data(self._head.feed(data))
        except httptools.HttpParserUpgrade as error:
            raise NotHttpError("it changes to another protocol") from error
        except httptools.HttpParserError as error:
            if self.status is None:
                raise NotHttpError("its head cannot be read") from error
            self._end(keeps_connection=False)

    def close(self) -> None:
        """End the answer where the connection ends.

        Raises:
            NotHttpError: When that is within its head.
            ConnectionResetError: When nothing of it arrived.
        """
        if not self._size:
            raise ConnectionResetError
        if self.status is None:
            raise NotHttpError("it ends within its head")
        self._end(keeps_connection=False)

    def _end(self, *, keeps_connection: bool) -> None:
        self.complete, self.keeps_connection = True, keeps_connection

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Forget an interim answer; behind a complete one nothing may follow."""
        self.keeps_connection = False
        if not self.complete:
            self.retry_after = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the one header that matters; in a trailer none does."""
        if self.status is None and self.retry_after is None and name.lower() == b"retry-after":
            self.retry_after = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Read the status."""
        status = self._parser.get_status_code()
        if self.status is None and status >= 200:  # noqa: PLR2004 - RFC 9110, section 15.2: below are interim answers
            self.status = status
            self.complete = not self._has_body

    def on_body(self, data: bytes) -> None:
        """Keep the beginning of the body, and stop reading where it is long."""
        self.excerpt += data[: MAX_EXCERPT - len(self.excerpt)]
        self._body += len(data)
        if self._body > MAX_BODY:
            self.complete = True

    def on_message_complete(self) -> None:
        """End the answer, unless it is an interim one."""
        if self.status is not None and not self.complete:
            self._end(keeps_connection=self._head.clean and self._parser.should_keep_alive())
