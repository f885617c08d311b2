"""Add usage up for pages: of many runs day by day, so that no statement takes long, and days that are over seldom."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from app.domain.accounts.owner import Owner
from app.services import Services
from app.store.runs.usage import UsageGroup, UsageRow, has_many, usage
from app.usecases.accounts.kept_figures import KeptFigures

DAY = timedelta(days=1)
# More runs than this are added up day by day.
MANY = 20_000


class ReadUsage:
    """Reads usage for pages; the figures of a day are kept among others."""

    def __init__(self, services: Services, figures: KeptFigures) -> None:
        """Begin with what is kept."""
        self._services = services
        self._figures = figures

    async def __call__(self, owner: Owner, *, since: datetime, until: datetime, by: UsageGroup) -> list[UsageRow]:
        """Add up the runs of an owner that were created from `since`, a midnight, up to `until`; groups in order.

        Raises:
            UnavailableError: The database cannot be reached, or does not answer in time.
        """
        step = DAY if await self._are_many(owner, since, until) else until - since
        rows: list[UsageRow] = []
        begin = since
        while begin < until:
            rows += await self._of(owner, begin, min(begin + step, until), until, by)
            begin += step
        return merged(rows)

    async def _are_many(self, owner: Owner, since: datetime, until: datetime) -> bool:
        async def read() -> bool:
            async with self._services.read() as connection:
                return await has_many(connection, owner, since=since, until=until, many=MANY)

        return await self._figures(("many", owner, since), read, is_over=True)

    async def _of(
        self, owner: Owner, begin: datetime, end: datetime, until: datetime, by: UsageGroup
    ) -> list[UsageRow]:
        async def read() -> list[UsageRow]:
            async with self._services.read() as connection:
                return await usage(connection, owner, since=begin, until=end, by=by)

        # Runs of yesterday may go on.
        name = ("usage", owner, by, begin, None if end == until else end)
        return await self._figures(name, read, is_over=end + DAY <= until)


def merged(rows: Iterable[UsageRow]) -> list[UsageRow]:
    """Add up the rows of each group."""
    found: dict[str, UsageRow] = {}
    for row in rows:
        before = found.get(row.group)
        found[row.group] = _sum(before, row) if before else row
    return [found[group] for group in sorted(found)]


def _sum(one: UsageRow, other: UsageRow) -> UsageRow:
    return msgspec.structs.replace(
        one,
        runs=one.runs + other.runs,
        found=one.found + other.found,
        not_found=one.not_found + other.not_found,
        errors=one.errors + other.errors,
        cached=_both(one.cached, other.cached),
        credits_used=_both(one.credits_used, other.credits_used),
        cost_usd=one.cost_usd + other.cost_usd,
    )


def _both(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
