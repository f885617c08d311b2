"""The receiver behind `leadrun listen`: takes each delivery, verifies it, passes it on if asked, and tells about it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import httpx
import msgspec

from app.clock import SystemClock
from app.domain.webhooks import signature_check
from app.domain.webhooks.signature_check import SignatureCheck, SignatureFault, SignatureInvalid, SignatureValid

MAX_BODY = 1024 * 1024
# Longer than leadrun waits, so that a receiver which is too slow is recorded as too slow.
FORWARD_SECONDS = 30.0
REMEMBERED = 10_000

# RFC 9110, section 7.6.1, and what the next connection writes anew.
_OF_ONE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te"}
    | {b"trailer", b"transfer-encoding", b"upgrade", b"host", b"content-length", b"expect"}
)
_WITHOUT_BODY = frozenset({204, 304})

# What ASGI 3.0 hands over. A web framework has these types too, but its import would slow down every command.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Keyring(Protocol):
    """The signing keys to verify with."""

    @property
    def origin(self) -> str:
        """Say where they are from."""
        ...

    async def keys(self) -> Sequence[bytes]:
        """Return those that are known."""
        ...

    async def renewed(self) -> Sequence[bytes]:
        """Look for newer ones; returns all that are known then."""
        ...

    def explain(self, proven: int) -> str:
        """Say what it means when none of them fits.

        Args:
            proven: How many deliveries they have proven until now.
        """
        ...


class ReceivedDelivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery that has arrived and been answered.

    Attributes:
        copy: How often its `webhook-id` has come, this time included.
        fault: None when the signature is valid.
        reason: Why it is not, as a sentence.
        age_seconds: From the event's own `timestamp` to the arrival; None when it tells none.
        forwarded: Whether the status is that of the receiver behind; None when there is none.
        note: What went wrong while forwarding.
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


class ReceiverResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender is answered; `note` says what went wrong on the way."""

    status: int
    headers: Headers = []
    body: bytes = b""
    note: str | None = None


class DevelopmentReceiver:
    """An ASGI application: every POST, to any path, is a delivery."""

    def __init__(
        self,
        keyring: Keyring,
        tell: Callable[[ReceivedDelivery], None],
        *,
        forward_to: str | None = None,
        client: httpx.AsyncClient,
        status: int | None = None,
    ) -> None:
        """Prepare.

        Args:
            keyring: To verify with.
            tell: Called once a delivery, when it has been answered.
            forward_to: Where each delivery is passed on to, whether it is valid or not.
            client: For that.
            status: Answered to every delivery; unless given, 204 to a valid one and 401 to any other.
        """
        self._keyring, self._tell = keyring, tell
        self._forward_to, self._client, self._status = forward_to, client, status
        self._clock = SystemClock()
        self._copies: OrderedDict[str, int] = OrderedDict()
        self._proven = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _answer(
                send, ReceiverResponse(status=405, headers=[(b"allow", b"POST")], body=b"events come by POST\n")
            )
            return
        body = await _read(receive)
        if body is None:
            await _answer(send, ReceiverResponse(status=413, body=b"no event is that large\n"))
            return
        headers: Headers = list(scope["headers"])
        at = self._clock.now()
        by_name = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        verdict = await self._verify(by_name, body, at)
        answer = await self._decide(headers, body, verdict)
        self._tell(self._heard(by_name, body, at, verdict, answer))
        await _answer(send, answer)

    async def _verify(self, headers: dict[str, str], body: bytes, at: datetime) -> SignatureCheck:
        verdict = signature_check.verify(headers, body, await self._keyring.keys(), now=at)
        if isinstance(verdict, SignatureInvalid) and verdict.fault is SignatureFault.NO_MATCH:
            verdict = signature_check.verify(headers, body, await self._keyring.renewed(), now=at)
        if isinstance(verdict, SignatureInvalid) and verdict.fault is SignatureFault.NO_MATCH:
            reason = f"{verdict.reason}; {self._keyring.explain(self._proven)}"
            return msgspec.structs.replace(verdict, reason=reason)
        self._proven += isinstance(verdict, SignatureValid)
        return verdict

    async def _decide(self, headers: Headers, body: bytes, verdict: SignatureCheck) -> ReceiverResponse:
        if self._forward_to:
            return await self._forward(self._forward_to, headers, body)
        return ReceiverResponse(status=self._status or (204 if isinstance(verdict, SignatureValid) else 401))

    async def _forward(self, url: str, headers: Headers, body: bytes) -> ReceiverResponse:
        request = httpx.Request("POST", url, headers=_passed_on(headers), content=body)
        try:
            async with asyncio.timeout(FORWARD_SECONDS):
                response = await self._client.send(request, stream=True)
                try:
                    content = b"".join([chunk async for chunk in response.aiter_raw()])
                finally:
                    await response.aclose()
        except TimeoutError:
            note = f"{url} did not answer within {FORWARD_SECONDS:g} seconds"
            return ReceiverResponse(status=504, body=f"{note}\n".encode(), note=note)
        except httpx.HTTPError as error:
            note = f"{url} cannot be reached: {str(error) or type(error).__name__}"
            return ReceiverResponse(status=502, body=f"{note}\n".encode(), note=note)
        return ReceiverResponse(status=response.status_code, headers=_passed_on(response.headers.raw), body=content)

    def _heard(
        self, headers: dict[str, str], body: bytes, at: datetime, verdict: SignatureCheck, answer: ReceiverResponse
    ) -> ReceivedDelivery:
        content = _content(body)
        members = content if isinstance(content, dict) else {}
        event = members.get("type") or headers.get("x-leadmodule-event")
        faulty = verdict if isinstance(verdict, SignatureInvalid) else None
        return ReceivedDelivery(
            at=at,
            webhook_id=headers.get(signature_check.ID),
            event=event if isinstance(event, str) else None,
            copy=self._count(headers.get(signature_check.ID)),
            verified=faulty is None,
            fault=faulty.fault if faulty else None,
            reason=faulty.reason if faulty else None,
            age_seconds=_age(members.get("timestamp"), at),
            status=answer.status,
            forwarded=answer.note is None if self._forward_to else None,
            note=answer.note,
            body=content,
        )

    def _count(self, name: str | None) -> int:
        if name is None:
            return 1
        count = self._copies.pop(name, 0) + 1
        self._copies[name] = count
        if len(self._copies) > REMEMBERED:
            self._copies.popitem(last=False)
        return count


def _passed_on(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in _OF_ONE_CONNECTION]


def _content(body: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")


def _age(timestamp: object, at: datetime) -> float | None:
    try:
        return round((at - msgspec.convert(timestamp, datetime)).total_seconds(), 3)
    except (msgspec.ValidationError, TypeError):  # the latter when it tells no zone
        return None


async def _read(receive: Receive) -> bytes | None:
    """Read the body; None when it is too large, or breaks off, and then nobody reads the answer."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > MAX_BODY:
            return None
        if not message["more_body"]:
            return bytes(body)


async def _answer(send: Send, answer: ReceiverResponse) -> None:
    headers = list(answer.headers)
    if answer.status not in _WITHOUT_BODY:  # RFC 9110, section 8.6
        headers.append((b"content-length", b"%d" % len(answer.body)))
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": headers}
    end: Message = {"type": "http.response.body", "body": answer.body, "more_body": False}
    await send(start)
    await send(end)
