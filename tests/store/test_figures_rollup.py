"""Figures that are added up ahead are those of the rows: at every stage, and whatever changes later."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.database.time_ids import first_id
from app.store.figures import rollup
from app.store.figures.standings import standings
from app.store.figures.usage import UsageGroup, usage
from app.store.tables.core import accounts, api_keys, attempts, cascades, runs
from app.store.tables.figures import figures_changes
from app.usecases.figures.roll_up import roll_up_figures
from tests.play.clock import SetClock
from tests.store.figure_rows import (
    BEGIN,
    DAY,
    END,
    HOUR,
    HOURS,
    OWNERS,
    Figures,
    Rows,
    key_of,
    sums_of_providers,
    sums_of_runs,
    sums_of_standings,
)


async def _read(connection: AsyncConnection, owner: Owner, since: datetime, until: datetime) -> list[Figures]:
    read: list[Figures] = []
    for by in (UsageGroup.DAY, UsageGroup.KEY, UsageGroup.PROVIDER):
        figures: Figures = {}
        for row in await usage(connection, owner, since=since, until=until, by=by):
            of_run = () if by is UsageGroup.PROVIDER else (row.cached, row.credits_used)
            figures[row.group] = (row.runs, row.found, row.not_found, row.errors, *of_run, row.cost_usd)
        read.append(figures)
    for account_id in (owner.account_id, None):
        found = await standings(connection, since=since, until=until, mode=Mode.LIVE, account_id=account_id)
        read.append({
            f"{one.field.value} {one.provider}": (
                one.calls, one.found, one.errors, one.first_asked, float(one.cost_usd), one.latency_p50_ms,
                tuple((other.missed_by, other.rate.tries) for other in one.rescues),
            )
            for one in found
        })  # fmt: skip
    return read


class House:
    """Rows in the database, and the same rows here, from which the expected figures come."""

    def __init__(self, services: Services, clock: SetClock) -> None:
        """Begin with rows that are not in the database yet."""
        self.services, self.clock, self.rows, self.checks = services, clock, Rows(), 0

    async def write(self) -> None:
        """Write them as they would have come: nothing that runs the usual way is noted."""
        async with self.services.write() as connection:
            for account_id in {owner.account_id for owner in OWNERS}:
                values = {"id": account_id, "name": str(account_id), "created_at": BEGIN}
                await connection.execute(accounts.insert().values(values))
            for owner in OWNERS:
                for key in (key_of(owner, 0), key_of(owner, 1)):
                    values = {"id": key, "account_id": owner.account_id, "digest": key.bytes, "display": f"key {key}"}
                    values |= {"plan": "leadmodule", "mode": owner.mode.value, "created_at": BEGIN}
                    await connection.execute(api_keys.insert().values(values))
            for cascade in self.rows.cascades:
                await self.add_cascade(connection, cascade)
            for run in self.rows.runs:
                await self.add_run(connection, run)
            await connection.execute(delete(figures_changes))

    async def add_cascade(self, connection: AsyncConnection, cascade: dict[str, Any]) -> None:
        values = cascade | {"type": "email", "fingerprint": cascade["id"].bytes, "lane": "bulk", "contact": {}}
        await connection.execute(cascades.insert().values(values))
        for one in self.rows.attempts:
            if one["cascade_id"] == cascade["id"]:
                values = {"position": 0, "tier": "T1", "route": "names", "fencing_token": 1, "started_at": BEGIN}
                ended = BEGIN if one["outcome"] else None
                await connection.execute(attempts.insert().values(values | one | {"ended_at": ended}))

    async def add_run(self, connection: AsyncConnection, run: dict[str, Any]) -> None:
        status = "completed" if run["ended_at"] else "processing"
        await connection.execute(runs.insert().values(run | {"plan": "leadmodule", "type": "email", "status": status}))

    async def check(self) -> None:
        """Compare figures with the rows: of all that time, or of one that begins and ends within hours, in turn."""
        times = [(BEGIN - DAY, END + DAY), (HOURS[0] + HOUR / 2, HOURS[-2] + HOUR / 2), (HOURS[2], HOURS[4])]
        self.checks += 1
        async with self.services.read() as connection:
            for place, owner in enumerate(OWNERS):
                since, until = times[(place + self.checks) % len(times)]
                wanted: list[Figures] = [
                    *(sums_of_runs(self.rows, owner, since, until, by) for by in (UsageGroup.DAY, UsageGroup.KEY)),
                    sums_of_providers(self.rows, owner, since, until),
                    *(sums_of_standings(self.rows, one, since, until) for one in (owner.account_id, None)),
                ]
                read = await _read(connection, owner, since, until)
                assert [_rounded(one) for one in read] == [_rounded(one) for one in wanted]

    async def changed(self) -> int:
        async with self.services.read() as connection:
            return len(await rollup.changed_hours(connection))


def _rounded(figures: Figures) -> Figures:
    return {
        group: tuple(round(one, 6) if isinstance(one, float) else one for one in counts)
        for group, counts in figures.items()
    }


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    clock = SetClock()
    clock.at = END + 2 * HOUR
    async with open_services(settings) as services:
        house = House(msgspec.structs.replace(services, clock=clock), clock)
        await house.write()
        yield house


async def test_figures_are_those_of_the_rows_at_every_stage(house: House) -> None:
    services, rows = house.services, house.rows
    await house.check()
    # Some hours: up to the middle of a day. A step that is killed leaves nothing.
    for _ in range(5):
        async with services.engine.begin() as connection:
            assert await rollup.roll_next(connection, services.now())
    async with services.engine.connect() as connection:
        assert await rollup.roll_next(connection, services.now())
        await connection.rollback()
    await house.check()
    # Everything, twice: the second time only the hours of which something goes on.
    assert await roll_up_figures(services) > len(HOURS)
    open_hours = await house.changed()
    assert await roll_up_figures(services) == open_hours > 0
    await house.check()

    # Open look-ups end, a charge is given back, a late result comes, a run comes from a clock that is behind.
    late = rows.chance.choice(HOURS[:3]) + timedelta(minutes=7)
    new = rows.runs[0] | {"id": UUID(int=first_id(late).int + (7 << 76) + 9999), "created_at": late, "cached": True}
    async with services.write() as connection:
        for run in rows.runs:
            if run["ended_at"] is None:
                run |= {"ended_at": END, "result_status": "found"}
        ended = {"status": "completed", "result_status": "found", "ended_at": END}
        await connection.execute(update(runs).where(runs.c.ended_at.is_(None)).values(ended))
        for one in rows.attempts:
            if one["outcome"] is None:
                one["outcome"] = "miss"
        await connection.execute(
            update(attempts).where(attempts.c.outcome.is_(None)).values(outcome="miss", ended_at=END)
        )
        await connection.execute(update(cascades).values(open=False, ended_at=END))
        paid = next(run for run in rows.runs if run["credits_used"] == 7 and run["created_at"] < HOURS[4])
        paid["credits_used"] = 0
        await connection.execute(update(runs).where(runs.c.id == paid["id"]).values(credits_used=0))
        came = next(one for one in rows.attempts if one["outcome"] == "timeout" and not one["late_result"])
        came["late_result"] = {"cost_usd": "1.5"}
        place = [attempts.c[name] == came[name] for name in ("cascade_id", "provider", "field")]
        await connection.execute(update(attempts).where(*place).values(late_result=came["late_result"]))
        rows.runs.append(new | {"cascade_id": None})
        await house.add_run(connection, rows.runs[-1])
    await house.check()
    assert await roll_up_figures(services) > open_hours
    await house.check()
    assert await house.changed() == await roll_up_figures(services) == 0


async def test_figures_outlive_the_rows_and_read_few(house: House) -> None:
    services = house.services
    async with services.write() as connection:
        await connection.execute(update(cascades).values(open=False))
        await connection.execute(update(runs).where(runs.c.ended_at.is_(None)).values(status="cancelled", ended_at=END))
    await roll_up_figures(services)
    owner = OWNERS[0]
    async with services.read() as connection:
        before = await _read(connection, owner, BEGIN - DAY, END)
    async with services.write() as connection:
        for table in (attempts, runs, cascades):
            await connection.execute(delete(table))
    async with services.read() as connection:
        assert await _read(connection, owner, BEGIN - DAY, END) == before
    assert any(before)
