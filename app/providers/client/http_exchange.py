"""One HTTP exchange with a vendor: sends, reads at most 1 MiB, resends only what is safe, and never raises."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import httpx
import msgspec
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, wait_exponential

from app.domain.waterfall.answer import Failed, Trouble
from app.providers.client.interpret import rule
from app.providers.declaration.response import MAX_BODY, VendorResponse, read_response
from app.providers.declaration.spec import Verdict, VerdictRule

MOST_SENT = 3
CONNECT_SECONDS = 5.0
NO_LIMIT = httpx.Timeout(None, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_BROKEN = (
    aiohttp.ClientResponseError,
    aiohttp.ClientPayloadError,
    httpx.DecodingError,
    httpx.RemoteProtocolError,
)
_FAULTS = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)


class NoResponse(msgspec.Struct, frozen=True, kw_only=True):
    """There is no answer.

    Attributes:
        unsent: It is proven that the vendor got nothing, so that sending again cannot be billed twice.
        status: Of an answer that came before the question could be asked.
    """

    failed: Failed
    unsent: bool = False
    status: int | None = None


async def send(http: httpx.AsyncClient, request: httpx.Request, seconds: float | None) -> VendorResponse | NoResponse:
    """Make one exchange.

    Args:
        http: The process's client.
        request: What to send.
        seconds: That it may take; None leaves it to the caller's own time limit.
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
    return bytes(content), True


def _lost(error: Exception) -> NoResponse:
    """Classify; the error's own text may hold the address with a key in it, so only its kind is told.

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
        table: Of verdicts, which tells a server's fault from other answers.
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
