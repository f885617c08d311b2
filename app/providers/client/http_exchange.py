"""HTTP exchanges with vendors: kept connections, one call with the credentials in it, and resends never paid twice.

Nothing that a vendor does raises.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from http import HTTPStatus
from math import isfinite
from typing import Self, cast
from weakref import WeakSet

import aiohttp
import msgspec
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, wait_exponential
from yarl import URL

from app.clock import Clock
from app.descriptors import has_unread
from app.domain.waterfall.answer import Failed, Trouble
from app.providers.client.interpret import REASONS, SERVER_FAULT, failed, rule
from app.providers.client.request import PreparedRequest, Request
from app.providers.declaration.auth import Auth, TokenExchange
from app.providers.declaration.gateways import is_foreign
from app.providers.declaration.messages import MAX_BODY, NoValue, RequestTemplate, VendorResponse, look, read_response
from app.providers.declaration.verdicts import Verdict, VerdictRule
from app.providers.setup.configured_provider import ConfiguredProvider

KEEP_ALIVE = 30.0
MOST_SENT = 3
CONNECT_SECONDS = 5.0
MAX_HEADER = 65_536  # bytes of one header of an answer; policies of content are longer than aiohttp's own 8,190
MARGIN = 60.0  # a token is renewed so many seconds before its end
SHORTEST_LIFE = 60.0
TOKEN_SECONDS = 15.0
# The formats of zlib's data: with a gzip header, with its own, and with none, as some servers send "deflate".
_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
# Codings by the names of RFC 9110, 8.4.1; one that is none of them leaves a body that cannot be read.
_FORMATS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}
# Before the look-up itself was sent, so that trying again cannot be billed.
_HARMLESS = frozenset({Trouble.CONNECTION, Trouble.SERVER_ERROR})
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_BROKEN = (HttpProcessingError, aiohttp.ClientPayloadError, zlib.error)
_FAULTS = (aiohttp.ClientError, HttpProcessingError, zlib.error, OSError, ValueError)  # time-outs are an OSError
_CONNECTING = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)


class NoResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer.

    Attributes:
        unsent: It is proven that the vendor got nothing, so that sending again cannot be billed twice.
        status: Of an answer that came before the request could be sent: that of the token exchange.
    """

    failed: Failed
    unsent: bool = False
    status: int | None = None


class HttpExchange:
    """Makes exchanges: one pool of connections of a process, without a limit on their number.

    aiohttp connects, speaks TLS, keeps connections and reads answers. Its session stays out: headers, cookies,
    redirects, hooks and timers of each request cost more than all of that, and none is used here. It would also send a
    GET again when the connection breaks. A GET may be billed like any other request, so only `send_safely` decides on
    resends.
    """

    def __init__(self) -> None:
        """Start without connections; the running event loop is theirs."""
        self._connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE)
        # What the connector wants to know of a request is the same for all to one origin.
        self._origins: dict[str, aiohttp.ClientRequest] = {}
        self._used: WeakSet[ResponseHandler] = WeakSet()

    async def __aenter__(self) -> Self:
        """Return itself; the end of the block closes it."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._connector.close()

    async def send(self, request: Request, seconds: float | None) -> VendorResponse | NoResponse:
        """Make one exchange.

        Args:
            request: The request.
            seconds: Time limit; None leaves it to the caller.
        """
        try:
            async with asyncio.timeout(seconds) if seconds is not None else nullcontext():
                status, headers, content, whole = await self._exchange(request)
            decoded, complete = _decode(content, headers.get("content-encoding", ""))
        except _FAULTS as error:
            return _lost(error)
        return read_response(status, headers, decoded, whole=whole and complete)

    async def _exchange(self, request: Request) -> tuple[int, Mapping[str, str], bytes, bool]:
        """Send a request; return status, headers and at most `MAX_BODY` bytes of the body, and whether that is all."""
        connection = await self._connect(request.origin)
        try:
            while self._is_spoilt(protocol := cast("ResponseHandler", connection.protocol)):
                connection.close()
                connection = await self._connect(request.origin)
            protocol.set_response_params(
                skip_payload=request.method == "HEAD",
                read_until_eof=True,
                auto_decompress=False,
                max_line_size=MAX_HEADER,
                max_field_size=MAX_HEADER,
            )
            cast("asyncio.Transport", protocol.transport).write(request.encode())
            head, body = await protocol.read()
            while HTTPStatus.CONTINUE <= head.code < HTTPStatus.OK and head.code != HTTPStatus.SWITCHING_PROTOCOLS:
                head, body = await protocol.read()
            content, whole = await _read(body)
        except BaseException:
            connection.close()
            raise
        # It is kept for the next request where the answer is at its end and says nothing against it.
        self._used.add(protocol)
        connection.release()
        return head.code, head.headers, content, whole

    def _is_spoilt(self, protocol: ResponseHandler) -> bool:
        """Return whether something has come on a kept connection since its last answer: aiohttp would take it for ours.

        It has parsed it, or nobody has read it yet. What a vendor says first on a new connection may be all it says.
        """
        return len(protocol) > 0 or (
            protocol in self._used and has_unread(cast("asyncio.Transport", protocol.transport))
        )

    async def _connect(self, origin: str) -> Connection:
        """Take a connection that is kept, or open one.

        Raises:
            aiohttp.ClientConnectorError: Nobody takes it; ConnectionTimeoutError when that took too long.
        """
        asking = self._origins.get(origin)
        if asking is None:
            asking = self._origins[origin] = aiohttp.ClientRequest("GET", URL(origin))
        try:
            return await self._connector.connect(asking, [], _CONNECTING)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error


async def _read(body: aiohttp.StreamReader) -> tuple[bytes, bool]:
    """Read a body, at most `MAX_BODY` bytes; return whether that was all."""
    content = await body.readany()
    while not body.at_eof():
        if len(content) > MAX_BODY:
            return content[:MAX_BODY], False
        content += await body.readany()
    return content[:MAX_BODY], len(content) <= MAX_BODY


def _decode(content: bytes, codings: str) -> tuple[bytes, bool]:
    """Undo the codings of a body, the last one first; return whether the end was there and within `MAX_BODY`."""
    complete = True
    for coding in reversed(codings.split(",")) if codings and content else ():
        formats = _FORMATS.get(coding.strip().lower(), ())
        for number, form in enumerate(formats, 1):
            unpacking = zlib.decompressobj(form)
            try:
                content = unpacking.decompress(content, MAX_BODY)
            except zlib.error:
                if number == len(formats):
                    raise
            else:
                complete &= unpacking.eof
                break
    return content, complete


def _lost(error: Exception) -> NoResponse:
    """Classify an error; its own text is dropped, as it may hold the URL with a key in it.

    Only a connector's error proves that nothing was sent; some of them are time-outs as well.
    """
    if isinstance(error, _UNSENT):
        return NoResponse(
            failed=Failed(trouble=Trouble.CONNECTION, reason="the provider cannot be reached"), unsent=True
        )
    if isinstance(error, TimeoutError):
        return NoResponse(failed=Failed(trouble=Trouble.TIMEOUT, reason="the provider did not answer in time"))
    if isinstance(error, _BROKEN):
        return NoResponse(failed=Failed(trouble=Trouble.MALFORMED, reason="the answer is broken off or not HTTP"))
    return NoResponse(failed=Failed(trouble=Trouble.CONNECTION, reason="the connection broke before the answer"))


async def send_safely(
    once: Callable[[], Awaitable[VendorResponse | NoResponse]],
    table: Sequence[VerdictRule],
    *,
    repeatable: bool,
    resends: int | None,
    sleep: Callable[[float], Awaitable[None]],
    backoff: float = 0.2,
) -> VendorResponse | NoResponse:
    """Exchange, and send again at most twice where that cannot be billed twice.

    Args:
        once: Makes one exchange.
        table: The verdict table, by which a server's fault is known.
        repeatable: Sending again costs nothing more.
        resends: How often a server's fault may be answered by sending again; None is as `repeatable` says.
        sleep: Waits.
        backoff: Seconds before the first resend; doubled for the next.
    """
    allowed = resends if resends is not None else MOST_SENT if repeatable else 0

    def again(outcome: VendorResponse | NoResponse, sent: int) -> bool:
        if isinstance(outcome, NoResponse):
            broken = outcome.failed.trouble in {Trouble.CONNECTION, Trouble.MALFORMED}
            return outcome.unsent or (repeatable and broken)
        if not allowed or rule(outcome, table) is not Verdict.SERVER_ERROR:
            return False
        if is_foreign(outcome) and outcome.status < SERVER_FAULT:
            return False  # a proxy's refusal does not pass within a second
        return sent <= allowed

    first = await once()
    if not again(first, 1):
        return first
    made = [first]

    async def next_one() -> VendorResponse | NoResponse:
        return made.pop() if made else await once()

    retrying = AsyncRetrying(
        stop=stop_after_attempt(MOST_SENT),
        wait=wait_exponential(multiplier=backoff, max=max(2.0, 2 * backoff)),
        retry=lambda state: again(_outcome(state), state.attempt_number),
        sleep=sleep,
        retry_error_callback=_outcome,
    )
    answer: VendorResponse | NoResponse = await retrying(next_one)
    return answer


def _outcome(state: RetryCallState) -> VendorResponse | NoResponse:
    outcome: VendorResponse | NoResponse = state.outcome.result() if state.outcome else _lost(OSError())
    return outcome


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token and the end of its use, in seconds of the clock."""

    text: str
    until: float

    def __repr__(self) -> str:
        return "_Token(***)"


class Caller:
    """Makes calls; keeps the tokens of its process in memory only."""

    def __init__(self, http: HttpExchange, clock: Clock) -> None:
        """Start without tokens."""
        self._http = http
        self._clock = clock
        self._tokens: dict[tuple[str, str], _Token] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._prepared: dict[tuple[int, int], tuple[ConfiguredProvider, RequestTemplate, PreparedRequest]] = {}

    async def call(
        self, entry: ConfiguredProvider, template: RequestTemplate, values: Mapping[str, str], seconds: float | None
    ) -> VendorResponse | NoResponse:
        """Make one call.

        Args:
            entry: The provider.
            template: The declared request.
            values: Inputs that the template may use.
            seconds: Time limit; None leaves it to the caller.

        Returns:
            The answer; a refused token is renewed once, as nothing is billed by a 401.
        """
        wanted = entry.spec.auth.token
        token = await self._token(entry, wanted) if wanted else None
        if isinstance(token, NoResponse):
            return token
        reply = await self._http.send(self._prepare(entry, template, token).fill(values), seconds)
        if wanted is None or isinstance(reply, NoResponse) or reply.status != HTTPStatus.UNAUTHORIZED:
            return reply
        fresh = await self._token(entry, wanted, refused=token)
        if isinstance(fresh, NoResponse):
            return fresh
        return await self._http.send(self._prepare(entry, template, fresh).fill(values), seconds)

    def _prepare(self, entry: ConfiguredProvider, template: RequestTemplate, token: str | None) -> PreparedRequest:
        """Prepare a template; declarations are constants, so it is kept, but for a token that will be another."""
        name = (id(entry), id(template))
        kept = self._prepared.get(name)
        if kept is not None and token is None:
            return kept[2]
        prepared = PreparedRequest(
            template,
            base_url=entry.base_url,
            auth=entry.spec.auth,
            headers=entry.spec.headers,
            credentials=entry.credentials | ({"token": token} if token else {}),
        )
        if token is None:
            # With what it was made of, whose ids nothing else has as long as it lives.
            self._prepared[name] = (entry, template, prepared)
        return prepared

    async def _token(
        self, entry: ConfiguredProvider, wanted: TokenExchange, refused: str | None = None
    ) -> str | NoResponse:
        """Return a token, another than the refused one."""
        name = (entry.spec.slug, entry.credential)
        async with self._locks.setdefault(name, asyncio.Lock()):
            kept = self._tokens.get(name)
            if kept and kept.text != refused and self._clock.monotonic() < kept.until:
                return kept.text
            self._tokens.pop(name, None)
            made = await self._exchange(entry, wanted)
            if isinstance(made, NoResponse):
                return made
            self._tokens[name] = made
            return made.text

    async def _exchange(self, entry: ConfiguredProvider, wanted: TokenExchange) -> _Token | NoResponse:
        prepared = PreparedRequest(
            wanted.request, base_url=entry.base_url, auth=Auth(), headers=entry.spec.headers, credentials={}
        )
        reply = await self._http.send(prepared.fill(entry.credentials), TOKEN_SECONDS)
        if isinstance(reply, NoResponse):
            return NoResponse(failed=reply.failed, unsent=reply.failed.trouble in _HARMLESS)
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            verdict = rule(reply, ())
            # A refused exchange is a refused key, whatever 4xx it comes as.
            verdict = Verdict.AUTH_ERROR if verdict is Verdict.BAD_REQUEST else verdict
            trouble = failed(verdict, reply, entry.spec.waits, self._clock.now())
            return NoResponse(failed=trouble, unsent=trouble.trouble in _HARMLESS, status=reply.status)
        text, lasts = look(reply, wanted.at), look(reply, wanted.lasts)
        if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
            broken = Failed(trouble=Trouble.MALFORMED, reason=REASONS[Verdict.MALFORMED])
            return NoResponse(failed=broken, status=reply.status)
        return _Token(text=text, until=self._clock.monotonic() + _life(lasts))


def _life(lasts: object) -> float:
    if isinstance(lasts, NoValue | bool) or not isinstance(lasts, int | float) or not isfinite(lasts):
        return SHORTEST_LIFE
    return max(SHORTEST_LIFE, lasts - MARGIN)
