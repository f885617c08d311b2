"""Another client during a campaign: what its health checks wait for, and how much memory the server takes.

Run as ``python -m tests.hostile.watchdog URL PID``; prints what it saw when its standard input ends.
"""

import http.client
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psutil

PAUSE = 0.02
# Of the thread that reads it: nanoseconds on a processor, and waiting for one (proc(5)).
SCHEDULED = Path("/proc/thread-self/schedstat")


class Seen(msgspec.Struct, kw_only=True):
    """What the watchdog saw: seconds, bytes, and failures in words.

    Attributes:
        worst_health: CPU seconds that the server used at most while a health check waited, that is, for what it did
            before it answered. Unlike seconds of the clock they do not grow with what else the machine does: what the
            watchdog itself waited for a processor is subtracted, for the answer may have been there.
    """

    checks: int = 0
    worst_health: float = 0.0
    rss_before: int = 0
    rss_peak: int = 0
    failures: list[str] = []


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU seconds that a process has used."""
    used = process.cpu_times()
    return float(used.user + used.system)


def delay() -> float:
    """Return the seconds that this thread has waited for a processor; 0 where the system does not say."""
    try:
        return int(SCHEDULED.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def watch(url: str, pid: int, ended: threading.Event) -> Seen:
    """Ask for the health again and again."""
    seen, process = Seen(), psutil.Process(pid)
    seen.rss_before = process.memory_info().rss
    parts = urlsplit(url)
    while not ended.is_set():
        began, waited = cpu_seconds(process), delay()
        try:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            connection.request("GET", "/health/live")
            status = connection.getresponse().status
            connection.close()
            if status != http.HTTPStatus.OK:
                seen.failures.append(f"health: {status}")
        except OSError as error:
            seen.failures.append(f"health: {type(error).__name__}")
        seen.checks += 1
        try:
            waited = delay() - waited
            seen.worst_health = max(seen.worst_health, cpu_seconds(process) - began - waited)
            seen.rss_peak = max(seen.rss_peak, process.memory_info().rss)
        except psutil.NoSuchProcess:
            seen.failures.append("the process is lost")
            break
        ended.wait(PAUSE)
    return seen


if __name__ == "__main__":
    over = threading.Event()

    def wait() -> None:
        """Wait for the end of the campaign."""
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    sys.stdout.buffer.write(msgspec.json.encode(watch(sys.argv[1], int(sys.argv[2]), over)))
