"""The egress proxy: opens a tunnel (CONNECT, RFC 9110, section 9.3.6) to an address that we have vetted."""

import base64
from urllib.parse import unquote, urlsplit

import httpcore
import msgspec

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


async def open_tunnel(
    proxy: Proxy, address: str, port: int, *, sockets: httpcore.AsyncNetworkBackend
) -> httpcore.AsyncNetworkStream:
    """Open a tunnel to an address. A name would be resolved by the proxy, where our vetting has no effect.

    Args:
        proxy: The proxy.
        address: IPv4 or IPv6, without brackets.
        port: The receiver's port.
        sockets: Opens the connection to the proxy.

    Raises:
        ProxyError: When the proxy cannot be reached, or does not answer 2xx.
    """
    wanted = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    origin = httpcore.Origin(b"http", proxy.host.encode(), proxy.port)
    headers = [("Host", wanted)]
    if proxy.authorization:
        headers.append(("Proxy-Authorization", proxy.authorization))
    request = httpcore.Request(
        "CONNECT",
        httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=wanted),
        headers=headers,
    )
    try:
        stream = await sockets.connect_tcp(proxy.host, proxy.port)
        connection = httpcore.AsyncHTTP11Connection(origin, stream)
        response = await connection.handle_async_request(request)
    except (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise ProxyError("the egress proxy of this service cannot be reached; ask its operator") from error
    if 200 <= response.status < 300:  # noqa: PLR2004 - RFC 9110, section 9.3.6: any 2xx opens the tunnel
        tunnel: httpcore.AsyncNetworkStream = response.extensions["network_stream"]
        return tunnel
    await connection.aclose()
    if response.status in _REFUSED:
        raise ProxyError(
            f"the egress proxy of this service refuses the receiver (it answered {response.status}); "
            "use another URL, or ask the operator",
            refused=True,
        )
    raise ProxyError(f"the egress proxy of this service does not reach the receiver (it answered {response.status})")
