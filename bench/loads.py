"""The loads on the API alone: new submissions, duplicates, and reads of finished runs, next to the bare hello."""

from collections.abc import Callable, Sequence

import msgspec
import psutil

from bench.client import Client
from bench.figures import Figures, Goal, Line, median
from bench.generator import Load
from bench.processes import Generator, Server, Stack, Weight, paused
from bench.profiles import NO_PROFILES, Profiles
from bench.wire import numbered, plain, reading, submission

CREDIT = 1_000_000_000
SEEDS = 500
# Contacts of one load, more than can be submitted.
FRESH = 100_000_000
WARM_UP = 0.5
# Of the rate of the bare hello, by the number of connections; a read has one for the first of them.
GOALS = {2: (0.28, 0.42), 3: (0.30, 0.45), 4: (0.65,)}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The duration and the intensity of a load.

    Attributes:
        seconds: Of a load; a reference takes a third of it.
        connections: Of the generator.
        many: Connections with which submissions are measured as well.
        rounds: Of each load of the API alone; their median counts.
        runs: Of the end-to-end load.
        profiles: Where profiles are kept.
    """

    seconds: float = 6.0
    connections: int = 32
    many: int = 128
    rounds: int = 3
    runs: int = 3000
    profiles: Profiles = NO_PROFILES


class Reference:
    """The bare hello, measured before and after every load, so that drift of the machine cancels out."""

    def __init__(self, generator: Generator, hello: Server, options: Options) -> None:
        """Keep the parts."""
        self.generator, self.options = generator, options
        self._hello = hello
        self._measured: list[Figures] = []
        self._weight = 0.0

    def around(self, load: Callable[[], float], connections: int | None = None) -> float:
        """Run a load that returns its rate, between two references; returns the ratio of the rates.

        Args:
            load: What is measured.
            connections: Of the load, where they are not those of the options.
        """
        before = self._measure(connections)
        rate = load()
        return 2 * rate / (before + self._measure(connections))

    def line(self) -> Line:
        """Return the mean of all references; where no load needed one, it is measured now."""
        if not self._measured:
            self._measure(None)
        all_of_them = self._measured
        count = sum(f.count for f in all_of_them)
        return Line(
            number=1,
            what="bare Litestar hello, same server",
            count=count,
            rate=count / sum(f.seconds for f in all_of_them),
            p50_ms=sum(f.p50_ms for f in all_of_them) / len(all_of_them),
            p99_ms=sum(f.p99_ms for f in all_of_them) / len(all_of_them),
            cpu_us=self._weight / count * 1e6,
            ratio=1.0,
            note=f"{min(f.rate for f in all_of_them):,.0f} to {max(f.rate for f in all_of_them):,.0f} a second "
            f"in {len(all_of_them)} measurements: on a quiet machine these are close together.",
        )

    def _measure(self, connections: int | None) -> float:
        weight = Weight(self._hello.process)
        load = Load(
            port=self._hello.port,
            request=plain(self._hello.port),
            connections=connections or self.options.connections,
            seconds=self.options.seconds / 3,
            text='{"hello":"world"}',
        )
        figures = self.generator.run(load)
        self._weight += weight.seconds()
        self._measured.append(figures)
        return figures.rate


def api_loads(stack: Stack, reference: Reference, wanted: frozenset[int]) -> list[Line]:
    """Measure those of the loads 2, 3 and 4 that are wanted."""
    test = stack.key(mode="test")
    account = Client(stack.url, test)
    generator, options = reference.generator, reference.options
    seeds = Load(
        port=stack.port,
        request=submission(stack.port, test, providers=("sandbox-mail",)),
        values=tuple(map(numbered, range(SEEDS))),
        status=202,
        connections=1,
        seconds=60,
        count=SEEDS,
    )
    generator.run(seeds)
    account.wait()
    ids = tuple(run.id for run in account.runs())
    base = msgspec.structs.replace(
        seeds, connections=options.connections, seconds=options.seconds, count=0, status=200, text='"cached":true'
    )
    read = msgspec.structs.replace(base, request=reading(stack.port, test), values=ids, text='"status":"completed"')
    few_and_many = (options.connections, options.many)
    lines = []
    if 4 in wanted:
        lines.append(_measure(4, "GET of a finished run", read, stack.api, reference))
    if 3 in wanted:
        duplicates = [msgspec.structs.replace(base, connections=count) for count in few_and_many]
        lines += [_measure(3, "POST of a duplicate (200, cached)", one, stack.api, reference) for one in duplicates]
    if 2 in wanted:
        lines += _fresh(stack, [msgspec.structs.replace(base, connections=count) for count in few_and_many], reference)
    return sorted(lines, key=lambda line: line.number)


def _fresh(stack: Stack, bases: Sequence[Load], reference: Reference) -> list[Line]:
    """Submit with a live key, so that each is charged; the worker stands still, because this is about the API."""
    live = stack.key(mode="live", credit=CREDIT)
    account = Client(stack.url, live)
    lines: list[Line] = []
    with paused(stack.worker):
        for place, base in enumerate(bases):
            load = msgspec.structs.replace(
                base,
                request=submission(stack.port, live),
                values=(),
                status=202,
                text='"runId":',
                first=place * FRESH,
            )
            lines.append(_measure(2, "POST of a fresh contact (202)", load, stack.api, reference))
        spent = account.get("/credits")["total_spent"]
    if spent < (counted := sum(line.count for line in lines)):
        raise RuntimeError(f"{counted} submissions were accepted, but only {spent} credits spent")
    return lines


def _measure(number: int, what: str, load: Load, process: psutil.Process, reference: Reference) -> Line:
    options = reference.options
    found: list[tuple[Figures, float]] = []
    next_one = load.first + load.connections

    def measured() -> float:
        weight = Weight(process)
        figures = reference.generator.run(msgspec.structs.replace(load, first=next_one))
        found.append((figures, weight.seconds()))
        return figures.rate

    next_one += reference.generator.run(msgspec.structs.replace(load, seconds=WARM_UP)).count
    ratios = []
    with options.profiles.of(f"{number}-{load.connections}", process):
        for _ in range(options.rounds):
            ratios.append(reference.around(measured, load.connections))
            next_one += found[-1][0].count + load.connections
    count = sum(figures.count for figures, _ in found)
    goal = dict(zip((options.connections, options.many), GOALS[number], strict=False))[load.connections]
    what = f"{what}, {load.connections} connections"
    return Line(
        number=number,
        what=what,
        count=count,
        rate=median([figures.rate for figures, _ in found]),
        p50_ms=median([figures.p50_ms for figures, _ in found]),
        p99_ms=median([figures.p99_ms for figures, _ in found]),
        cpu_us=sum(cpu for _, cpu in found) / count * 1e6,
        ratio=median(ratios),
        note="ratios of the rounds: " + ", ".join(f"{one:.3f}" for one in ratios),
        goals=(Goal(what=f"{what} / hello", measured=median(ratios), goal=goal),),
    )
