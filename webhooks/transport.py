"""The transport: sends one POST to an address that was vetted when its socket was opened."""

import asyncio
import ssl
from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import Unresolved, UrlRejected, Vetting
from webhooks.answer import ReceiverAnswer
from webhooks.connection import ReceiverConnection
from webhooks.kept_connections import KeptConnections
from webhooks.proxy import Proxy, ProxyError, open_tunnel

CONNECT_TIMEOUT = 5.0
MAX_ADDRESSES = 4

# Headers that only the transport sets: those of one connection (RFC 9110, section 7.6.1) and of message framing.
_TRANSPORT_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"}
    | {"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


class BlockedError(Exception):
    """The vetting refused the connection; the message is a sentence that says why."""


class UnresolvedError(Exception):
    """DNS returned no address; the message is a sentence that says why."""


class ConnectError(Exception):
    """No address took the connection; the message is a sentence that says why."""


class ConnectTimeoutError(TimeoutError):
    """No address took the connection in time."""


class ReceivedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The response of a receiver.

    Attributes:
        retry_after: The header as it was sent.
        excerpt: The beginning of the body, at most 1 KiB.
    """

    status: int
    retry_after: str | None
    excerpt: bytes


async def connect(
    target: WebhookTarget, *, vetting: Vetting, tls: ssl.SSLContext, proxy: Proxy | None = None
) -> ReceiverConnection:
    """Resolve a receiver, vet every address, and connect to one of these very addresses.

    The addresses together have 5 seconds to take the connection.

    Raises:
        BlockedError: When any address is not allowed.
        UnresolvedError: When the name has no address.
        ConnectError: When no address accepts the connection, or TLS fails; ConnectTimeoutError and ProxyError likewise.
    """
    vetted = await vetting.vet_connect(target)
    if isinstance(vetted, UrlRejected):
        raise BlockedError(vetted.reason)
    if isinstance(vetted, Unresolved):
        raise UnresolvedError(vetted.reason)
    connection = await _connect_any(vetted.addresses[:MAX_ADDRESSES], target.port, proxy)
    if target.scheme == "http":
        return connection
    try:
        await connection.start_tls(tls, target.host)
    except BaseException as error:
        connection.abort()
        if isinstance(error, OSError):  # ssl.SSLError is one
            raise ConnectError(_connect_error(error)) from error
        raise
    return connection


def _connect_error(error: OSError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"the receiver's certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return "the receiver does not speak TLS properly"
        case _:
            return "the receiver cannot be connected to"


async def _connect_any(addresses: Sequence[str], port: int, proxy: Proxy | None) -> ReceiverConnection:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + CONNECT_TIMEOUT
    failure: Exception = ConnectError("the receiver has no address")
    for place, address in enumerate(addresses):
        # A silent address leaves the later ones their share of the time.
        share = (deadline - loop.time()) / (len(addresses) - place)
        try:
            async with asyncio.timeout(share):
                if proxy:
                    return await open_tunnel(proxy, address, port)
                return (await loop.create_connection(ReceiverConnection, address, port))[1]
        except TimeoutError:
            failure = ConnectTimeoutError()
        except OSError as error:
            failure = ConnectError(_connect_error(error))
        except ProxyError as error:
            failure = error
    raise failure


async def post(
    target: WebhookTarget,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    vetting: Vetting,
    tls: ssl.SSLContext,
    budget: float,
    proxy: Proxy | None = None,
    kept: KeptConnections | None = None,
    account_id: UUID | None = None,
) -> ReceivedResponse:
    """Send one POST and read the beginning of the response.

    The request is built from the target's parts, so that no second parser reads the URL. Redirects are not followed,
    proxies of the environment are ignored, and nothing is decompressed. A connection is used again only for the same
    target and account, soon, and when its last answer ended beyond doubt. Where the receiver has closed it meanwhile,
    the request is repeated over a new one: its `webhook-id` makes that harmless (RFC 9110, section 9.2.2).

    Args:
        target: The receiver.
        headers: Additional headers; the first of two with the same name is sent.
        body: The bytes.
        vetting: Vets the addresses.
        tls: For https.
        budget: Seconds in all: DNS, connecting, TLS, sending, and reading.
        proxy: The operator's egress proxy, if any.
        kept: Connections to use again; without it the connection is closed afterwards.
        account_id: Whose connections those are.

    Raises:
        BlockedError: When the addresses or the headers are not allowed.
        UnresolvedError: When DNS returns no address.
        ConnectError: When no connection could be opened; ConnectTimeoutError and ProxyError likewise.
        TimeoutError: When no status came within the budget.
        NotHttpError: When the response cannot be read.
        OSError: When the receiver broke the connection off.
    """
    key = (account_id, target.scheme, target.host, target.port, target.mode, target.local_only)
    request = _write(target, headers, body, close=kept is None)
    answer = ReceiverAnswer()
    connection = kept.take(key) if kept else None
    try:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + budget):
            if connection:
                try:
                    await connection.exchange(request, answer)
                except OSError:  # not a byte of an answer
                    connection.abort()
                    connection = None
            if connection is None:
                connection = await connect(target, vetting=vetting, tls=tls, proxy=proxy)
                await connection.exchange(request, answer)
    except TimeoutError:
        if answer.status is None:
            raise
    finally:
        if connection:
            if kept and answer.keeps_connection and not connection.lost and not connection.unsent:
                kept.give(key, connection)
            else:
                connection.abort()
    return ReceivedResponse(status=answer.status or 0, retry_after=answer.retry_after, excerpt=answer.excerpt)


def _write(target: WebhookTarget, headers: Sequence[tuple[str, str]], body: bytes, *, close: bool) -> bytes:
    """Write a request, without headers of the transport and repeated names.

    Raises:
        BlockedError: When a part contains a line break, or what is not ASCII.
    """
    texts = "".join([text for pair in headers for text in pair])
    if not (texts.isascii() and texts.isprintable()):
        raise BlockedError("a header contains a line break, or what is not ASCII; remove it")
    if not f"{target.authority}{target.path}".isascii() or " " in target.path or not target.path.isprintable():
        raise BlockedError("the URL is not written in ASCII; percent-encode it")
    chosen: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        if (lower := name.lower()) not in _TRANSPORT_HEADERS:
            chosen.setdefault(lower, (name, value))
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        *(f"{name}: {value}" for name, value in chosen.values()),
        f"Content-Length: {len(body)}",
        "Accept-Encoding: identity",
        *(("Connection: close",) if close else ()),
        "\r\n",
    ]
    return "\r\n".join(lines).encode() + body
