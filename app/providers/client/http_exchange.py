"""HTTP exchanges with vendors: one client, one call with the credentials in it, and resends that are never paid twice.

Nothing that a vendor does raises.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import isfinite

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, wait_exponential

from app.clock import Clock
from app.domain.waterfall.answer import Failed, Trouble
from app.providers.client.interpret import REASONS, SERVER_FAULT, failed, rule
from app.providers.client.request import build
from app.providers.declaration.auth import Auth, TokenExchange
from app.providers.declaration.messages import (
    MAX_BODY,
    NoValue,
    RequestTemplate,
    VendorResponse,
    is_foreign,
    look,
    read_response,
)
from app.providers.declaration.verdicts import Verdict, VerdictRule
from app.providers.setup.configured_provider import ConfiguredProvider

KEEP_ALIVE = 30.0
MOST_SENT = 3
CONNECT_SECONDS = 5.0
NO_LIMIT = httpx.Timeout(None, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
MARGIN = 60.0  # a token is renewed so many seconds before its end
SHORTEST_LIFE = 60.0
TOKEN_SECONDS = 15.0
_GZIP = zlib.MAX_WBITS | 16  # the format with a gzip header
# Before the look-up itself was sent, so that trying again cannot be billed.
_HARMLESS = frozenset({Trouble.CONNECTION, Trouble.SERVER_ERROR})
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_BROKEN = (
    aiohttp.ClientResponseError,
    aiohttp.ClientPayloadError,
    httpx.DecodingError,
    httpx.RemoteProtocolError,
)
_FAULTS = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)


def open_http() -> httpx.AsyncClient:
    """Make the process's client: aiohttp's engine, no limit on connections, no cookies, no redirects."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE)
        made = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # By itself aiohttp sends a GET again when the connection breaks, and has no public switch for that. A GET may
        # be billed like any other request, so only `send_safely` decides on resends. pyproject.toml bounds aiohttp's
        # version, because the attribute is private; tests/providers/test_exchange.py proves that it still works.
        made._retry_connection = False  # noqa: SLF001 - see above
        return made

    return httpx.AsyncClient(transport=AiohttpTransport(client=session), follow_redirects=False, trust_env=False)


class NoResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer.

    Attributes:
        unsent: It is proven that the vendor got nothing, so that sending again cannot be billed twice.
        status: Of an answer that came before the request could be sent: that of the token exchange.
    """

    failed: Failed
    unsent: bool = False
    status: int | None = None


async def send(http: httpx.AsyncClient, request: httpx.Request, seconds: float | None) -> VendorResponse | NoResponse:
    """Make one exchange.

    Args:
        http: The process's client.
        request: The request.
        seconds: Time limit; None leaves it to the caller.
    """
    request.extensions["timeout"] = NO_LIMIT.as_dict()
    try:
        async with asyncio.timeout(seconds):
            response = await http.send(request, stream=True)
            try:
                content, whole = await _read(response)
            finally:
                await response.aclose()
    except TimeoutError:
        return NoResponse(failed=Failed(trouble=Trouble.TIMEOUT, reason="the provider did not answer in time"))
    except _FAULTS as error:
        return _lost(error)
    return read_response(response.status_code, response.headers, content, whole=whole)


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_BODY:
            return bytes(content[:MAX_BODY]), False
    if response.headers.get("content-encoding", "").strip().lower() != "x-gzip":
        return bytes(content), True
    # The same as gzip (RFC 9110, 8.4.1.3), which httpx does not know by this name.
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(bytes(content), MAX_BODY)
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
    return unpacked, unpacking.eof


def _lost(error: Exception) -> NoResponse:
    """Classify an error; its own text is dropped, as it may hold the URL with a key in it.

    httpx-aiohttp gives a connection that broke in the middle the same class as one that never came about, so the cause
    decides: only a connector's error proves that nothing was sent.
    """
    chain = [error, error.__cause__] if error.__cause__ else [error]
    if any(isinstance(e, _UNSENT) for e in chain):
        return NoResponse(
            failed=Failed(trouble=Trouble.CONNECTION, reason="the provider cannot be reached"), unsent=True
        )
    if any(isinstance(e, _BROKEN) for e in chain):
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

    def again(state: RetryCallState) -> bool:
        outcome = state.outcome.result() if state.outcome else None
        if isinstance(outcome, NoResponse):
            broken = outcome.failed.trouble in {Trouble.CONNECTION, Trouble.MALFORMED}
            return outcome.unsent or (repeatable and broken)
        if not isinstance(outcome, VendorResponse) or rule(outcome, table) is not Verdict.SERVER_ERROR:
            return False
        if is_foreign(outcome) and outcome.status < SERVER_FAULT:
            return False  # a proxy's refusal does not pass within a second
        return state.attempt_number <= allowed

    def last(state: RetryCallState) -> VendorResponse | NoResponse:
        outcome: VendorResponse | NoResponse = state.outcome.result() if state.outcome else _lost(OSError())
        return outcome

    retrying = AsyncRetrying(
        stop=stop_after_attempt(MOST_SENT),
        wait=wait_exponential(multiplier=backoff, max=max(2.0, 2 * backoff)),
        retry=again,
        sleep=sleep,
        retry_error_callback=last,
    )
    answer: VendorResponse | NoResponse = await retrying(once)
    return answer


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token and the end of its use, in seconds of the clock."""

    text: str
    until: float

    def __repr__(self) -> str:
        return "_Token(***)"


class Caller:
    """Makes calls; keeps the tokens of its process in memory only."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock) -> None:
        """Start without tokens."""
        self._http = http
        self._clock = clock
        self._tokens: dict[tuple[str, str], _Token] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

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
        reply = await self._send(entry, template, values, token, seconds)
        if wanted is None or isinstance(reply, NoResponse) or reply.status != httpx.codes.UNAUTHORIZED:
            return reply
        fresh = await self._token(entry, wanted, refused=token)
        return fresh if isinstance(fresh, NoResponse) else await self._send(entry, template, values, fresh, seconds)

    async def _send(
        self,
        entry: ConfiguredProvider,
        template: RequestTemplate,
        values: Mapping[str, str],
        token: str | None,
        seconds: float | None,
    ) -> VendorResponse | NoResponse:
        request = build(
            template,
            base_url=entry.base_url,
            auth=entry.spec.auth,
            headers=entry.spec.headers,
            values=values,
            credentials=entry.credentials | ({"token": token} if token else {}),
        )
        return await send(self._http, request, seconds)

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
        request = build(
            wanted.request,
            base_url=entry.base_url,
            auth=Auth(),
            headers=entry.spec.headers,
            values=entry.credentials,
            credentials={},
        )
        reply = await send(self._http, request, TOKEN_SECONDS)
        if isinstance(reply, NoResponse):
            return NoResponse(failed=reply.failed, unsent=reply.failed.trouble in _HARMLESS)
        if not httpx.codes.is_success(reply.status):
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
