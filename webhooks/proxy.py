"""The egress proxy: opens a tunnel (CONNECT, RFC 9110, section 9.3.6) to an address that we have vetted."""

import asyncio
import base64
from urllib.parse import unquote, urlsplit

import msgspec

from webhooks.answer import NotHttpError, ReceiverAnswer
from webhooks.connection import ReceiverConnection

_REFUSED = frozenset({401, 403, 407})


class ProxyError(Exception):
    """The proxy opened no tunnel; the message is a sentence that says why.

    Attributes:
        refused: Whether the proxy refused, rather than failed.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        """Keep the sentence."""
        super().__init__(reason)
        self.refused = refused


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the proxy, and our credentials.

    Attributes:
        authorization: The Proxy-Authorization header, None without credentials.
    """

    host: str
    port: int
    authorization: str | None = None

    @classmethod
    def read(cls, url: str) -> "Proxy":
        """Read ``http://[user:password@]host:port``, which the settings have checked."""
        parts = urlsplit(url)
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        basic = base64.b64encode(pair.encode()).decode()
        return cls(
            host=parts.hostname or "",
            port=parts.port or 0,
            authorization=f"Basic {basic}" if parts.username else None,
        )


async def open_tunnel(proxy: Proxy, address: str, port: int) -> ReceiverConnection:
    """Open a tunnel to an address. A name would be resolved by the proxy, where our vetting has no effect.

    Args:
        proxy: The proxy.
        address: IPv4 or IPv6, without brackets.
        port: The receiver's port.

    Raises:
        ProxyError: When the proxy cannot be reached, or does not answer 2xx.
    """
    wanted = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    credentials = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    request = f"CONNECT {wanted} HTTP/1.1\r\nHost: {wanted}\r\n{credentials}\r\n"
    answer, connection = ReceiverAnswer(has_body=False), None
    try:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(ReceiverConnection, proxy.host, proxy.port)
        await connection.exchange(request.encode(), answer)
        status = answer.status or 0
        if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, section 9.3.6: any 2xx opens the tunnel
            tunnel, connection = connection, None
            return tunnel
    except (OSError, NotHttpError) as error:
        raise ProxyError("the egress proxy of this service cannot be reached; ask its operator") from error
    finally:
        if connection:
            connection.abort()
    if status in _REFUSED:
        raise ProxyError(
            f"the egress proxy of this service refuses the receiver (it answered {status}); "
            "use another URL, or ask the operator",
            refused=True,
        )
    raise ProxyError(f"the egress proxy of this service does not reach the receiver (it answered {status})")
