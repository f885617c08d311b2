"""The loads on the API alone: new submissions, duplicates, and reads of finished runs, next to the bare hello."""

from collections.abc import Callable

import msgspec
import psutil

from bench.client import Client
from bench.figures import Figures, Line
from bench.generator import Load
from bench.processes import Generator, Server, Stack, Weight, paused
from bench.wire import numbered, plain, reading, submission

CREDIT = 1_000_000_000
SEEDS = 500
WARM_UP = 0.5


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The duration and the intensity of a load.

    Attributes:
        seconds: Of a load; a reference takes a third of it.
        connections: Of the generator.
        runs: Of the end-to-end load.
    """

    seconds: float = 6.0
    connections: int = 32
    runs: int = 3000


class Reference:
    """The bare hello, measured before and after every load, so that drift of the machine cancels out."""

    def __init__(self, generator: Generator, hello: Server, options: Options) -> None:
        """Keep the parts."""
        self.generator, self.options = generator, options
        self._hello = hello
        self._measured: list[Figures] = []
        self._weight = 0.0

    def around(self, load: Callable[[], float]) -> float:
        """Run a load that returns its rate, between two references; returns the ratio of the rates."""
        before = self._measure()
        rate = load()
        return 2 * rate / (before + self._measure())

    def line(self) -> Line:
        """Return the mean of all references."""
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

    def _measure(self) -> float:
        weight = Weight(self._hello.process)
        load = Load(
            port=self._hello.port,
            request=plain(self._hello.port),
            connections=self.options.connections,
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
    lines = []
    if 4 in wanted:
        lines.append(_measure(4, "GET of a finished run", read, stack.api, reference))
    if 3 in wanted:
        lines.append(_measure(3, "POST of a duplicate (200, cached)", base, stack.api, reference))
    if 2 in wanted:
        lines.append(_fresh(stack, base, reference))
    return lines[::-1]


def _fresh(stack: Stack, base: Load, reference: Reference) -> Line:
    """Submit with a live key, so that each is charged; the worker stands still, because this is about the API."""
    live = stack.key(mode="live", credit=CREDIT)
    account = Client(stack.url, live)
    load = msgspec.structs.replace(base, request=submission(stack.port, live), values=(), status=202, text='"runId":')
    with paused(stack.worker):
        line = _measure(2, "POST of a fresh contact (202)", load, stack.api, reference)
        spent = account.get("/credits")["total_spent"]
    if spent < line.count:
        raise RuntimeError(f"{line.count} submissions were accepted, but only {spent} credits spent")
    return line


def _measure(number: int, what: str, load: Load, process: psutil.Process, reference: Reference) -> Line:
    warm = reference.generator.run(msgspec.structs.replace(load, seconds=WARM_UP))
    load = msgspec.structs.replace(load, first=warm.count + load.connections)
    found: list[tuple[Figures, float]] = []

    def measured() -> float:
        weight = Weight(process)
        figures = reference.generator.run(load)
        found.append((figures, weight.seconds()))
        return figures.rate

    ratio = reference.around(measured)
    figures, cpu = found[0]
    return Line(
        number=number,
        what=what,
        count=figures.count,
        rate=figures.rate,
        p50_ms=figures.p50_ms,
        p99_ms=figures.p99_ms,
        cpu_us=cpu / figures.count * 1e6,
        ratio=ratio,
    )
