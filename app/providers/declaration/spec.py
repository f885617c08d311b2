"""The words of a catalogue entry, which declares the facts of one vendor as data."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import msgspec

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.attempt import Prior
from app.domain.waterfall.policy import INPUTS
from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.auth import Auth, TokenExchange
from app.providers.declaration.finder import Finder, Route, charge, routes_of, usd
from app.providers.declaration.messages import Path, RequestTemplate, get, post
from app.providers.declaration.polling import FirstTask, Poll, SharedList
from app.providers.declaration.retry_after import RetryAfterHint, wait
from app.providers.declaration.values import Values
from app.providers.declaration.verdicts import VerdictRule, on

__all__ = [
    "INPUTS",
    "Auth",
    "Finder",
    "FirstTask",
    "Limit",
    "Mode",
    "Poll",
    "Prior",
    "SharedList",
    "Spec",
    "TokenExchange",
    "Values",
    "charge",
    "get",
    "on",
    "post",
    "usd",
    "wait",
]


class Spec(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A provider.

    Attributes:
        slug: Its name in settings and URLs.
        title: Its name for people.
        tier: T1 is asked first.
        base_url: Without a slash at the end; empty where the operator's settings give it (the sandbox).
        headers: Constant headers of every request.
        email: What finds an e-mail address; the preferred first.
        phone: What finds a phone number; the preferred first.
        verify: What judges an e-mail address.
        limits: Of all routes together.
        at_once: Calls that may be under way at the same time, of the routes that have no such number of their own.
        waits: Where an answer says when to call again, besides ``Retry-After``.
        balance: The free call that proves the key. What the first route's table says of keys, credits, throttling and
            faults counts here too, before `balance_verdicts`.
        pools: Names of the vendor's pools of credits, and paths to what is left of each.
        balance_verdicts: The verdict table of that call.
        refused_keys: Keys that the vendor documents as dummies.
        public_key: A published key of the sandbox's, used where none is set.
        closes_for: Seconds after which a provider whose key was refused, or that had no credits left, is tried again;
            0 never stops calls.
        timeout: Seconds of one HTTP exchange, where that is less than the time limit of the call.
    """

    slug: str
    title: str
    tier: Literal["T1", "T2", "T3"]
    base_url: str
    auth: Auth
    email: Finder | tuple[Finder, ...] = ()
    phone: Finder | tuple[Finder, ...] = ()
    verify: Finder | tuple[Finder, ...] = ()
    mode: Mode = Mode.LIVE
    headers: dict[str, str] = {}
    limits: tuple[Limit, ...] = ()
    at_once: int | None = None
    waits: tuple[RetryAfterHint, ...] = ()
    balance: RequestTemplate | None = None
    pools: dict[str, Path] = {}
    balance_verdicts: tuple[VerdictRule, ...] = (on(200, "answer", "", "object"),)
    refused_keys: frozenset[str] = frozenset()
    public_key: str | None = None
    closes_for: float = 3600.0
    timeout: float | None = None

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Every route: for each field, in the order of preference."""
        return tuple(self._routes())

    def _routes(self) -> Iterator[Route]:
        for field, finders in ((Field.EMAIL, self.email), (Field.PHONE, self.phone), (Field.VERIFY, self.verify)):
            yield from routes_of(field, (finders,) if isinstance(finders, Finder) else finders)
