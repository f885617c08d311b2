"""`python -m bench.app`: how long the pages of the app take over a million runs, and what they read for that."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self
from uuid import UUID

import click
import httpx
import msgspec
import psycopg
import structlog
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.front import make_front
from app.settings.settings import Settings
from app.web.frame.security import SESSION_COOKIE
from bench.figures import machine, share
from bench.lookups import databases
from bench.million import DAYS, fill

ORIGIN = "http://leadrun.example"
BARE = "/app/login"
# An owner's pages; the first view of each is counted apart, because figures are kept for a while.
PAGES = (
    "/app",
    "/app/lookup",
    "/app/lists",
    "/app/runs",
    "/app/runs?after={run}",
    "/app/runs?status=completed",
    "/app/runs?result=not_found",
    "/app/runs?domain=company77.example",
    "/app/runs?q=moss+77",
    "/app/runs?q=p777",
    "/app/runs?key=lm_live",
    "/app/runs/{run}",
    "/app/providers",
    "/app/providers/hunter",
    "/app/webhooks",
    "/app/keys",
    "/app/usage",
    "/app/usage?by=provider",
    "/app/usage?by=key",
    "/app/usage/credits",
    "/app/settings",
    "/app/operator",
)
BUDGET_MS = 30.0
_HEAD = """\
| page | first ms | p50 ms | p95 ms | CPU ms | of a bare page | its longest statement |
| --- | --- | --- | --- | --- | --- | --- |"""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The time of a page in milliseconds: its first view, and the others; and the statement that takes longest.

    Attributes:
        cpu: Of this process for a view; PostgreSQL's is not counted.
        ratio: Of the median to that of the bare page, which is viewed in turn with it.
    """

    path: str
    first: float
    p50: float
    p95: float
    cpu: float
    ratio: float
    slowest: str


@click.command()
@click.option("--runs", type=click.IntRange(min=1000), default=1_000_000, show_default=True)
@click.option("--views", type=click.IntRange(min=3), default=40, show_default=True, help="Of each page.")
def main(*, runs: int, views: int) -> None:
    """Measure each page inside the process that serves it: the time of the server, without network and browser."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with databases() as settings:
        began = time.monotonic()
        secret, run = asyncio.run(fill(settings, runs))
        seconds = time.monotonic() - began
        timings = asyncio.run(_measure(settings, secret, run, views))
    click.echo(f"{machine()}\n{runs:,} runs of {DAYS} days, made in {seconds:.0f} s; {views} views of each page\n")
    click.echo(_HEAD)
    for one in timings:
        over = " **over**" if one.p50 > BUDGET_MS else ""
        times = f"{one.first:.0f} | {one.p50:.1f}{over} | {one.p95:.1f} | {one.cpu:.1f}"
        click.echo(f"| `{one.path}` | {times} | {one.ratio:.1f} | {one.slowest} |")


async def _measure(settings: Settings, secret: str, run: UUID, views: int) -> list[Timing]:
    front = make_front(settings)
    transport = httpx.ASGITransport(app=front)  # type: ignore[arg-type]
    async with (
        front.lifespan(),
        httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies={SESSION_COOKIE: secret}) as client,
        httpx.AsyncClient(transport=transport, base_url=ORIGIN) as visitor,
    ):
        wrong: list[str] = []

        async def view(path: str) -> None:
            answer = await (visitor if path == BARE else client).get(path)
            if answer.status_code != httpx.codes.OK:
                wrong.append(f"answered {answer.status_code}: ")

        await _timed(lambda: view(BARE), 3)
        found = []
        for template in PAGES:
            path = template.format(run=run)
            with _Statements() as statements:
                (first,) = await _timed(lambda path=path: view(path), 1)  # type: ignore[misc]
            wrong.clear()
            bare, times, spent = [], [], 0.0
            for _ in range(views):
                bare += await _timed(lambda: view(BARE), 1)
                before = time.process_time()
                times += await _timed(lambda path=path: view(path), 1)  # type: ignore[misc]
                spent += time.process_time() - before
            bare.sort()
            times.sort()
            found.append(
                Timing(
                    path=template,
                    first=first,
                    p50=share(times, 0.5),
                    p95=share(times, 0.95),
                    cpu=spent * 1000 / views,
                    ratio=share(times, 0.5) / share(bare, 0.5),
                    slowest="".join(dict.fromkeys(wrong)) + _explained(settings, statements.seen),
                )
            )
    return found


async def _timed(call: Callable[[], Awaitable[None]], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await call()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


class _Statements:
    """The statements of a page, as they are sent."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    def __enter__(self) -> Self:
        event.listen(Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            self.seen.append((statement, parameters))


def _explained(settings: Settings, statements: Sequence[tuple[str, Any]]) -> str:
    """Say what the longest statement of a page takes, and how it reads the largest tables."""
    longest, words = 0.0, "none"
    assert settings.database_url  # noqa: S101 - the databases were started with it
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        for statement, parameters in statements:
            answer = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode(), parameters)
            ((plans,),) = answer.fetchall()
            if plans[0]["Execution Time"] > longest:
                longest = plans[0]["Execution Time"]
                words = f"{longest:.1f} ms: {', '.join(dict.fromkeys(_reads(plans[0]['Plan'])))}"
    return words


def _reads(plan: Mapping[str, Any]) -> list[str]:
    name = plan.get("Index Name") or plan.get("Relation Name")
    rows = plan["Actual Rows"] * plan["Actual Loops"]
    own = [f"{plan['Node Type']} {name} ({rows:,.0f} rows)"] if name and rows else []
    return own + [one for part in plan.get("Plans", ()) for one in _reads(part)]


if __name__ == "__main__":
    main()
