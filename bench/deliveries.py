"""Measure the dispatcher and a bare client that posts the same bytes: `python -m bench.deliveries`."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import aiohttp
import click
import msgspec
import uvloop
from sqlalchemy import func, insert, select

from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import Event
from app.logs import configure_logs
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.tables.core import accounts
from app.store.tables.webhooks import deliveries as rows
from app.store.webhooks import deliveries
from bench.figures import Goal, Line, machine, median
from bench.lookups import databases
from bench.processes import server
from webhooks.dispatcher import Dispatcher

GOALS = {1: 0.3, 50: 0.4}
BARE_CONNECTIONS = 32
PATIENCE = 120.0
PAUSE = 0.1
BODY = msgspec.json.encode(
    {
        "event": "enrichment.completed",
        "runId": "0190a000-0000-7000-8000-000000000000",
        "data": {"email": "jane.doe@acme.example", "status": "valid", "confidence": 97, "note": "x" * 600},
    }
)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast something went: a second, and CPU of this process for each, in microseconds."""

    rate: float
    cpu_us: float

    def __str__(self) -> str:
        """Show it in a few words."""
        return f"{self.rate:,.0f} a second at {self.cpu_us:,.0f} us of CPU each"


@click.command()
@click.option("--events", type=click.IntRange(min=100), default=4000, show_default=True, help="Of each round.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Of each number of receivers.")
def main(*, events: int, rounds: int) -> None:
    """Deliver events to one receiver and to fifty, and post as many by a bare aiohttp client just before and after.

    The receivers are a process of their own and answer at once. One dispatcher sends, from rows that are there before.
    """
    click.echo(f"{machine()}; load before the start {os.getloadavg()[0]:.2f}")
    for line in delivered(events, rounds):
        (goal,) = line.goals
        click.echo(f"{line.what}: {line.note}\n{goal.what}: {goal.measured:.3f} (goal {goal.goal:g})")


def delivered(events: int, rounds: int) -> list[Line]:
    """Deliver so many events in each round to one receiver, and to fifty."""
    configure_logs("error", "json")
    with databases() as found, server("receivers", str(max(GOALS))) as receivers:
        settings = msgspec.structs.replace(found, webhook_allow_private=("127.0.0.0/8",))
        return [_delivered(settings, receivers.ports[:count], events, rounds) for count in GOALS]


def _delivered(settings: Settings, ports: Sequence[int], events: int, rounds: int) -> Line:
    urls = [f"http://127.0.0.1:{port}/hook" for port in ports]
    paces = [uvloop.run(_round(settings, urls, events)) for _ in range(rounds)]
    ratios = [ours.rate / bare.rate for bare, ours in paces]
    what = f"deliveries to {len(ports)} receiver" + "s" * (len(ports) > 1)
    return Line(
        number=11,
        what=what,
        count=events * rounds,
        rate=median([ours.rate for _, ours in paces]),
        cpu_us=median([ours.cpu_us for _, ours in paces]),
        note="; ".join(f"{ours}, bare POSTs {bare}: {ours.rate / bare.rate:.3f}" for bare, ours in paces),
        goals=(Goal(what=f"{what} / bare POSTs", measured=median(ratios), goal=GOALS[len(ports)]),),
    )


async def _round(settings: Settings, urls: Sequence[str], events: int) -> tuple[Pace, Pace]:
    async with open_services(settings) as services:
        owner = await _owner(services)
        dispatcher = Dispatcher(services)
        # What a process reads and learns at its first deliveries is not counted, nor are the bare client's connections.
        await _owe(services, owner, urls, len(urls) * 40)
        await _deliver(services, dispatcher)
        await _owe(services, owner, urls, events)
        before = await _pace(events, lambda: _post(urls, events))
        ours = await _pace(events, lambda: _deliver(services, dispatcher))
        after = await _pace(events, lambda: _post(urls, events))
        await dispatcher.drain(1)
    bare = Pace(rate=(before.rate + after.rate) / 2, cpu_us=(before.cpu_us + after.cpu_us) / 2)
    return bare, ours


async def _pace(count: int, work: Callable[[], Awaitable[None]]) -> Pace:
    began, spent = time.perf_counter(), time.process_time()
    await work()
    return Pace(
        rate=count / (time.perf_counter() - began),
        cpu_us=(time.process_time() - spent) / count * 1e6,
    )


async def _owner(services: Services) -> UUID:
    account_id = services.new_id()
    async with services.engine.begin() as connection:
        await connection.execute(insert(accounts).values(id=account_id, name=account_id.hex, created_at=services.now()))
    return account_id


async def _owe(services: Services, account_id: UUID, urls: Sequence[str], count: int) -> None:
    now = services.now()
    new = [
        deliveries.NewDelivery(
            id=services.new_id(),
            account_id=account_id,
            mode=Mode.LIVE,
            run_id=services.new_id(),
            event=Event.COMPLETED,
            url=urls[number % len(urls)],
            body=BODY,
            due_at=now,
        )
        for number in range(count)
    ]
    async with services.engine.begin() as connection:
        for first in range(0, count, 1000):
            await deliveries.add(connection, new[first : first + 1000], now)


async def _deliver(services: Services, dispatcher: Dispatcher) -> None:
    """Deliver all that is owed."""
    waiting = select(func.count()).where(rows.c.state == "pending")
    async with asyncio.timeout(PATIENCE):
        await dispatcher.deliver_due()
        while True:
            async with services.engine.connect() as connection:
                if not await connection.scalar(waiting):
                    return
            await asyncio.sleep(PAUSE)


async def _post(urls: Sequence[str], count: int) -> None:
    """Post as many by a bare client, over as many connections as one receiver can earn."""
    left = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=BARE_CONNECTIONS)) as session:

        async def some() -> None:
            for number in left:
                async with session.post(urls[number % len(urls)], data=BODY) as answer:
                    await answer.read()

        await asyncio.gather(*(some() for _ in range(BARE_CONNECTIONS)))


if __name__ == "__main__":
    main()
