"""The transport: sends one POST over a socket to an address that was vetted a moment before."""

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import httpcore
import msgspec

from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import Unresolved, UrlRejected, Vetting
from webhooks.answer_head import AnswerHead
from webhooks.proxy import Proxy, ProxyError, open_tunnel

CONNECT_TIMEOUT = 5.0
MAX_ADDRESSES = 4
MAX_BODY = 64 * 1024
# Status line, headers and interim answers included; h11 itself stops at 100 KiB of headers.
MAX_READ = 256 * 1024
MAX_EXCERPT = 1024
# Small reads, so that the last one passes a limit by little.
_PIECE = 4096

# Headers that only the transport sets: those of one connection (RFC 9110, section 7.6.1) and of message framing.
_TRANSPORT_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"}
    | {"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


class BlockedError(Exception):
    """The vetting refused the connection; the message is a sentence that says why."""


class UnresolvedError(Exception):
    """DNS returned no address; the message is a sentence that says why."""


class ReceivedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The response of a receiver.

    Attributes:
        retry_after: The header as it was sent.
        excerpt: The beginning of the body, at most 1 KiB.
    """

    status: int
    retry_after: str | None
    excerpt: bytes


class VettedBackend(httpcore.AsyncNetworkBackend):
    """Opens the socket of one attempt: resolves, vets every address, and connects to one of these addresses."""

    def __init__(self, vetting: Vetting, target: WebhookTarget, proxy: Proxy | None = None) -> None:
        """Serve one target, directly or through a proxy."""
        self._vetting = vetting
        self._target = target
        self._proxy = proxy
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the target holds the host, which is resolved once
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the signature is httpcore's
        local_address: str | None = None,  # noqa: ARG002 - the same
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        """Connect, within 5 seconds for all addresses together.

        Raises:
            BlockedError: When any address is not allowed.
            UnresolvedError: When the name has no address.
            ConnectError: When no address accepts the connection; ConnectTimeout and ProxyError likewise.
        """
        vetted = await self._vetting.vet_connect(self._target)
        if isinstance(vetted, UrlRejected):
            raise BlockedError(vetted.reason)
        if isinstance(vetted, Unresolved):
            raise UnresolvedError(vetted.reason)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CONNECT_TIMEOUT
        failure: Exception = httpcore.ConnectError("no address")
        addresses = vetted.addresses[:MAX_ADDRESSES]
        for place, address in enumerate(addresses):
            # A silent address leaves the later ones their share of the time.
            share = (deadline - loop.time()) / (len(addresses) - place)
            try:
                async with asyncio.timeout(share):
                    return _CappedStream(await self._open(address, port))
            except TimeoutError:
                failure = httpcore.ConnectTimeout("connecting took too long")
            except (httpcore.ConnectError, httpcore.ConnectTimeout, ProxyError) as error:
                failure = error
        raise failure

    async def _open(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        if self._proxy:
            return await open_tunnel(self._proxy, address, port, sockets=self._sockets)
        return await self._sockets.connect_tcp(address, port)


class _CappedStream(httpcore.AsyncNetworkStream):
    """A stream that limits the total number of bytes read from a receiver, and tidies the head of its answer."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = MAX_READ
        self._head = AnswerHead()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        while True:
            data = await self._stream.read(min(max_bytes, _PIECE), timeout)
            self._left -= len(data)
            if self._left < 0:
                raise httpcore.RemoteProtocolError(f"the answer is longer than {MAX_READ // 1024} KiB")
            passed = self._head.feed(data)
            if passed or not data:
                return passed

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
    ) -> httpcore.AsyncNetworkStream:
        return _CappedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's
        return self._stream.get_extra_info(info)


async def post(
    target: WebhookTarget,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    vetting: Vetting,
    tls: ssl.SSLContext,
    budget: float,
    proxy: Proxy | None = None,
) -> ReceivedResponse:
    """Send one POST over a new connection and read the beginning of the response.

    The request is built from the target's parts, so that no second parser reads the URL. Redirects are not followed,
    proxies of the environment are ignored, nothing is decompressed, and the connection is not reused.

    Args:
        target: The receiver.
        headers: Additional headers; the first of two with the same name is sent.
        body: The bytes.
        vetting: Vets the addresses.
        tls: For https.
        budget: Seconds in all: DNS, connecting, TLS, sending, and reading.
        proxy: The operator's egress proxy, if any.

    Raises:
        BlockedError: When the addresses or the headers are not allowed.
        UnresolvedError: When DNS returns no address.
        ProxyError: When the proxy opens no tunnel.
        TimeoutError: When no status came within the budget.
        httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError: When the network or the
            receiver failed.
    """
    deadline = asyncio.get_running_loop().time() + budget
    origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
    request = httpcore.Request(
        "POST",
        httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target.path),
        headers=[
            ("Host", target.authority),
            *_sendable(headers),
            ("Content-Length", str(len(body))),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ],
        content=body,
    )
    backend = VettedBackend(vetting, target, proxy)
    connection = httpcore.AsyncHTTPConnection(origin, ssl_context=tls, network_backend=backend)
    try:
        async with asyncio.timeout_at(deadline):
            response = await connection.handle_async_request(request)
        return ReceivedResponse(
            status=response.status, retry_after=_retry_after(response), excerpt=await _excerpt(response, deadline)
        )
    finally:
        await connection.aclose()


def _sendable(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Drop headers of the transport and repeated names; raise BlockedError for a line break or non-ASCII text."""
    if not all(text.isascii() and text.isprintable() for pair in headers for text in pair):
        raise BlockedError("a header contains a line break, or what is not ASCII; remove it")
    chosen: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        if name.lower() not in _TRANSPORT_HEADERS:
            chosen.setdefault(name.lower(), (name, value))
    return list(chosen.values())


def _retry_after(response: httpcore.Response) -> str | None:
    for name, value in response.headers:
        if name.lower() == b"retry-after":
            return value.decode("latin-1")
    return None


async def _excerpt(response: httpcore.Response, deadline: float) -> bytes:
    """Read at most 64 KiB of the body and return its beginning; an error in the body does not change the status."""
    excerpt, size = b"", 0
    with suppress(OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        async with asyncio.timeout_at(deadline):
            async for chunk in response.aiter_stream():
                excerpt += chunk[: MAX_EXCERPT - len(excerpt)]
                size += len(chunk)
                if size > MAX_BODY - _PIECE:
                    break
    return excerpt
