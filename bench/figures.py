"""The figures of loads, and their table."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements of a load.

    Attributes:
        count: Answers that were as they must be.
        wrong: Answers that were not, and connections that broke; `sample` is the first of them.
        seconds: From the first request to the last answer.
        cpu_seconds: That the generator itself used.
    """

    count: int
    wrong: int
    sample: str
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.count / self.seconds


class Goal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure that is to reach a goal.

    Attributes:
        unit: What both are counted in; empty for ratios.
        at_most: Whether less is better.
    """

    what: str
    measured: float
    goal: float
    unit: str = ""
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure is as good as the goal."""
        return self.measured <= self.goal if self.at_most else self.measured >= self.goal


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the table; a missing measurement is None.

    Attributes:
        number: Of the load, as `--only` takes it.
        rate: Answers or runs a second.
        cpu_us: CPU time of the measured processes for each answer or run, in microseconds.
        ratio: Of the rate to that of the bare hello measured just before and just after.
        goals: What is wanted of it.
    """

    number: int
    what: str
    count: int
    rate: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    cpu_us: float | None = None
    ratio: float | None = None
    note: str = ""
    goals: tuple[Goal, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a run of the bench."""

    machine: str
    load_before: float
    generator_rate: float
    generator_cpu_us: float
    lines: tuple[Line, ...]


def share(ordered: Sequence[float], part: float) -> float:
    """Return the value below which a part (0 to 1) of ordered values lies; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def machine() -> str:
    """Describe the machine without naming it."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    cpu = names[0] if names else platform.processor() or platform.machine()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {kernel}, {python}"


GOALS = ("", "goal", "measured", "wanted", "reached")
HEADER = ("", "load", "per second", "p50 ms", "p95 ms", "p99 ms", "CPU us each", "of (1)", "counted")


def median(values: Sequence[float]) -> float:
    """Return the middle one of some values."""
    return share(sorted(values), 0.5)


def table(report: Report) -> str:
    """Return the report as text that is also Markdown: the loads, the goals, and notes."""
    rows = [
        (
            f"({line.number})",
            line.what,
            _number(line.rate, 0),
            _number(line.p50_ms, 1),
            _number(line.p95_ms, 1),
            _number(line.p99_ms, 1),
            _number(line.cpu_us, 0),
            _number(line.ratio, 3),
            str(line.count),
        )
        for line in report.lines
    ]
    goals = [
        (f"({line.number})", goal.what, _figure(goal, goal.measured), _bound(goal), "yes" if goal.reached else "no")
        for line in report.lines
        for goal in line.goals
    ]
    notes = [f"({line.number}) {line.note}" for line in report.lines if line.note]
    return "\n".join(
        (
            f"Machine: {report.machine}; load before the start {report.load_before:.2f}.",
            f"The generator itself reaches {report.generator_rate:,.0f}/s where a server does nothing.",
            "",
            *laid(HEADER, rows),
            "",
            *laid(GOALS, goals),
            "",
            *notes,
        )
    )


def laid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose columns are as wide as their longest cell."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    return [_row(row, widths) for row in (header, ["-" * width for width in widths], *rows)]


def _figure(goal: Goal, value: float) -> str:
    """Write a figure with three digits, but whole numbers with all of theirs."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f} {goal.unit}".rstrip()


def _bound(goal: Goal) -> str:
    return f"{'at most' if goal.at_most else 'at least'} {goal.goal:,g} {goal.unit}".rstrip()


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [f"{c:<{w}}" if i < 2 else f"{c:>{w}}" for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
    return f"| {' | '.join(texts)} |"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
