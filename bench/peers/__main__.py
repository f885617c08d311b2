"""`python -m bench.peers`: the same loads on leadrun and on other stacks that do the same durable work."""

import os
import time
from collections.abc import Callable

import click
import msgspec

from bench.figures import Figures, laid, machine
from bench.generator import Load
from bench.loads import FRESH, Options, Reference
from bench.peers.sides import PEERS, Side, build, ours
from bench.processes import Weight, generator, paused, server

RUNS, READS = 2000, 500
ACCEPTED = '"runId":'


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a stack: rates, ratios to the hello, and microseconds of CPU."""

    name: str
    fresh: float
    fresh_cpu: float
    fresh_many: float
    read: float
    read_cpu: float
    ended: float
    ended_cpu: float


ROWS: tuple[tuple[str, Callable[[Measured], str]], ...] = (
    ("POST of a fresh contact, 32 connections / hello", lambda one: f"{one.fresh:.3f}"),
    ("the same, 128 connections", lambda one: f"{one.fresh_many:.3f}"),
    ("CPU of the API for it, us", lambda one: f"{one.fresh_cpu:,.0f}"),
    ("GET of a finished run / hello", lambda one: f"{one.read:.3f}"),
    ("CPU of the API for it, us", lambda one: f"{one.read_cpu:,.0f}"),
    ("runs a second from end to end, three calls each", lambda one: f"{one.ended:,.0f}"),
    ("CPU of a run, all processes, us", lambda one: f"{one.ended_cpu:,.0f}"),
)


@click.command()
@click.option("--seconds", type=click.FloatRange(min=0.5), default=6.0, show_default=True, help="Of a load.")
@click.option("--runs", type=click.IntRange(min=READS), default=RUNS, show_default=True, help="From end to end.")
@click.option("--only", default="", help="A part of the names of the stacks to measure.")
def main(*, seconds: float, runs: int, only: str) -> None:
    """Build the peers in an environment of their own (build/peers), and measure them and leadrun in turn.

    Each keeps a row before it answers 202, asks three played vendors without latency, and stores what they say. The
    peers have no keys, credits, limits, cache, leases or attempts: they are what a template gives.
    """
    build()
    options = Options(seconds=seconds, runs=runs)
    sides = [("leadrun", ours), *((peer.name, peer.open) for peer in PEERS)]
    load_before, found = os.getloadavg()[0], []
    with generator() as load, server("hello") as hello:
        reference = Reference(load, hello, options)
        for name, opened in sides:
            if only in name:
                with opened(load) as side:
                    found.append(_measure(side, reference))
    click.echo(f"{machine()}; load before the start {load_before:.2f}\n")
    cells = [[what, *(show(one) for one in found)] for what, show in ROWS]
    click.echo("\n".join(laid(["", *(one.name for one in found)], cells)))


def _measure(side: Side, reference: Reference) -> Measured:
    options, api = reference.options, side.processes[0]
    fresh = Load(
        port=side.port,
        request=side.post,
        status=202,
        text=ACCEPTED,
        connections=options.connections,
        seconds=options.seconds,
    )
    ended, ended_cpu = _end_to_end(side, reference, fresh)
    ids = side.ids(READS)
    read = msgspec.structs.replace(fresh, request=side.get, values=ids, status=200, text='"completed"')
    read_ratio, read_cpu = _ratio(reference, read, Weight(api))
    worker = side.processes[1]
    with paused(worker, *worker.children(recursive=True)):
        loads = [
            msgspec.structs.replace(fresh, first=place * FRESH, connections=count)
            for place, count in ((1, options.connections), (2, options.many))
        ]
        (few, cpu), (many, _) = (_ratio(reference, one, Weight(api)) for one in loads)
    return Measured(
        name=side.name,
        fresh=few,
        fresh_cpu=cpu,
        fresh_many=many,
        read=read_ratio,
        read_cpu=read_cpu,
        ended=ended,
        ended_cpu=ended_cpu,
    )


def _end_to_end(side: Side, reference: Reference, fresh: Load) -> tuple[float, float]:
    """Submit as fast as it is accepted, and wait for the end; returns runs a second, and CPU of a run."""
    warm, count = READS, reference.options.runs
    reference.generator.run(msgspec.structs.replace(fresh, count=warm, seconds=600.0))
    side.wait()
    weight, begun = Weight(*side.processes), time.perf_counter()
    reference.generator.run(msgspec.structs.replace(fresh, first=warm, count=count, seconds=600.0))
    side.wait()
    return count / (time.perf_counter() - begun), weight.seconds() / count * 1e6


def _ratio(reference: Reference, load: Load, weight: Weight) -> tuple[float, float]:
    """Return the ratio of a load to the hello, and the CPU of a request."""
    found: list[tuple[Figures, float]] = []

    def measured() -> float:
        before = weight.seconds()
        figures = reference.generator.run(load)
        found.append((figures, weight.seconds() - before))
        return figures.rate

    ratio = reference.around(measured, load.connections)
    figures, cpu = found[0]
    return ratio, cpu / figures.count * 1e6


if __name__ == "__main__":
    main()
