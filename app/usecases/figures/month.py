"""The figures of an account's last 30 days."""

import math
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from app.domain.accounts.owner import Owner
from app.services import Services
from app.store.figures.usage import UsageGroup, UsageRow, with_empty_days
from app.usecases.figures.read_usage import ReadUsage

DAYS = 30
PACE_DAYS = 7


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """The last 30 days (UTC), today the last of them."""

    days: Sequence[UsageRow]

    @property
    def today(self) -> UsageRow:
        """The runs of today."""
        return self.days[-1]

    @property
    def runs(self) -> int:
        """All runs."""
        return sum(day.runs for day in self.days)

    @property
    def found(self) -> int:
        """Those that found something."""
        return sum(day.found for day in self.days)

    @property
    def match_rate(self) -> float | None:
        """The share of found ones among those that have a proper answer; None without any."""
        return _share(self.found, self.found + sum(day.not_found for day in self.days))

    @property
    def match_rates(self) -> list[float | None]:
        """The same of each day."""
        return [_share(day.found, day.found + day.not_found) for day in self.days]

    @property
    def cost_per_found(self) -> float | None:
        """The charge of providers for each run that found something, in USD; None without any."""
        return _share(sum(day.cost_usd for day in self.days), self.found)

    @property
    def costs_per_found(self) -> list[float | None]:
        """The same of each day."""
        return [_share(day.cost_usd, day.found) for day in self.days]

    def days_left(self, balance: int) -> int | None:
        """Return how many days a balance lasts at the pace of the last 7 days; None where nothing was spent."""
        spent = sum(day.credits_used or 0 for day in self.days[-PACE_DAYS:])
        return math.floor(balance * PACE_DAYS / spent) if spent > 0 else None


class ReadMonth:
    """Reads the figures of the last 30 days."""

    def __init__(self, services: Services, usage: ReadUsage) -> None:
        """Add up by days."""
        self._services = services
        self._usage = usage

    async def __call__(self, owner: Owner) -> Month:
        """Return the figures of an owner.

        Raises:
            UnavailableError: The database cannot be reached, or does not answer in time.
        """
        until = self._services.now() + timedelta(seconds=1)
        midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=DAYS - 1)
        rows = await self._usage(owner, since=since, until=until, by=UsageGroup.DAY)
        return Month(days=with_empty_days(rows, since, until))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
