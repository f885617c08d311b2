"""`make bench`: measure, and print a table."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import msgspec

from bench.cascades import added_latency, end_to_end
from bench.deliveries import delivered
from bench.fairness import fairness
from bench.figures import Line, Report, machine, table
from bench.generator import Load
from bench.in_flight import in_flight, waiting
from bench.isolation import isolation
from bench.loads import Options, Reference, api_loads
from bench.processes import Generator, Stack, generator, server, stack
from bench.profiles import Profiles
from bench.run_cost import run_cost
from bench.scaled import scaled
from bench.start import started
from bench.wire import plain

API_LOADS = frozenset({2, 3, 4})
ALL = frozenset(range(1, 15))
QUICK = {"LEADRUN_SANDBOX_LATENCY_MS": "0", "LEADRUN_WORKER_CONCURRENCY": "1000"}
SLOW = {"LEADRUN_SANDBOX_LATENCY_MS": "150"}
SLOWER = {"LEADRUN_SANDBOX_LATENCY_MS": "1000"}
EVENTS = 4000
SETTLE_SECONDS, REST_SECONDS = 15.0, 30.0
ELSEWHERE = """Elsewhere: lists and statements over 10 million rows, which take an hour to seed (python -m bench.rows);
other stacks that do the same durable work (python -m bench.peers); pages of the app (python -m bench.app)."""


@click.command()
@click.option("--only", help="Numbers of the loads, such as 2,3; all of them unless given.")
@click.option("--seconds", type=click.FloatRange(min=0.3), default=6.0, show_default=True, help="Of a load.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Of a load; medians count.")
@click.option("--connections", type=click.IntRange(min=1), default=32, show_default=True, help="Of the generator.")
@click.option("--runs", type=click.IntRange(min=100), default=3000, show_default=True, help="Of the end-to-end load.")
@click.option("--profile", type=click.Path(file_okay=False, path_type=Path), help="Keep profiles here (py-spy).")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(
    *, only: str | None, seconds: float, rounds: int, connections: int, runs: int, profile: Path | None, as_json: bool
) -> None:
    """Measure leadrun on this machine, loads on the API next to a bare Litestar hello on the same HTTP server.

    (1) the hello, (2) POST of a fresh contact, (3) POST of a duplicate, (4) GET of a finished run, (5) runs a second
    from end to end, (6) what is added to the providers' own time, (7) the same next to large jobs,
    (8) webhooks next to receivers that hang or fail, (9) CPU of a run and its bare calls, (10) 10 000 runs in flight,
    (11) deliveries and bare POSTs, (12) 4 000 runs that wait for a limit, (13) start and rest, (14) two processes
    and one. Nothing else should run meanwhile; profiles cost a part of what is measured.
    """
    wanted = _wanted(only)
    options = Options(seconds=seconds, connections=connections, rounds=rounds, runs=runs, profiles=Profiles(profile))
    load_before = os.getloadavg()[0]
    with generator() as load, server("hello") as hello:
        alone = _ceiling(load, options)
        reference = Reference(load, hello, options)
        lines = _measure(reference, wanted)
        report = Report(
            machine=machine(),
            load_before=load_before,
            generator_rate=alone[0],
            generator_cpu_us=alone[1],
            lines=(reference.line(), *lines),
        )
    click.echo(msgspec.json.encode(report) if as_json else f"{table(report)}\n{ELSEWHERE}")


def _wanted(only: str | None) -> frozenset[int]:
    try:
        wanted = frozenset(int(part) for part in only.split(",")) if only else ALL
    except ValueError:
        wanted = frozenset()
    if not wanted or wanted - ALL:
        raise click.BadParameter("name loads by their numbers, such as 2,3", param_hint="--only")
    return wanted


def _measure(reference: Reference, wanted: frozenset[int]) -> list[Line]:
    load, options = reference.generator, reference.options
    steps: tuple[tuple[frozenset[int], Callable[[], list[Line]]], ...] = (
        (API_LOADS, lambda: _on(QUICK, lambda quick: api_loads(quick, reference, wanted))),
        (frozenset({5}), lambda: _on(QUICK, lambda quick: [end_to_end(quick, reference)])),
        (frozenset({6}), lambda: _on(SLOW, added_latency)),
        (frozenset({7}), lambda: _on(SLOWER, fairness)),
        (frozenset({8}), _isolation),
        (frozenset({9}), lambda: run_cost(load, options)),
        (frozenset({10}), lambda: in_flight(load, options)),
        (frozenset({11}), lambda: delivered(EVENTS, options.rounds)),
        (frozenset({12}), lambda: waiting(load, options)),
        (frozenset({13}), lambda: started(SETTLE_SECONDS, REST_SECONDS)),
        (frozenset({14}), lambda: scaled(load, options)),
    )
    lines: list[Line] = []
    for numbers, step in steps:
        if numbers & wanted:
            lines += _measured(min(numbers), step)
    return lines


def _on(settings: Mapping[str, str], measure: Callable[[Stack], list[Line]]) -> list[Line]:
    with stack(settings) as running:
        return measure(running)


def _isolation() -> list[Line]:
    with stack(QUICK) as alone, stack(QUICK) as among, stack(QUICK) as beside:
        return isolation((alone, among, beside))


def _measured(number: int, step: Callable[[], list[Line]]) -> list[Line]:
    """Measure; a load that fails is a line that says so."""
    began = time.monotonic()
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - whatever it is, the figures of the other loads are kept
        return [Line(number=number, what="not measured", count=0, note=f"failed: {type(error).__name__}: {error}")]
    finally:
        click.echo(f"load {number}: {time.monotonic() - began:.0f} s", err=True)


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
