"""Loads (10) and (12): thousands of runs at once, held up by slow vendors, or by what a vendor's limit lets through."""

import time

from redis import Redis

from bench.figures import Goal, Line
from bench.loads import Options
from bench.processes import Generator, Stack, Weight
from bench.runs import Submitter, asking
from bench.vendors import CALLS, VENDORS

RUNS = 10_000
MEMORY_MIB = 300
# Seconds of a vendor's answer, and the share of the ideal that is wanted then.
SHARES = {2.0: 0.5, 10.0: 0.9}
SETTINGS = {"LEADRUN_WORKER_CONCURRENCY": "5000"}
LIMIT = "5/1"
FEW, MANY = 400, 4000
SETTLE, SECONDS = 8.0, 20.0
GROWTH = 1.5


def in_flight(generator: Generator, options: Options) -> list[Line]:
    """Let 10 000 runs go at once on two workers, with vendors of two seconds and of ten."""
    return [_in_flight(generator, options, latency) for latency in SHARES]


def _in_flight(generator: Generator, options: Options, latency: float) -> Line:
    with asking(latency, SETTINGS) as stack, stack.another("worker") as (second, _):
        account, workers = Submitter.of(stack, generator), (stack.worker, second)
        account.run_all(RUNS // 100, workers)
        with options.profiles.of(f"10-{latency:g}s", stack.worker):
            done = account.run_all(RUNS, workers, first=RUNS)
    what = f"{RUNS:,} runs of {CALLS} calls of {latency:g} s, two workers"
    ideal = CALLS * latency
    return Line(
        number=10,
        what=what,
        count=len(done.runs),
        rate=len(done.runs) / done.seconds,
        cpu_us=sum(done.cpu.values()) / len(done.runs) * 1e6,
        note=f"all ended after {done.seconds:.1f} s, ideally {ideal:g}; {done.each('worker'):.0f} us of workers a run.",
        goals=(
            Goal(what=f"{what}: share of the ideal", measured=ideal / done.seconds, goal=SHARES[latency]),
            Goal(what="the same: memory of a worker", measured=done.mib, goal=MEMORY_MIB, unit="MiB", at_most=True),
        ),
    )


def waiting(generator: Generator, options: Options) -> list[Line]:
    """Let 400 runs, and then 4 000, wait for a vendor that takes five calls a second."""
    with asking(0.0, SETTINGS, limit=LIMIT) as stack:
        account = Submitter.of(stack, generator)
        account.submit(FEW, providers=VENDORS[:1])
        few = _look(stack)
        account.submit(MANY - FEW, first=MANY, providers=VENDORS[:1])
        with options.profiles.of("12-waiting", stack.worker):
            many = _look(stack)
    words = "; ".join(
        f"{count:,} wait: {cpu:.1f} % of a core, {scripts:.0f} scripts a second"
        for count, (cpu, scripts) in ((FEW, few), (MANY, many))
    )
    what = f"{MANY:,} runs that wait for a vendor of {LIMIT.partition('/')[0]} calls a second"
    return [
        Line(
            number=12,
            what=what,
            count=MANY,
            note=words,
            goals=(
                Goal(
                    what=f"{what}: CPU of the worker / with {FEW}", measured=many[0] / few[0], goal=GROWTH, at_most=True
                ),
            ),
        )
    ]


def _look(stack: Stack) -> tuple[float, float]:
    """Return the worker's percent of a core, and the scripts that Redis runs in a second."""
    time.sleep(SETTLE)
    with Redis.from_url(stack.environ()["LEADRUN_REDIS_URL"]) as redis:
        before, weight, begun = _scripts(redis), Weight(stack.worker), time.monotonic()
        time.sleep(SECONDS)
        passed = time.monotonic() - begun
        return weight.seconds() / passed * 100, (_scripts(redis) - before) / passed


def _scripts(redis: Redis) -> int:
    stats = redis.info("commandstats")
    return sum(int(stats[name]["calls"]) for name in ("cmdstat_evalsha", "cmdstat_eval") if name in stats)
