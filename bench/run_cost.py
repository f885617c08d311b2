"""Load (9): what a run costs, compared with the bare calls that it consists of."""

import asyncio
import time

import aiohttp

from bench.figures import Goal, Line
from bench.loads import Options
from bench.processes import Generator
from bench.runs import BESIDE, Submitter, asking
from bench.vendors import CALLS, vendors

RUNS, WARM = 2000, 300
AT_ONCE = 64
SETTINGS = {"LEADRUN_WORKER_CONCURRENCY": "1000"}
WORKER, ALL = 3.0, 5.5


def run_cost(generator: Generator, options: Options) -> list[Line]:
    """Measure the CPU of runs whose three vendors answer at once, between two measurements of bare calls."""
    before = bare_call()
    with asking(0.0, SETTINGS) as stack:
        account = Submitter.of(stack, generator)
        account.run_all(WARM, (stack.worker,))
        with options.profiles.of("9-worker", stack.worker), options.profiles.of("9-api", stack.api):
            done = account.run_all(RUNS, (stack.worker,), first=WARM)
    bare = CALLS * (before + bare_call()) / 2
    worker, everything = done.each("worker"), done.each("worker", *BESIDE)
    parts = ", ".join(f"{role} {done.each(role):.0f} us" for role in done.cpu)
    return [
        Line(
            number=9,
            what=f"a run of {CALLS} calls without latency",
            count=len(done.runs),
            rate=len(done.runs) / done.seconds,
            cpu_us=everything,
            note=f"CPU of {parts}; {CALLS} bare aiohttp calls {bare:.0f} us. The rate is that of the worker alone.",
            goals=(
                Goal(
                    what=f"CPU of the worker / {CALLS} bare aiohttp calls",
                    measured=worker / bare,
                    goal=WORKER,
                    at_most=True,
                ),
                Goal(
                    what=f"CPU of all of ours / {CALLS} bare aiohttp calls",
                    measured=everything / bare,
                    goal=ALL,
                    at_most=True,
                ),
            ),
        )
    ]


def bare_call() -> float:
    """Return the CPU of one call of the same vendor by a bare aiohttp session, in microseconds."""
    with vendors() as played:
        return asyncio.run(_bare(f"http://127.0.0.1:{played.port}/email-finder"))


async def _bare(url: str) -> float:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def some(count: int) -> None:
            for _ in range(count):
                async with session.get(url) as answer:
                    await answer.read()

        await asyncio.gather(*(some(WARM // AT_ONCE) for _ in range(AT_ONCE)))
        each = RUNS // AT_ONCE
        spent = time.process_time()
        await asyncio.gather(*(some(each) for _ in range(AT_ONCE)))
        return (time.process_time() - spent) / (each * AT_ONCE) * 1e6
