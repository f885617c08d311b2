"""Another client beside a campaign: how long its health checks wait, and how much memory the server takes.

Run as ``python -m tests.hostile.watchdog URL PID``; prints what it saw when its standard input ends.
"""

import http.client
import sys
import threading
import time
from urllib.parse import urlsplit

import msgspec
import psutil

PAUSE = 0.02


class Seen(msgspec.Struct, kw_only=True):
    """What the watchdog saw: seconds, bytes, and failures in words."""

    checks: int = 0
    worst_health: float = 0.0
    rss_before: int = 0
    rss_peak: int = 0
    failures: list[str] = []


def watch(url: str, pid: int, ended: threading.Event) -> Seen:
    """Ask for the health again and again."""
    seen, process = Seen(), psutil.Process(pid)
    seen.rss_before = process.memory_info().rss
    parts = urlsplit(url)
    while not ended.is_set():
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            connection.request("GET", "/health/live")
            status = connection.getresponse().status
            connection.close()
            if status != http.HTTPStatus.OK:
                seen.failures.append(f"health: {status}")
        except OSError as error:
            seen.failures.append(f"health: {type(error).__name__}")
        seen.worst_health = max(seen.worst_health, time.monotonic() - began)
        seen.checks += 1
        try:
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
