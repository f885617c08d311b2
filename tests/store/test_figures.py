"""What is added up over a period is planned for that period, however often a connection has added up before."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.services import open_services
from app.settings.settings import Settings
from app.store.figures.standings import standings
from app.store.figures.usage import UsageGroup, usage
from app.store.waterfall.recorded_lookups import recorded

OWNER = Owner(UUID(int=1), Mode.LIVE)
# After so many executions the driver prepares a statement, and PostgreSQL may keep one plan for all periods.
TIMES = 4

Figure = Callable[[AsyncConnection, datetime, datetime], Awaitable[object]]


def _usage(by: UsageGroup) -> Figure:
    return lambda connection, since, until: usage(connection, OWNER, since=since, until=until, by=by)


FIGURES: dict[str, Figure] = {
    **{by.value: _usage(by) for by in UsageGroup},
    "standings": lambda connection, since, until: standings(connection, since=since, until=until, mode=Mode.LIVE),
    "what if": lambda connection, since, until: recorded(
        connection, OWNER, since=since, until=until, run_ids=None, most=10
    ),
}


@pytest.mark.parametrize("name", FIGURES)
async def test_figures_of_a_period_have_no_plan_for_any_period(settings: Settings, name: str) -> None:
    async with open_services(settings) as services, services.read() as connection:
        until = services.now()
        for _ in range(TIMES):
            until += timedelta(seconds=1)
            await FIGURES[name](connection, until - timedelta(days=30), until)
        kept = await connection.execute(
            text("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%cascade%'")
        )
        assert kept.all() == []
