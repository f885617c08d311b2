"""`make bench`: measure, and print a table."""

import os

import click
import msgspec

from bench.cascades import added_latency, end_to_end
from bench.fairness import fairness
from bench.figures import Line, Report, machine, table
from bench.generator import Load
from bench.isolation import isolation
from bench.loads import Options, Reference, api_loads
from bench.processes import Generator, generator, server, stack
from bench.wire import plain

API_LOADS = frozenset({2, 3, 4})
ALL = API_LOADS | {1, 5, 6, 7, 8}
QUICK = {"LEADRUN_SANDBOX_LATENCY_MS": "0", "LEADRUN_WORKER_CONCURRENCY": "1000"}
SLOW = {"LEADRUN_SANDBOX_LATENCY_MS": "150"}
SLOWER = {"LEADRUN_SANDBOX_LATENCY_MS": "1000"}


@click.command()
@click.option("--only", help="Numbers of the loads, such as 2,3; all of them unless given.")
@click.option("--seconds", type=click.FloatRange(min=0.3), default=6.0, show_default=True, help="Of a load.")
@click.option("--connections", type=click.IntRange(min=1), default=32, show_default=True, help="Of the generator.")
@click.option("--runs", type=click.IntRange(min=100), default=3000, show_default=True, help="Of the end-to-end load.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(*, only: str | None, seconds: float, connections: int, runs: int, as_json: bool) -> None:
    """Measure leadrun on this machine, each load next to a bare Litestar hello on the same HTTP server.

    (1) the hello, (2) POST of a fresh contact, (3) POST of a duplicate, (4) GET of a finished run, (5) runs a second
    from end to end, (6) what is added to the providers' own time, (7) the same beside large jobs,
    (8) webhooks beside receivers that hang or fail. Nothing else should run meanwhile.
    """
    wanted = _wanted(only)
    options = Options(seconds=seconds, connections=connections, runs=runs)
    load_before = os.getloadavg()[0]
    with generator() as load, server("hello") as hello:
        alone = _ceiling(load, options)
        reference = Reference(load, hello, options)
        if not wanted - {1, 6, 7, 8}:
            reference.around(lambda: 0.0)
        lines = _measure(reference, wanted)
        report = Report(
            machine=machine(),
            load_before=load_before,
            generator_rate=alone[0],
            generator_cpu_us=alone[1],
            lines=(reference.line(), *lines),
        )
    click.echo(msgspec.json.encode(report) if as_json else table(report))


def _wanted(only: str | None) -> frozenset[int]:
    try:
        wanted = frozenset(int(part) for part in only.split(",")) if only else ALL
    except ValueError:
        wanted = frozenset()
    if not wanted or wanted - ALL:
        raise click.BadParameter("name loads by their numbers, such as 2,3", param_hint="--only")
    return wanted


def _measure(reference: Reference, wanted: frozenset[int]) -> list[Line]:
    lines: list[Line] = []
    if wanted & API_LOADS:
        with stack(QUICK) as quick:
            lines += api_loads(quick, reference, wanted)
    if 5 in wanted:
        with stack(QUICK) as quick:
            lines.append(end_to_end(quick, reference))
    if 6 in wanted:
        with stack(SLOW) as slow:
            lines += added_latency(slow)
    if 7 in wanted:
        with stack(SLOWER) as slower:
            lines += fairness(slower)
    if 8 in wanted:
        with stack(QUICK) as alone, stack(QUICK) as among, stack(QUICK) as beside:
            lines += isolation((alone, among, beside))
    return lines


def _ceiling(load: Generator, options: Options) -> tuple[float, float]:
    """Measure the limit of the generator itself, and its cost of a response in microseconds."""
    with server("nothing") as nothing:
        figures = load.run(
            Load(
                port=nothing.port,
                request=plain(nothing.port),
                connections=options.connections,
                seconds=options.seconds / 3,
                text="hello",
            )
        )
    return figures.rate, figures.cpu_seconds / figures.count * 1e6


if __name__ == "__main__":
    main()
