"""Measure how `leadrun up` starts, the first time and again, and what it takes at rest: `python -m bench.start`."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import click
import psutil

from app.embedded.own_processes import WORKER_READY
from bench.figures import Goal, Line, machine
from bench.processes import await_ready

GOALS = {"first": 6.0, "again": 3.0}
MOST_MIB, MOST_CPU, HELP_SECONDS = 400, 1.0, 0.3


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
    for line in started(settle, rest):
        click.echo(line.note)
        for goal in line.goals:
            most = f"at most {goal.goal:g} {goal.unit}"
            click.echo(f"{goal.what}: {goal.measured:.2f} {goal.unit} ({most}: {'yes' if goal.reached else 'no'})")


def started(settle: float, rest: float) -> list[Line]:
    """Start twice, rest once, and ask for help."""
    goals, notes = [], []
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
                goals.append(
                    Goal(what=f"`leadrun up` ready, {name}", measured=seconds, goal=goal, unit="s", at_most=True)
                )
                notes.append(f"{name} ready with {spent:.2f} s of CPU")
                if name == "again":
                    bulk = Path(f"{directory}/data/logs/work-bulk.log")
                    await_ready(lambda log=bulk: WORKER_READY in log.read_text(), "bulk worker")  # type: ignore[misc]
                    time.sleep(settle)
                    at_rest, held = _look(_family(up.pid), rest)
                    goals += at_rest
                    notes += held
                up.terminate()
    before = sum(os.times()[2:4])
    subprocess.run((sys.executable, "-m", "app.cli.main", "--help"), check=True, stdout=subprocess.DEVNULL)
    spent = sum(os.times()[2:4]) - before
    goals.append(Goal(what="`leadrun --help`, CPU", measured=spent, goal=HELP_SECONDS, unit="s", at_most=True))
    return [Line(number=13, what="start and rest", count=len(GOALS), note="; ".join(notes), goals=tuple(goals))]


def _look(family: list[psutil.Process], rest: float) -> tuple[list[Goal], list[str]]:
    """Return the goals of the sums, and what each process holds and spends, the largest first."""
    before = {one: _cpu_ns(one.pid) for one in family}
    began = time.perf_counter()
    time.sleep(rest)
    seconds = time.perf_counter() - began
    rows = []
    for one, spent in before.items():
        with suppress(psutil.Error, OSError):  # a connection of PostgreSQL's may have ended
            share = (_cpu_ns(one.pid) - spent) / seconds / 1e7
            rows.append((one.memory_full_info().pss / 2**20, share, " ".join(one.cmdline()[-2:])))
    mib, share = sum(row[0] for row in rows), sum(row[1] for row in rows)
    goals = [
        Goal(what="memory at rest (PSS)", measured=mib, goal=MOST_MIB, unit="MiB", at_most=True),
        Goal(what="CPU at rest, of a core", measured=share, goal=MOST_CPU, unit="%", at_most=True),
    ]
    return goals, [f"{mib:.1f} MiB {share:.2f} % {name}" for mib, share, name in sorted(rows, reverse=True)]


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
