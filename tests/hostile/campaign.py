"""A campaign against a running API: all families at once, under a watchdog."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from functools import partial

import msgspec
import psutil

from tests.hostile.api_families import API
from tests.hostile.app_families import APP, streams
from tests.hostile.families import DRAWN, Family, Target, hold, leave, sent
from tests.hostile.watchdog import Seen

MIB = 1 << 20
INTERNAL_ERROR = 500
FAMILIES: tuple[Family, ...] = (*DRAWN, *API)
HELD: tuple[Callable[[Target], None], ...] = (leave, hold)
SHOWN = 3
# Of the log of a process that is lost.
LAST_LINES = 40
# Characters of a line of the log: its event, and the calls that raised.
HEAD = 200
TAIL = 3000


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a campaign went."""

    seen: Seen
    requests: int
    statuses: dict[str, int]
    problems: list[str]

    def lines(self) -> list[str]:
        """Write the figures, and what is wrong."""
        grown = (self.seen.rss_peak - self.seen.rss_before) / MIB
        return [
            f"requests: {self.requests}, by status: {self.statuses}",
            f"health checks: {self.seen.checks}, the slowest of {self.seen.worst_health * 1000:.0f} ms of CPU time",
            f"memory: {self.seen.rss_before / MIB:.0f} MiB before, at most {grown:+.0f} MiB",
            *(self.problems or ["nothing is wrong"]),
        ]


def run(target: Target, pid: int, *, seconds: float, health: float = 0.25, memory: int = 64 * MIB) -> Report:
    """Attack for some seconds.

    Args:
        target: The API and a key.
        pid: Of the API's process.
        seconds: How long.
        health: CPU seconds of the process that another client's health check may wait for.
        memory: Bytes that the process may grow by.
    """
    command = [sys.executable, "-m", "tests.hostile.watchdog", target.url, str(pid)]
    watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    statuses: Counter[int] = Counter()
    deadline = time.monotonic() + seconds

    def attack(step: Callable[[], None]) -> None:
        while time.monotonic() < deadline:
            step()

    def draw(family: Family) -> None:
        for request in family(target):
            statuses.update(sent(target, request))

    steps = [partial(step, target) for step in (*HELD, *((streams,) if target.run else ()))]
    steps += [partial(draw, family) for family in (*FAMILIES, *(APP if target.secret else ()))]
    threads = [threading.Thread(target=attack, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written, _ = watchdog.communicate()
    seen = msgspec.json.decode(written, type=Seen)
    return Report(
        seen=seen,
        requests=statuses.total(),
        statuses={str(status): count for status, count in sorted(statuses.items())},
        problems=[*_seen(seen, health, memory), *_answered(target, pid, statuses), *_logged(target)],
    )


def _seen(seen: Seen, health: float, memory: int) -> list[str]:
    problems = [f"{text} ({count} times)" for text, count in Counter(seen.failures).items()]
    if seen.worst_health > health:
        problems.append(f"another client's health check waited for {seen.worst_health * 1000:.0f} ms of CPU time")
    if seen.rss_peak - seen.rss_before > memory:
        problems.append(f"the process grew by {(seen.rss_peak - seen.rss_before) / MIB:.0f} MiB")
    return problems


def _answered(target: Target, pid: int, statuses: Counter[int]) -> list[str]:
    if lost := how_lost(pid):
        last = target.log.read_text(errors="replace").splitlines()[-LAST_LINES:] if target.log else []
        return [f"the process is lost: {lost}", *last]
    with urllib.request.urlopen(f"{target.url}/metrics", timeout=30) as answer:  # noqa: S310 - the target's
        counted = 'status="500"' in answer.read().decode()
    return [f"{statuses[INTERNAL_ERROR]} answers were 500, as the metrics count"] if counted else []


def how_lost(pid: int) -> str:
    """Say how a process has ended: its exit status or signal, where it is a child of ours; empty while it runs."""
    try:
        # It stays for the one that started it and waits for it.
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return "" if psutil.pid_exists(pid) else "it is no child of ours, so that nobody knows its status"
    if found is None:
        return ""
    if found.si_code == os.CLD_EXITED:
        return f"exit status {found.si_status}"
    dumped = ", core dumped" if found.si_code == os.CLD_DUMPED else ""
    return f"{signal.Signals(found.si_status).name}{dumped}"


def _logged(target: Target) -> list[str]:
    """List the first errors of the log, of which there are none."""
    errors = target.log.read_text().splitlines() if target.log else []
    return [f"{len(errors)} lines in the log", *map(_ends, errors[:SHOWN])] if errors else []


def _ends(line: str) -> str:
    """Return the beginning and the end of a line of the log: what happened, and the last calls of its traceback."""
    return line if len(line) <= HEAD + TAIL else f"{line[:HEAD]} … {line[-TAIL:]}"
