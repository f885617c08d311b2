"""Caps: what counts against them, in which period, and what they say when they are reached."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from app.domain.accounts.spend_cap import (
    EVERYBODY,
    CapKey,
    CapPeriod,
    CapSetter,
    CapUnit,
    SpendCap,
    counted,
    end_of,
    reached,
    start_of,
)

ACME, OTHER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
DAY = SpendCap(
    account_id=ACME,
    provider="",
    period=CapPeriod.DAY,
    unit=CapUnit.USD,
    set_by=CapSetter.OPERATOR,
    amount=Decimal("1.00"),
    used=Decimal("0.90"),
    period_start=start_of(CapPeriod.DAY, NOW),
)


@pytest.mark.parametrize(
    ("period", "at", "start", "end"),
    [
        (CapPeriod.DAY, NOW, "2026-11-21", "2026-11-22"),
        (CapPeriod.MONTH, NOW, "2026-11-01", "2026-12-01"),
        (CapPeriod.MONTH, datetime(2026, 12, 31, 23, tzinfo=UTC), "2026-12-01", "2027-01-01"),
        (CapPeriod.DAY, datetime.fromisoformat("2026-11-22T00:30:00+02:00"), "2026-11-21", "2026-11-22"),
    ],
)
def test_a_period_is_a_day_or_a_month_of_utc(period: CapPeriod, at: datetime, start: str, end: str) -> None:
    assert (start_of(period, at), end_of(period, at)) == (
        datetime.fromisoformat(start).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
    )


def test_a_cap_is_reached_by_what_would_pass_it_and_not_by_what_fills_it() -> None:
    assert reached([DAY], ACME, "hunter", Decimal("0.10"), NOW) is None
    assert reached([DAY], ACME, "hunter", Decimal("0.100001"), NOW) is DAY
    assert reached([DAY], OTHER, "hunter", Decimal(5), NOW) is None
    assert reached([DAY], ACME, "hunter", Decimal("0.2"), NOW + timedelta(hours=1)) is None


def test_a_cap_of_a_provider_or_of_all_accounts_covers_these_alone() -> None:
    hunter = msgspec.structs.replace(DAY, provider="hunter")
    everybody = msgspec.structs.replace(DAY, account_id=EVERYBODY)
    assert reached([hunter], ACME, "prospeo", Decimal(5), NOW) is None
    assert reached([hunter], ACME, "hunter", Decimal(5), NOW) is hunter
    assert reached([everybody], OTHER, "prospeo", Decimal(5), NOW) is everybody


def test_what_is_spent_counts_in_its_period_alone() -> None:
    [more] = counted([DAY], ACME, "hunter", Decimal("0.05"), NOW)
    assert more.used == Decimal("0.95")
    [less] = counted([more], ACME, "hunter", Decimal(-2), NOW)
    assert less.used == 0
    tomorrow = NOW + timedelta(hours=1)
    [fresh] = counted([DAY], ACME, "hunter", Decimal("0.3"), tomorrow)
    assert (fresh.used, fresh.period_start) == (Decimal("0.3"), start_of(CapPeriod.DAY, tomorrow))
    assert counted([fresh], ACME, "hunter", Decimal(9), NOW) == [fresh]
    assert counted([DAY], OTHER, "hunter", Decimal(9), NOW) == [DAY]


@pytest.mark.parametrize(
    ("cap", "sentence"),
    [
        (DAY, "the cap of the account of 1 USD a day is reached until 2026-11-22T00:00Z"),
        (
            msgspec.structs.replace(DAY, account_id=EVERYBODY, provider="hunter", period=CapPeriod.MONTH),
            "the cap of 1 USD a month at hunter is reached until 2026-12-01T00:00Z",
        ),
        (
            msgspec.structs.replace(DAY, unit=CapUnit.CREDITS, amount=Decimal(100)),
            "the cap of the account of 100 credits a day is reached until 2026-11-22T00:00Z",
        ),
    ],
)
def test_a_cap_says_until_when_it_is_reached(cap: SpendCap, sentence: str) -> None:
    assert cap.sentence(NOW) == sentence


def test_a_cap_is_known_by_whom_what_and_how_long_it_bounds_and_by_who_set_it() -> None:
    assert DAY.key == CapKey(ACME, "", CapPeriod.DAY, CapUnit.USD, CapSetter.OPERATOR)
