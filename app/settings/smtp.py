"""The address of the server that takes our mail."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self
from urllib.parse import unquote, urlsplit

import msgspec

PORTS: Mapping[str, int] = MappingProxyType({"smtp": 587, "smtps": 465})


class SmtpUrl(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a mail server.

    Attributes:
        tls: Whether TLS begins with the connection (RFC 8314, port 465); else STARTTLS is taken where it is offered.
        user: Signs in; a password only goes over TLS.
    """

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``smtp://user:password@host:587`` or ``smtps://user:password@host:465``.

        Raises:
            ValueError: The text is not such an address; the message names no part of it.
        """
        words = "must be smtp://user:password@host:587 or smtps://user:password@host:465"
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(words) from None
        if parts.scheme not in PORTS or not host or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError(f"{words}; in a user or password write / as %2F, ? as %3F, # as %23 and @ as %40")
        return cls(
            host=host,
            port=port or PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
