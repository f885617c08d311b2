"""Caps: how much may be spent in a day or a month (UTC), by an account, at a provider, or in all."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

# Stands for all accounts together, and for all providers.
EVERYBODY = UUID(int=0)
ALL_PROVIDERS = ""
MOST = Decimal(10_000_000)
_DECEMBER = 12


class CapPeriod(StrEnum):
    """The time that a cap is for."""

    DAY = "day"
    MONTH = "month"


class CapUnit(StrEnum):
    """USD that providers charge, or credits that the account is charged."""

    USD = "usd"
    CREDITS = "credits"


class CapSetter(StrEnum):
    """By whom a cap was set: none can lift that of another, and all of them hold."""

    OPERATOR = "operator"
    ACCOUNT = "account"


class CapKey(NamedTuple):
    """Identifies a cap."""

    account_id: UUID
    provider: str
    period: CapPeriod
    unit: CapUnit
    set_by: CapSetter


class SpendCap(msgspec.Struct, frozen=True, kw_only=True):
    """A cap with what counts against it.

    Attributes:
        account_id: Whose; `EVERYBODY` for all accounts together.
        provider: At which; empty for all.
        used: Spent and reserved since `period_start`.
    """

    account_id: UUID
    provider: str
    period: CapPeriod
    unit: CapUnit
    set_by: CapSetter
    amount: Decimal
    used: Decimal
    period_start: datetime

    @property
    def key(self) -> CapKey:
        """Its key."""
        return CapKey(self.account_id, self.provider, self.period, self.unit, self.set_by)

    def used_at(self, now: datetime) -> Decimal:
        """Return what counts against it now: nothing yet in a new period."""
        return self.used if self.period_start >= start_of(self.period, now) else Decimal(0)

    def covers(self, account_id: UUID, provider: str) -> bool:
        """Return whether a call of a provider for an account counts against it."""
        return self.account_id in {EVERYBODY, account_id} and self.provider in {ALL_PROVIDERS, provider}

    def refuses(self, more: Decimal, now: datetime) -> bool:
        """Return whether spending this much more would pass it."""
        return self.used_at(now) + more > self.amount

    def sentence(self, now: datetime) -> str:
        """Return the sentence that it is reached, and when it opens again."""
        unit = "USD" if self.unit is CapUnit.USD else "credits"
        of = "" if self.account_id == EVERYBODY else " of the account"
        at = f" at {self.provider}" if self.provider else ""
        opens = f"{end_of(self.period, now):%Y-%m-%dT%H:%MZ}"
        return f"the cap{of} of {self.amount.normalize():f} {unit} a {self.period.value}{at} is reached until {opens}"


def start_of(period: CapPeriod, at: datetime) -> datetime:
    """Return the beginning of the day or month (UTC) of a time."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period is CapPeriod.DAY else midnight.replace(day=1)


def end_of(period: CapPeriod, at: datetime) -> datetime:
    """Return the beginning of the next day or month (UTC)."""
    start = start_of(period, at)
    if period is CapPeriod.DAY:
        return datetime.fromordinal(start.toordinal() + 1).replace(tzinfo=UTC)
    year, month = (start.year + 1, 1) if start.month == _DECEMBER else (start.year, start.month + 1)
    return start.replace(year=year, month=month)


def reached(caps: Iterable[SpendCap], account_id: UUID, provider: str, more: Decimal, now: datetime) -> SpendCap | None:
    """Return the first cap that spending this much more would pass, if any."""
    return next((cap for cap in caps if cap.covers(account_id, provider) and cap.refuses(more, now)), None)


def counted(caps: Sequence[SpendCap], account_id: UUID, provider: str, more: Decimal, at: datetime) -> list[SpendCap]:
    """Return caps with an amount that was spent at a time; what was spent in a period that is over changes nothing."""
    changed = []
    for cap in caps:
        start = start_of(cap.period, at)
        if cap.covers(account_id, provider) and start >= cap.period_start:
            used = cap.used if start == cap.period_start else Decimal(0)
            changed.append(msgspec.structs.replace(cap, used=max(Decimal(0), used + more), period_start=start))
        else:
            changed.append(cap)
    return changed
