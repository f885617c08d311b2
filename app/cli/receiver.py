"""The receiver of `leadrun listen`: verifies each delivery, passes it on if wanted, and reports it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import msgspec

from app.clock import SystemClock
from app.domain.webhooks import signature_check
from app.domain.webhooks.signature_check import SignatureFault, SignatureInvalid

MAX_BODY = 1024 * 1024
# Longer than leadrun waits, so that a receiver which is too slow is recorded as too slow.
FORWARD_SECONDS = 30.0
# Headers of one connection (RFC 9110, section 7.6.1), and those that the next connection writes again.
_OF_ONE_CONNECTION = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade host content-length expect".split()
)

# The types of ASGI 3.0. A web framework has them too, but its import would slow down the command.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class ReceivedDelivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery that has arrived and been answered.

    Attributes:
        copy: How often its `webhook-id` has come, this time included.
        fault: None when the signature is valid.
        reason: Why it is not, as a sentence.
        age_seconds: From the event's own `timestamp` to the arrival; None without one.
        status: The status that was answered.
        forwarded: Whether the status is that of the receiver behind; None when there is none.
        note: Why the receiver behind did not answer.
        body: The JSON, or the text that is none.
    """

    at: datetime
    webhook_id: str | None
    event: str | None
    copy: int
    verified: bool
    fault: SignatureFault | None
    reason: str | None
    age_seconds: float | None
    status: int
    forwarded: bool | None
    note: str | None
    body: Any


class SigningKeys(msgspec.Struct, kw_only=True):
    """The keys to verify with.

    Attributes:
        known: Those that are known.
        renew: Reads them again, when none of them fits.
        doubt: What it means that none fits, for people.
    """

    known: Sequence[bytes]
    renew: Callable[[], Awaitable[Sequence[bytes]]] | None = None
    doubt: str


class DevelopmentReceiver:
    """An ASGI application: every POST, to any path, is a delivery."""

    def __init__(
        self,
        keys: SigningKeys,
        report: Callable[[ReceivedDelivery], None],
        *,
        client: httpx.AsyncClient,
        forward_to: str | None = None,
        status: int | None = None,
    ) -> None:
        """Prepare.

        Args:
            keys: To verify with.
            report: Called once for each delivery, when its answer is known.
            client: Forwards.
            forward_to: URL to which each delivery is passed on, whether it is valid or not.
            status: Answered to every delivery; unless given, 204 to a valid one and 401 to any other.
        """
        self._keys, self._report, self._client = keys, report, client
        self._forward_to, self._status = forward_to, status
        self._clock = SystemClock()
        self._copies: Counter[str] = Counter()
        self._renewing = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST":
            await _answer(send, 405, [(b"allow", b"POST")], b"events come by POST\n")
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, 413, [], b"no event is that large\n")
            return
        at, headers = self._clock.now(), list(scope["headers"])
        by_name = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        invalid = await self._verify(by_name, body, at)
        note, passed, content = None, list[tuple[bytes, bytes]](), b""
        if self._forward_to:
            status, passed, content, note = await self._forward(self._forward_to, headers, body)
        else:
            status = self._status or (401 if invalid else 204)
        delivery = _described(by_name, body, at)
        name = by_name.get(signature_check.ID)
        self._copies[name or ""] += 1
        self._report(
            ReceivedDelivery(
                **delivery,
                copy=self._copies[name] if name else 1,
                verified=invalid is None,
                fault=invalid.fault if invalid else None,
                reason=invalid.reason if invalid else None,
                status=status,
                forwarded=note is None if self._forward_to else None,
                note=note,
            )
        )
        await _answer(send, status, passed, content)

    async def _verify(self, headers: dict[str, str], body: bytes, at: datetime) -> SignatureInvalid | None:
        """Return the fault of a signature; keys that were made since the last look are read first."""
        tried = self._keys.known
        check = signature_check.verify(headers, body, tried, now=at)
        if isinstance(check, SignatureInvalid) and check.fault is SignatureFault.NO_MATCH:
            async with self._renewing:
                if self._keys.renew and self._keys.known is tried:
                    self._keys.known = await self._keys.renew()
            check = signature_check.verify(headers, body, self._keys.known, now=at)
        if not isinstance(check, SignatureInvalid):
            return None
        doubted = check.fault is SignatureFault.NO_MATCH
        return msgspec.structs.replace(check, reason=f"{check.reason}; {self._keys.doubt}") if doubted else check

    async def _forward(self, url: str, headers: Headers, body: bytes) -> tuple[int, Headers, bytes, str | None]:
        request = httpx.Request("POST", url, headers=_passed_on(headers), content=body)
        try:
            async with asyncio.timeout(FORWARD_SECONDS):
                response = await self._client.send(request, stream=True)
                try:
                    content = b"".join([chunk async for chunk in response.aiter_raw()])
                finally:
                    await response.aclose()
        except TimeoutError:
            status, note = 504, f"{url} did not answer within {FORWARD_SECONDS:g} seconds"
        except httpx.HTTPError as error:
            status, note = 502, f"{url} cannot be reached: {str(error) or type(error).__name__}"
        else:
            return response.status_code, _passed_on(response.headers.raw), content, None
        return status, [], f"{note}\n".encode(), note


def _passed_on(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in _OF_ONE_CONNECTION]


def _described(headers: dict[str, str], body: bytes, at: datetime) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        content = body.decode("utf-8", "replace")
    members = content if isinstance(content, dict) else {}
    try:
        age = round((at - msgspec.convert(members.get("timestamp"), datetime)).total_seconds(), 3)
    except (msgspec.ValidationError, TypeError):  # the latter without a zone
        age = None
    event = members.get("type") or headers.get("x-leadmodule-event")
    return {
        "at": at,
        "webhook_id": headers.get(signature_check.ID),
        "event": event if isinstance(event, str) else None,
        "age_seconds": age,
        "body": content,
    }


async def _read(receive: Receive) -> bytes | None:
    """Read the body; None when it is too large, or breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request" or len(body) + len(message["body"]) > MAX_BODY:
            return None
        body += message["body"]
        if not message["more_body"]:
            return bytes(body)


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    if status not in {204, 304}:  # RFC 9110, section 8.6
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
