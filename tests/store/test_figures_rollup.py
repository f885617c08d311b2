"""Figures that are added up ahead are those of the rows: at every stage, and whatever changes later."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random as Chance  # noqa: TID251 - the same each time
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
from app.store.figures import rollup, spans
from app.store.figures.standings import standings
from app.store.figures.usage import UsageGroup, usage
from app.store.tables.core import accounts, api_keys, attempts, cascades, runs
from app.store.tables.figures import figures_changes, key_usage, provider_standings, provider_usage
from app.usecases.accounts.roll_up_figures import roll_up_figures
from tests.play.clock import SetClock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)
END = BEGIN + timedelta(hours=28)
# The hours of which something happens; the others are empty.
HOURS = [BEGIN + hours * HOUR for hours in (0, 2, 3, 14, 22, 26, 27)]
OWNERS = [Owner(UUID(int=1), Mode.LIVE), Owner(UUID(int=1), Mode.TEST), Owner(UUID(int=2), Mode.LIVE)]
PROVIDERS = ("hunter", "findymail", "prospeo")
TABLES = (key_usage, provider_usage, provider_standings)
RUNS = 150

Figures = dict[str, tuple[Any, ...]]


def _key(owner: Owner, number: int) -> UUID:
    return UUID(int=1000 * owner.account_id.int + 100 * (owner.mode is Mode.TEST) + number)


class Rows:
    """Rows of runs and what they asked, made by chance; `chance` is the same each time."""

    def __init__(self) -> None:
        """Make them."""
        self.chance = Chance(13)  # noqa: S311 - makes test data
        self.runs: list[dict[str, Any]] = []
        self.cascades: list[dict[str, Any]] = []
        self.attempts: list[dict[str, Any]] = []
        for number in range(RUNS):
            self._run(number)

    def _run(self, number: int) -> None:
        owner = self.chance.choice(OWNERS)
        within = self.chance.choice([0, 1, 1800 * 10**6, 3600 * 10**6 - 1])
        at = self.chance.choice(HOURS) + timedelta(microseconds=within)
        # Ids of one millisecond differ, and may be behind the time by the clock of another process.
        behind = self.chance.choice([timedelta(), timedelta(), timedelta(minutes=5)])
        run_id = UUID(int=first_id(at - behind).int + (7 << 76) + number)
        of_owner = {"account_id": owner.account_id, "mode": owner.mode.value, "created_at": at}
        joined = [one for one in self.cascades if (one["account_id"], one["mode"]) == (owner.account_id, owner.mode)]
        cached, goes_on = self.chance.random() < 0.2, self.chance.random() < 0.1
        cascade_id = None
        if not cached and joined and self.chance.random() < 0.3:
            cascade_id = self.chance.choice(joined)["id"]
        elif not cached:
            cascade_id = run_id
            self.cascades.append(of_owner | {"id": run_id, "open": goes_on})
            self._attempts(run_id, goes_on=goes_on)
        result = None if goes_on else self.chance.choice(["found", "not_found", "error"])
        paid = {"cached": cached, "credits_used": self.chance.choice([0, 1, 7]), "result_status": result}
        key = {"id": run_id, "key_id": _key(owner, number % 2), "cascade_id": cascade_id}
        self.runs.append(of_owner | paid | key | {"ended_at": None if goes_on else at})

    def _attempts(self, cascade_id: UUID, *, goes_on: bool) -> None:
        missed: list[str] = []
        for provider in self.chance.sample(PROVIDERS, self.chance.randrange(4)):
            for field in self.chance.sample(["email", "phone"], self.chance.choice([1, 1, 2])):
                outcome = None if goes_on else self.chance.choice(["hit", "miss", "rejected", "timeout"])
                late = {"cost_usd": "0.25"} if outcome == "timeout" and self.chance.random() < 0.5 else None
                self.attempts.append({
                    "cascade_id": cascade_id, "provider": provider, "field": field, "outcome": outcome,
                    "cost_usd": Decimal(self.chance.randrange(100)) / 1000, "late_result": late,
                    "latency_ms": self.chance.choice([None, 7, 120, 2300]) if outcome else None,
                    "missed_before": list(missed), "answer": {"status": self.chance.choice(["valid", "risky"])},
                })  # fmt: skip
            missed.append(provider)


def _of_runs(rows: Rows, owner: Owner, since: datetime, until: datetime, by: UsageGroup) -> Figures:
    """Add up by day or key as a person would: each run, and the charges of the cascades that it has started."""
    found: dict[str, list[Any]] = {}
    for run, started in _started(rows, owner, since, until):
        group = str(run["created_at"].date()) if by is UsageGroup.DAY else str(run["key_id"])
        mine = found.setdefault(group, [0, 0, 0, 0, 0, 0, Decimal(0)])
        results = [run["result_status"] == one for one in ("found", "not_found", "error")]
        for place, count in enumerate([True, *results, run["cached"], run["credits_used"]]):
            mine[place] += count
        mine[6] += sum(map(_usd, started))
    return {group: (*counts[:6], float(counts[6])) for group, counts in found.items()}


def _of_providers(rows: Rows, owner: Owner, since: datetime, until: datetime) -> Figures:
    found: dict[str, list[Any]] = {}
    for _, started in _started(rows, owner, since, until):
        for provider in {one["provider"] for one in started}:
            calls = [one for one in started if one["provider"] == provider]
            outcomes = {one["outcome"] for one in calls}
            mine = found.setdefault(provider, [0, 0, 0, 0, Decimal(0)])
            hit, missed = "hit" in outcomes, bool(outcomes & {"miss", "rejected"})
            ended = None not in outcomes
            for place, count in enumerate([True, hit, not hit and missed, not hit and not missed and ended]):
                mine[place] += count
            mine[4] += sum(map(_usd, calls))
    return {group: (*counts[:4], float(counts[4])) for group, counts in found.items()}


def _started(rows: Rows, owner: Owner, since: datetime, until: datetime) -> Iterable[tuple[dict[str, Any], list[Any]]]:
    first: dict[UUID, UUID] = {}
    for run in sorted(rows.runs, key=lambda one: one["id"]):
        if run["cascade_id"]:
            first.setdefault(run["cascade_id"], run["id"])
    for run in rows.runs:
        if (run["account_id"], run["mode"]) == (owner.account_id, owner.mode) and since <= run["created_at"] < until:
            has_started = first.get(run["cascade_id"]) == run["id"]
            yield run, [one for one in rows.attempts if has_started and one["cascade_id"] == run["cascade_id"]]


def _usd(attempt: dict[str, Any]) -> Decimal:
    return Decimal(attempt["cost_usd"]) + Decimal((attempt["late_result"] or {}).get("cost_usd", 0))


def _of_standings(rows: Rows, account_id: UUID | None, since: datetime, until: datetime) -> Figures:
    """Add up the ended calls of live cascades by field and provider; every other figure is of the same kind."""
    mine = {
        one["id"]
        for one in rows.cascades
        if one["mode"] == Mode.LIVE and account_id in {None, one["account_id"]} and since <= one["created_at"] < until
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for one in rows.attempts:
        if one["cascade_id"] in mine and one["outcome"]:
            found.setdefault(f"{one['field']} {one['provider']}", []).append(one)
    figures: Figures = {}
    for group, calls in found.items():
        times = sorted(one["latency_ms"] for one in calls if one["latency_ms"] is not None)
        proper = [one for one in calls if one["outcome"] != "timeout"]
        missed_by = Counter(name for one in proper for name in one["missed_before"])
        figures[group] = (
            len(calls),
            sum(one["outcome"] == "hit" for one in calls),
            len(calls) - len(proper),
            sum(not one["missed_before"] for one in proper),
            float(sum(map(_usd, calls))),
            times[(len(times) + 1) // 2 - 1] if times else None,
            tuple(sorted(missed_by.items())),
        )
    return figures


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
                for key in (_key(owner, 0), _key(owner, 1)):
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
                    *(_of_runs(self.rows, owner, since, until, by) for by in (UsageGroup.DAY, UsageGroup.KEY)),
                    _of_providers(self.rows, owner, since, until),
                    *(_of_standings(self.rows, one, since, until) for one in (owner.account_id, None)),
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
    await house.check()
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


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "rolled_until", "changed", "expected"),
    [
        pytest.param(NOON, NOON + DAY, None, [], (0, 0, 1), id="nothing added up"),
        pytest.param(NOON, NOON + DAY, NOON + 2 * DAY, [], (0, 24, 0), id="hours of two days"),
        pytest.param(NOON - 12 * HOUR, NOON + 12 * HOUR, NOON + DAY, [], (1, 0, 0), id="a day"),
        pytest.param(NOON - 12 * HOUR, NOON + 12 * HOUR, NOON + DAY, [NOON], (0, 23, 1), id="an hour has changed"),
        pytest.param(NOON + HOUR / 2, NOON + 2.5 * HOUR, NOON + DAY, [], (0, 1, 2), id="half hours"),
        pytest.param(NOON, NOON + 3 * HOUR, NOON + 2 * HOUR, [], (0, 2, 1), id="the last hour goes on"),
        pytest.param(NOON - 3 * DAY, NOON, NOON - 3 * DAY, [], (0, 0, 4), id="a day at a time while it begins"),
        pytest.param(NOON, NOON + 4 * HOUR, NOON + DAY, [NOON, NOON + HOUR], (0, 2, 1), id="two hours together"),
    ],
)
def test_a_time_is_split_by_what_is_added_up(
    since: datetime,
    until: datetime,
    rolled_until: datetime | None,
    changed: list[datetime],
    expected: tuple[int, int, int],
) -> None:
    parts = spans.split(since, until, rolled_until, changed)
    assert (len(parts.days), len(parts.hours), len(parts.live)) == expected
    covered = [(day, day + DAY) for day in parts.days] + [(hour, hour + HOUR) for hour in parts.hours] + [*parts.live]
    covered.sort()
    assert covered[0][0] == since
    assert covered[-1][1] == until
    assert all(one[1] == other[0] for one, other in pairwise(covered))
