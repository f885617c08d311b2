"""Lay out a cascade as a picture: a bar on a time axis for each call, with its outcome in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

import msgspec

from app.domain.runs.view import AttemptView
from app.domain.waterfall.attempt import Expectation, Outcome

# The units of the time axis.
WIDTH = 1000
# A call that took no time can be seen too.
LEAST = 4
_SHORTEST = timedelta(milliseconds=100)
_WORDS = {
    Outcome.HIT: ("found", "hit"),
    Outcome.MISS: ("does not know", "miss"),
    Outcome.REJECTED: ("not usable", "risky"),
    Outcome.ERROR: ("failed", "trouble"),
    Outcome.TIMEOUT: ("too slow", "trouble"),
    Outcome.RATE_LIMITED: ("at its limit", "trouble"),
    Outcome.SKIPPED: ("not asked", "miss"),
}
_ASKING = ("asking", "running")


class CallBar(msgspec.Struct, frozen=True, kw_only=True):
    """One call: its place on the axis, and its outcome in words.

    Attributes:
        kind: The look of the bar and of its badge.
        waited: The part before the call to the provider, as `left` and `width`; width 0 for none.
        asked: The part of the call itself.
        seconds: From its start to its end; None while it goes on.
        note: The reason, if there is one.
        expected: The reason of its place in the order; None where the order is fixed by the tiers alone.
    """

    provider: str
    tier: str
    field: str
    route: str
    words: str
    kind: str
    waited: tuple[float, float]
    asked: tuple[float, float]
    seconds: float | None
    usd: Decimal
    http_status: int | None
    note: str
    expected: Expectation | None = None


class NotAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Providers that were not called, for one reason.

    Attributes:
        would_cost: What an accepted value was expected to cost at each of them, in USD, where that is known.
    """

    reason: str
    providers: tuple[str, ...]
    would_cost: tuple[tuple[str, float], ...] = ()


class Cascade(msgspec.Struct, frozen=True, kw_only=True):
    """A cascade in time; `seconds` is the length of the axis, `usd` the charges of the vendors."""

    bars: tuple[CallBar, ...]
    not_asked: tuple[NotAsked, ...]
    seconds: float
    usd: Decimal


def lay_out(attempts: Sequence[AttemptView], now: datetime) -> Cascade:
    """Place the calls of a cascade on one axis; a call that goes on ends `now`."""
    called = [one for one in attempts if one.started_at]
    began = min((one.started_at for one in called if one.started_at), default=now)
    ended = max((one.ended_at or now for one in called), default=now)
    span = max(ended - began, _SHORTEST)
    skipped = [one for one in attempts if one.started_at is None]
    by_reason = groupby(sorted(skipped, key=_reason), key=_reason)
    return Cascade(
        bars=tuple(_bar(one, one.started_at, began, span, now) for one in called if one.started_at),
        not_asked=tuple(_not_asked(reason, list(group)) for reason, group in by_reason),
        seconds=span.total_seconds(),
        usd=sum((one.cost_usd for one in attempts), Decimal(0)),
    )


def _not_asked(reason: str, group: Sequence[AttemptView]) -> NotAsked:
    indexes = {one.provider: one.expected.index_usd for one in group if one.expected}
    return NotAsked(
        reason=reason,
        providers=tuple(dict.fromkeys(one.provider for one in group)),
        would_cost=tuple((name, index) for name, index in indexes.items() if index is not None),
    )


def _reason(attempt: AttemptView) -> str:
    return attempt.reason or "a verified hit came first"


def _bar(one: AttemptView, started: datetime, began: datetime, span: timedelta, now: datetime) -> CallBar:
    took = max((one.ended_at or now) - started, timedelta(0))
    # Before the first byte a call may have waited for its turn at a limit.
    asked = took if one.latency_ms is None else min(took, timedelta(milliseconds=one.latency_ms))
    left, whole, solid = (round(part / span * WIDTH, 1) for part in (started - began, took, asked))
    width = max(solid, LEAST)
    left = min(left, WIDTH - width)
    words, kind = _WORDS[one.outcome] if one.outcome else _ASKING
    return CallBar(
        provider=one.provider,
        tier=one.tier.value,
        field=one.field.value,
        route=one.route or "",
        words=words,
        kind=kind,
        waited=(left, round(max(whole - width, 0), 1)),
        asked=(min(round(left + max(whole - width, 0), 1), WIDTH - width), width),
        seconds=took.total_seconds() if one.outcome else None,
        usd=one.cost_usd,
        http_status=one.http_status,
        note=one.reason or "",
        expected=one.expected,
    )
