"""Makes one call with the provider's credentials in it, exchanged for a token first where the provider wants that."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Protocol

import httpx
import msgspec

from app.domain.waterfall.answer import Failed, Trouble
from app.providers.client.http_exchange import NoResponse, send
from app.providers.client.interpret import REASONS, failed, rule
from app.providers.client.request import build
from app.providers.declaration.response import NoValue, VendorResponse, look
from app.providers.declaration.spec import Auth, RequestTemplate, Verdict
from app.providers.setup.configured_provider import ConfiguredProvider

MARGIN = 60.0  # a token is renewed so many seconds before its end
SHORTEST_LIFE = 60.0
TOKEN_SECONDS = 15.0
# Before the look-up itself was sent, so that trying again cannot be billed.
_HARMLESS = frozenset({Trouble.CONNECTION, Trouble.SERVER_ERROR})


class CallerClock(Protocol):
    """The time, as far as asking needs it."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token and the end of its use, in seconds of the clock."""

    text: str
    until: float

    def __repr__(self) -> str:
        return "_Token(***)"


class Caller:
    """Makes calls; keeps the tokens of its process in memory only."""

    def __init__(self, http: httpx.AsyncClient, clock: CallerClock) -> None:
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
            template: What to send.
            values: What the template may use.
            seconds: That it may take; None leaves it to the caller's own time limit.

        Returns:
            The answer; a token that was refused in the middle is renewed once, as nothing is billed by a 401.
        """
        token = await self._token(entry)
        if isinstance(token, NoResponse):
            return token
        reply = await self._send(entry, template, values, token, seconds)
        if token is None or isinstance(reply, NoResponse) or reply.status != httpx.codes.UNAUTHORIZED:
            return reply
        fresh = await self._token(entry, refused=token)
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

    async def _token(self, entry: ConfiguredProvider, refused: str | None = None) -> str | NoResponse | None:
        """Return a token to use, another than the refused one; None where the provider has no such thing."""
        if entry.spec.auth.token is None:
            return None
        name = (entry.spec.slug, entry.credential)
        async with self._locks.setdefault(name, asyncio.Lock()):
            kept = self._tokens.get(name)
            if kept and kept.text != refused and self._clock.monotonic() < kept.until:
                return kept.text
            self._tokens.pop(name, None)
            made = await self._exchange(entry)
            if isinstance(made, NoResponse):
                return made
            self._tokens[name] = made
            return made.text

    async def _exchange(self, entry: ConfiguredProvider) -> _Token | NoResponse:
        wanted = entry.spec.auth.token
        if wanted is None:
            raise LookupError(entry.spec.slug)
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
