"""A real SMTP server on loopback, which keeps the letters it takes."""

import asyncio
import re
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from app.serving import listen


class MailServer:
    """Takes letters, or answers them with a code.

    Attributes:
        letters: Those taken, the oldest first.
        answer: To each recipient; None takes the letter.
        logins: How often a password came; all are accepted, without TLS too.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer: str | None = None
        self.url = ""
        self.logins = 0

    def login(self, *_: object) -> AuthResult:
        self.logins += 1
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    def links(self, to: str) -> list[str]:
        """The paths of the app in the last letter to an address."""
        letter = next(letter for letter in reversed(self.letters) if letter["To"] == to)
        return re.findall(r"https?://[^/\s]+(/app/\S+)", letter.get_content())


class _Bound(Controller):
    listener: socket.socket

    def _create_server(self) -> Coroutine[Any, Any, asyncio.Server]:
        return self.loop.create_server(self._factory_invoker, sock=self.listener)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve on a free port of loopback."""
    server = MailServer()
    # Bound before it is served, so that nobody else takes the port meanwhile.
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    controller = _Bound(server, hostname="127.0.0.1", port=port, authenticator=server.login, auth_require_tls=False)
    controller.listener = listener
    controller.start()
    server.url = f"smtp://127.0.0.1:{port}"
    try:
        yield server
    finally:
        controller.stop()
