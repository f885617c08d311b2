"""Proof (f): caps hold to the cent under many look-ups at once, by the bills of the vendors themselves."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random  # noqa: TID251 - seeds are fixed
from typing import Any
from uuid import UUID

from app.domain.accounts.spend_cap import ALL_PROVIDERS, EVERYBODY, CapKey, CapPeriod, CapSetter, CapUnit, SpendCap
from app.domain.contacts.contact import Contact
from app.settings.provider_settings import ProviderSettings
from app.settings.settings import Settings
from app.usecases.accounts.manage_caps import ManageCaps
from bench.lookups import bureau

ACCOUNTS = 4
HIT = 0.4
# Call and success in USD; the second is asked where the first has missed.
PRICES = {"hunter": (Decimal("0.02"), Decimal("0.01")), "datagma": (Decimal("0.007"), Decimal("0.013"))}
# Caps in USD for each run: about half of what is spent without them.
SHARES = {
    (None, ALL_PROVIDERS, CapPeriod.MONTH): Decimal("0.0213"),
    (None, "hunter", CapPeriod.DAY): Decimal("0.0157"),
    (0, ALL_PROVIDERS, CapPeriod.DAY): Decimal("0.0041"),
    (1, "hunter", CapPeriod.DAY): Decimal("0.0029"),
    (2, "datagma", CapPeriod.MONTH): Decimal("0.0011"),
    (3, ALL_PROVIDERS, CapPeriod.MONTH): Decimal("0.0063"),
}


@dataclass(frozen=True, kw_only=True)
class CapHeld:
    """One cap; `billed` is what the vendors it covers have charged, `most` the largest charge of a call, in USD."""

    cap: SpendCap
    billed: Decimal
    most: Decimal

    @property
    def full(self) -> bool:
        """Whether no further call had room."""
        return self.cap.amount - self.cap.used < self.most


@dataclass(frozen=True, kw_only=True)
class CapsHeld:
    """All caps after all runs."""

    caps: list[CapHeld]
    runs: int
    calls: int
    refused: int
    seconds: float

    @property
    def passed(self) -> int:
        """The number of caps that were passed, be it by the smallest amount."""
        return sum(max(one.billed, one.cap.used) > one.cap.amount for one in self.caps)

    @property
    def short(self) -> int:
        """The number of caps that count less than the vendors have billed; more is what calls without answer hold."""
        return sum(one.cap.used < one.billed for one in self.caps)

    def __str__(self) -> str:
        """Show it in a line."""
        full, room = sum(one.full for one in self.caps), min(one.cap.amount - one.billed for one in self.caps)
        return (
            f"{self.passed} of {len(self.caps)} caps passed by a cent or less, {self.short} counted less than was "
            f"billed; {full} were filled, the nearest to {room} USD. {self.calls} calls, {self.refused} of "
            f"{self.runs} runs without an answer at the end, {self.seconds:.0f} s"
        )


class BillingVendor:
    """A vendor that keeps the bills of the accounts; the domain of a contact names the account."""

    def __init__(self, slug: str, chance: Random) -> None:
        """Begin with nothing billed."""
        self.bills = [Decimal(0)] * ACCOUNTS
        self.calls = 0
        self._slug, self._chance = slug, chance

    def __call__(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer, and bill."""
        domain = next(value for value in query.values() if value.endswith(".example"))
        hit, (call, success) = self._chance.random() < HIT, PRICES[self._slug]
        self.calls += 1
        self.bills[int(domain.partition("-")[0])] += call + success * hit
        address = f"jane.smith@{domain}" if hit else None
        if self._slug == "hunter":
            return {"data": {"email": address, "score": 97 if hit else None, "verification": {"status": "valid"}}}
        return {"email": address, "status": "valid"} if hit else {"email": None, "phone": {"mobiles": []}}


async def under_caps(settings: Settings, runs: int, *, seed: int = 6) -> CapsHeld:
    """Look contacts of four accounts up, as many at once as the workers take, under six caps.

    Args:
        settings: Name databases that are migrated and empty.
        runs: How many; the caps grow with it.
        seed: Of the vendors' answers.
    """
    chance = Random(seed)  # noqa: S311 - no secret
    vendors = {slug: BillingVendor(slug, chance) for slug in PRICES}
    charged = {slug: ProviderSettings(price_call=call, price_success=more) for slug, (call, more) in PRICES.items()}
    played = {slug: (vendor, charged[slug]) for slug, vendor in vendors.items()}
    async with bureau(settings, played, accounts=ACCOUNTS) as open_bureau:
        caps = ManageCaps(open_bureau.services)
        for (account, provider, period), share in SHARES.items():
            whose = EVERYBODY if account is None else open_bureau.accounts[account].account_id
            # An odd tenth of a cent, so that no number of calls fills a cap by chance.
            amount = (share * runs).quantize(Decimal("0.01")) + Decimal("0.0003")
            await caps.set(CapKey(whose, provider, period, CapUnit.USD, CapSetter.OPERATOR), amount)
        people = [
            (
                open_bureau.accounts[number % ACCOUNTS],
                Contact(first_name="Jane", last_name="Smith", company_domain=f"{number % ACCOUNTS}-{number}.example"),
            )
            for number in range(runs)
        ]
        begun = time.perf_counter()
        ended = await open_bureau.look_up(people)
        seconds = time.perf_counter() - begun
        ids = [account.account_id for account in open_bureau.accounts]
        held = [_held(cap, vendors, ids) for _, cap in await caps.every()]
    return CapsHeld(
        caps=held,
        runs=len(ended),
        calls=sum(vendor.calls for vendor in vendors.values()),
        refused=sum(run.error is not None for run in ended),
        seconds=seconds,
    )


def _held(cap: SpendCap, vendors: Mapping[str, BillingVendor], accounts: list[UUID]) -> CapHeld:
    covered = [
        (slug, vendors[slug].bills[number])
        for slug, (number, account) in itertools.product(vendors, enumerate(accounts))
        if cap.covers(account, slug)
    ]
    return CapHeld(
        cap=cap,
        billed=sum((bill for _, bill in covered), Decimal(0)),
        most=max(sum(PRICES[slug], Decimal(0)) for slug, _ in covered),
    )
