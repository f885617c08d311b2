"""Lists and recurring statements on tables of any length: `python -m bench.rows --rows 2000000`."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.accounts.spend_cap import ALL_PROVIDERS, CapKey, CapPeriod, CapSetter, CapUnit
from app.domain.runs.run_filter import RunFilter
from app.domain.vocabulary import EnrichmentType, Lane, Mode, ResultStatus, RunStatus
from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.services import open_services
from app.settings.settings import Settings
from app.store.accounts import audit_log, ledger, spend_caps
from app.store.accounts.audit_log import AuditFilter
from app.store.runs import batches, idempotency_keys, key_activity, quotes, run_list
from app.store.waterfall import cache, callbacks, durations, feedback, known_addresses, late_results, queue, statistics
from app.store.waterfall.due_work import look_for_work
from app.store.waterfall.last_errors import MOST_READ, failed_attempts, lost_cascades
from app.store.webhooks import circuit_breakers, delivery_log, leases, retention
from app.store.webhooks.failed_deliveries import failed_deliveries
from bench.figures import machine
from bench.long_tables import ACCOUNT, RARE, SELDOM_USED, seed
from bench.lookups import databases
from bench.requested import requested
from bench.statements import Statement, read

OWNER = Owner(ACCOUNT, Mode.LIVE)
PAGE, PORTION = 50, 1000
# Rows of two ranges of the index of blocks.
SPENT = 10_000
GOAL_MS = 30
DAYS = 20


def lists() -> list[Statement]:
    """Return the pages of lists that a client or the app asks for."""
    of_runs = {
        "all": RunFilter(),
        "pending": RunFilter(status=RunStatus.PENDING),
        "failed": RunFilter(status=RunStatus.FAILED),
        "completed": RunFilter(status=RunStatus.COMPLETED),
        "not found": RunFilter(result_status=ResultStatus.NOT_FOUND),
        "by type": RunFilter(type=EnrichmentType.PHONE),
        "by domain": RunFilter(domain="rare.example"),
        "by name": RunFilter(search="zyx"),
    }
    of_deliveries = {"all": None, "pending": DeliveryState.PENDING, "failed": DeliveryState.FAILED}
    return [
        *(Statement(f"runs, {name}", _runs(wanted), 8 * PAGE) for name, wanted in of_runs.items()),
        *(
            Statement(f"deliveries, {name}", _deliveries(DeliveryFilter(state=state)), 4 * PAGE)
            for name, state in of_deliveries.items()
        ),
        Statement("audit log", lambda c: audit_log.page(c, AuditFilter(account_id=ACCOUNT), PAGE), 2 * PAGE),
        Statement("statement of credits", lambda c: ledger.statement(c, ACCOUNT, before=None, limit=PAGE), PAGE),
        Statement(
            "addresses of a company", lambda c: known_addresses.at_domain(c, ACCOUNT, Mode.LIVE, "rare.example"), PAGE
        ),
        Statement("wrong values of a run", lambda c: feedback.of_run(c, UUID(int=9)), PAGE),
        # The newest rows of all accounts, and an account for each that is shown.
        Statement("last failed attempts", failed_attempts, 2 * MOST_READ),
        Statement("last lost cascades", lambda c: lost_cascades(c, 3), 2 * MOST_READ),
        Statement("last failed deliveries", failed_deliveries, 4 * PAGE),
    ]


def recurring(begin: datetime, end: datetime) -> list[Statement]:
    """Return what workers and the API ask for again and again; most of the time there is nothing to do.

    Args:
        begin: Of the oldest row; nothing is older.
        end: Of the newest row.
    """
    early, ages = begin - timedelta(days=1), timedelta(days=36_500)
    old = begin + (end - begin) / 2
    nothing = [
        Statement("expire the cache", lambda c: cache.expire(c, early, PORTION), 10),
        Statement("expire callbacks", lambda c: callbacks.expire(c, early, PORTION), 10),
        Statement("expire idempotency keys", lambda c: idempotency_keys.expire(c, ages, PORTION), 10),
        Statement("expire audit entries", lambda c: audit_log.expire(c, ages, PORTION), 10),
        Statement("expunge answers", lambda c: retention.expunge_answers(c, early, PORTION), 10),
        Statement("expunge payloads", lambda c: retention.expunge_payloads(c, early, end, PORTION), 10),
        Statement("delete deliveries", lambda c: retention.delete_deliveries(c, early, PORTION), 10),
        Statement("discard uploads", lambda c: batches.discard_abandoned(c, ages), 10),
        Statement("compare quotes", lambda c: quotes.ended(c, PAGE), 10),
        Statement("repair the schedule", lambda c: leases.repair_schedule(c, end, timedelta(hours=1)), 10),
        Statement("count open circuits", lambda c: circuit_breakers.maintain(c, end), 10),
    ]
    # A portion is found, locked and written: three looks at each row, four where its attempts go with it.
    portions = [
        Statement("a portion of the cache", lambda c: cache.expire(c, old, PORTION), 5 * PORTION),
        Statement("a portion of callbacks", lambda c: callbacks.expire(c, old, PORTION), 5 * PORTION),
        Statement("a portion of answers", lambda c: retention.expunge_answers(c, old, PORTION), 5 * PORTION),
        Statement("a portion of payloads", lambda c: retention.expunge_payloads(c, old, end, PORTION), 5 * PORTION),
        Statement("a portion of deliveries", lambda c: retention.delete_deliveries(c, old, PORTION), 8 * PORTION),
    ]
    work = [
        Statement("look for work", lambda c: look_for_work(c, end), 10),
        Statement("recover cascades", _waiting, 20 * RARE),
        Statement("lease deliveries", _lease(end), 20 * RARE),
        Statement("lease late results", lambda c: late_results.lease(c, now=end, until=end, limit=PAGE), 20 * RARE),
        Statement("count the backlog", lambda c: statistics.backlog(c, end), 20 * RARE),
        Statement("count open cascades", lambda c: durations.open_count(c, Lane.INTERACTIVE), 20 * RARE),
        Statement("how long look-ups took", _durations, 800),
        Statement("runs of keys", lambda c: key_activity.runs_since(c, [SELDOM_USED], begin), 20 * RARE),
    ]
    # When a cap is set, of its period: a hundredth of the rows here, and whole blocks of the calls.
    late = end - (end - begin) / 100
    caps = [
        Statement(f"spent in {unit.value}", partial(spend_caps.spent, key=_cap(unit), since=late), SPENT)
        for unit in CapUnit
    ]
    return [*nothing, *portions, *work, *caps]


def _cap(unit: CapUnit) -> CapKey:
    return CapKey(ACCOUNT, ALL_PROVIDERS, CapPeriod.DAY, unit, CapSetter.OPERATOR)


def _runs(wanted: RunFilter) -> Callable[[AsyncConnection], Awaitable[Any]]:
    async def page(connection: AsyncConnection) -> Sequence[Any]:
        return await run_list.page(
            connection, run_list.listing(OWNER, wanted, key_ids=None, before_id=None, limit=PAGE)
        )

    return page


async def _addresses(connection: AsyncConnection) -> Sequence[Any]:
    return await known_addresses.at_domain(connection, ACCOUNT, Mode.LIVE, "rare.example")


def _deliveries(wanted: DeliveryFilter) -> Callable[[AsyncConnection], Awaitable[Any]]:
    async def page(connection: AsyncConnection) -> Sequence[Any]:
        statement = delivery_log.listing(OWNER, wanted, before_id=None, limit=PAGE)
        return (await connection.execute(statement)).all()

    return page


async def _waiting(connection: AsyncConnection) -> list[UUID]:
    return await queue.waiting(connection, lanes=(Lane.INTERACTIVE,), older_than=5.0, limit=PAGE)


def _lease(now: datetime) -> Callable[[AsyncConnection], Awaitable[Any]]:
    bounds: dict[str, Any] = {"limit": PAGE, "per_host": 4, "per_account": 100, "busy": {}}
    return lambda connection: leases.lease(connection, now=now, owner="bench", lease_seconds=30, **bounds)


async def _durations(connection: AsyncConnection) -> list[float]:
    kinds: dict[str, Any] = {"mode": Mode.LIVE, "kind": EnrichmentType.EMAIL, "lane": Lane.INTERACTIVE}
    return await durations.recent_seconds(connection, **kinds, depth=200, most=50)


@click.command()
@click.option("--rows", "sizes", type=click.IntRange(min=1000), multiple=True, default=(10_000, 10_000_000))
def main(*, sizes: tuple[int, ...]) -> None:
    """Seed tables of each size, and print how long lists and recurring statements take, and how many rows they read.

    Two million rows took a quarter of an hour on a busy machine.
    """
    click.echo(f"{machine()}; load before the start {os.getloadavg()[0]:.2f}")
    for rows in sizes:
        with databases() as settings:
            asyncio.run(_measure(settings, rows))


async def _measure(settings: Settings, rows: int) -> None:
    async with open_services(settings) as services:
        end, begun = services.now(), time.monotonic()
        begin = end - timedelta(days=DAYS)
        assert settings.database_url  # noqa: S101 - the databases are ours
        await asyncio.to_thread(seed, settings.database_url, rows, begin=begin, spacing=timedelta(days=DAYS) / rows)
        click.echo(f"\n{rows:,} rows of each table, seeded in {time.monotonic() - begun:,.0f} s")
        click.echo("| statement | ms | rows read |\n| --- | --- | --- |")
        shown = lists()
        for statement in [*shown, *requested(begin, end), *recurring(begin, end)]:
            async with services.engine.connect() as connection:
                await read(connection, statement)  # reads pages of the disk into memory
                found = await read(connection, statement)
            slow = " (slow)" if statement in shown and found.seconds * 1000 > GOAL_MS else ""
            many = f", {found.scanned:,} by scan" if found.scanned else ""
            click.echo(f"| {statement.name} | {found.seconds * 1000:.1f}{slow} | {found.rows.total():,}{many} |")


if __name__ == "__main__":
    main()
