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
from app.store.database.time_ids import first_id
from app.store.runs.usage import UsageGroup, has_many, usage
from app.store.waterfall.league import standings
from app.store.waterfall.recorded_lookups import recorded
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.accounts.usage_figures import merged

OWNER = Owner(UUID(int=1), Mode.LIVE)
# After so many executions the driver prepares a statement, and PostgreSQL may keep one plan for all periods.
TIMES = 4

_RUN = text(
    "INSERT INTO runs "
    "(id, account_id, key_id, plan, mode, type, status, result_status, credits_used, created_at, ended_at) "
    "VALUES (:id, :owner, :key, 'leadmodule', 'live', 'email', 'failed', 'error', 0, :at, :at)"
)

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


async def test_days_add_up_to_their_period(settings: Settings) -> None:
    async with open_services(settings) as services:
        key = await ManageKeys(services).create(account="acme", mode=Mode.LIVE)
        principal = await Authenticator(services)(key.api_key)
        owner = Owner(principal.account_id, Mode.LIVE)
        until = services.now().replace(hour=12)
        since = until.replace(hour=0) - timedelta(days=5)
        async with services.write() as connection:
            for at in (since, since + timedelta(days=2, hours=3), until - timedelta(minutes=1)):
                values = {"id": first_id(at), "owner": owner.account_id, "key": principal.key_id, "at": at}
                await connection.execute(_RUN, values)
        for by in (UsageGroup.DAY, UsageGroup.KEY):
            async with services.read() as connection:
                whole = await usage(connection, owner, since=since, until=until, by=by)
                assert await has_many(connection, owner, since=since, until=until, many=2)
                assert not await has_many(connection, owner, since=since, until=until, many=3)
                parts = [
                    await usage(connection, owner, since=begin, until=min(begin + timedelta(days=1), until), by=by)
                    for begin in (since + timedelta(days=day) for day in range(6))
                ]
            assert sum(row.runs for row in whole) == sum(row.errors for row in whole) == 3
            assert merged(row for part in parts for row in part) == whole
