"""Measures how `leadrun up` starts, the first time and again, and what it takes at rest: `python -m bench.start`."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import click
import psutil

from bench.figures import machine

GOALS = {"first": 6.0, "again": 3.0}
MOST_MIB, MOST_CPU = 400, 1.0


@click.command()
@click.option(
    "--settle", type=click.FloatRange(min=1), default=15.0, show_default=True, help="Seconds before the rest."
)
@click.option("--rest", type=click.FloatRange(min=1), default=30.0, show_default=True, help="Seconds of it.")
def main(*, settle: float, rest: float) -> None:
    """Start twice on one data directory, then look at each process while nothing is asked of it.

    Memory is proportional (PSS): a page that processes share counts once.
    """
    click.echo(f"{machine()}; load before the start {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(prefix="leadrun-bench-", ignore_cleanup_errors=True) as directory:
        # The databases of root run as another user, who needs access to the directory.
        Path(directory).chmod(0o711)
        for name, goal in GOALS.items():
            began = time.perf_counter()
            line = ("-m", "app.cli.main", "up", "--port", "0", "--json", "--data-dir", f"{directory}/data")
            with subprocess.Popen((sys.executable, *line), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as up:
                assert up.stdout  # noqa: S101 - opened with a pipe
                up.stdout.readline()
                seconds, family = time.perf_counter() - began, _family(up.pid)
                spent = sum(_cpu(one) for one in family) + sum(family[0].cpu_times()[2:4])
                click.echo(f"{name}: ready after {seconds:.2f} s (goal {goal:g}), {spent:.2f} s of CPU")
                if name == "again":
                    time.sleep(settle)
                    _look(_family(up.pid), rest)
                up.terminate()


def _look(family: list[psutil.Process], rest: float) -> None:
    """Print what each process holds and spends, the largest first, and the sums."""
    before = {one: _cpu_ns(one.pid) for one in family}
    began = time.perf_counter()
    time.sleep(rest)
    seconds = time.perf_counter() - began
    rows = []
    for one, spent in before.items():
        with suppress(psutil.Error, OSError):  # a connection of PostgreSQL's may have ended
            share = (_cpu_ns(one.pid) - spent) / seconds / 1e7
            rows.append((one.memory_full_info().pss / 2**20, share, " ".join(one.cmdline()[-5:])))
    for mib, share, name in sorted(rows, reverse=True):
        click.echo(f"  {mib:6.1f} MiB {share:5.2f} %  {name}")
    mib, share = sum(row[0] for row in rows), sum(row[1] for row in rows)
    click.echo(f"at rest: {mib:.0f} MiB (goal {MOST_MIB}), {share:.2f} % of a core (goal {MOST_CPU:g})")


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _cpu_ns(pid: int) -> int:
    """Return the CPU time of a process by the scheduler's count, which is finer than a tick (Linux)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks)


if __name__ == "__main__":
    main()
