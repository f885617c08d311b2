"""Load (14): two API processes and two workers, compared with one of each, for several accounts."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil

from bench.figures import Goal, Line, median
from bench.generator import Load
from bench.loads import FRESH, Options
from bench.processes import Generator, Stack, Weight, generator, paused
from bench.runs import BESIDE, CREDIT, Submitter, asking
from bench.wire import submission

ACCOUNTS = 4
RUNS = 1500
SETTINGS = {"LEADRUN_WORKER_CONCURRENCY": "1000"}
# On two cores, which all share, only what a request costs can be compared; where cores are to spare, the rate.
GROWTH, SPEED = 1.15, 1.7
SPARE_CORES = 8


def scaled(first: Generator, options: Options) -> list[Line]:
    """Measure submissions by one API process and by two, and runs by one worker and by two, in turn."""
    with ExitStack() as opened:
        generators = [first, *(opened.enter_context(generator()) for _ in range(ACCOUNTS - 1))]
        stack = opened.enter_context(asking(0.0, SETTINGS))
        api, port = opened.enter_context(stack.another("API"))
        keys = [stack.key(mode="live", credit=CREDIT, account=f"acme-{number}") for number in range(ACCOUNTS)]
        numbers = itertools.count()
        with paused(stack.worker):
            submissions = _Submissions(stack, generators, keys, (stack.api, api), options)
            submissions.measure([stack.port], next(numbers))
            pairs = [
                (
                    submissions.measure([stack.port], next(numbers)),
                    submissions.measure([stack.port, port], next(numbers)),
                )
                for _ in range(options.rounds)
            ]
        runs = _runs(stack, first, options)
    return [
        _line("POST of a fresh contact, two API processes", pairs),
        _line("a run of three calls, two workers", runs),
    ]


class _Submissions:
    """Submissions of several accounts at once, each by a generator of its own."""

    def __init__(
        self,
        stack: Stack,
        generators: Sequence[Generator],
        keys: Sequence[str],
        apis: Sequence[psutil.Process],
        options: Options,
    ) -> None:
        self._generators, self._keys, self._options = generators, keys, options
        self._processes = [*apis, *(stack.parts[role] for role in BESIDE if role != "API")]

    def measure(self, ports: Sequence[int], turn: int) -> tuple[float, float]:
        """Return the rate at some ports, and the CPU of a request in microseconds, servers included."""
        weight = Weight(*self._processes)
        with ThreadPoolExecutor(ACCOUNTS) as threads:
            figures = list(
                threads.map(
                    lambda place: self._generators[place].run(self._load(ports[place % len(ports)], place, turn)),
                    range(ACCOUNTS),
                )
            )
        count = sum(one.count for one in figures)
        return sum(one.rate for one in figures), weight.seconds() / count * 1e6

    def _load(self, port: int, place: int, turn: int) -> Load:
        return Load(
            port=port,
            request=submission(port, self._keys[place]),
            first=(turn + 1) * FRESH // 2,
            status=202,
            connections=self._options.connections // ACCOUNTS,
            seconds=self._options.seconds / 2,
        )


def _runs(stack: Stack, load: Generator, options: Options) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return rate and CPU of runs by one worker and by two, in turn.

    The second one is started again each time: one that stands still keeps the message that it has taken.
    """
    account = Submitter.of(stack, load, "acme-runs")
    turns = itertools.count()

    def measure(*workers: psutil.Process) -> tuple[float, float]:
        done = account.run_all(RUNS, workers, first=next(turns) * RUNS)
        return RUNS / done.seconds, done.each("worker", *BESIDE)

    measure(stack.worker)
    pairs = []
    for _ in range(options.rounds):
        alone = measure(stack.worker)
        with stack.another("worker") as (second, _):
            pairs.append((alone, measure(stack.worker, second)))
    return pairs


def _line(what: str, pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> Line:
    speeds = [two[0] / one[0] for one, two in pairs]
    growths = [two[1] / one[1] for one, two in pairs]
    goal = Goal(what=f"{what}: CPU of all / by one", measured=median(growths), goal=GROWTH, at_most=True)
    if (psutil.cpu_count() or 1) >= SPARE_CORES:
        goal = Goal(what=f"{what}: rate / by one", measured=median(speeds), goal=SPEED)
    return Line(
        number=14,
        what=what,
        count=len(pairs),
        rate=median([two[0] for _, two in pairs]),
        cpu_us=median([two[1] for _, two in pairs]),
        note=f"rate {median(speeds):.2f} times, CPU {median(growths):.2f} times that of one, in {len(pairs)} pairs.",
        goals=(goal,),
    )
