"""Run pytest at other times by libfaketime: `python -m tests.faketime [--at NAME] [pytest's arguments]`.

Every process of the tests, PostgreSQL and Redis as well, is the same span ahead of the machine's clock.
"""

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.clock import SystemClock

LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")
BERLIN = "Europe/Berlin"


def times(now: datetime) -> dict[str, tuple[datetime, str]]:
    """Return the times to run at, each with the time zone of the machine."""
    midnight = now.replace(hour=23, minute=59, second=40, microsecond=0)
    return {
        "a-day-ahead": (now + timedelta(days=1), "UTC"),
        "40-days-ahead": (now + timedelta(days=40), "UTC"),
        "400-days-ahead": (now + timedelta(days=400), "UTC"),
        "29-february": (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), "UTC"),
        "summer-time-begins": (datetime(2027, 3, 28, 1, 59, 30, tzinfo=ZoneInfo(BERLIN)), BERLIN),
        "summer-time-ends": (datetime(2027, 10, 31, 2, 59, 30, tzinfo=ZoneInfo(BERLIN)), BERLIN),
        "before-midnight": (midnight if midnight > now else midnight + timedelta(days=1), "UTC"),
    }


def environment(library: Path, now: datetime, at: datetime, zone: str) -> dict[str, str]:
    """Return the environment of processes whose clock shows another time now."""
    site = Path(__file__).parent / "site"
    return {
        **os.environ,
        "TZ": zone,
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{int((at - now).total_seconds()):+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")])),
    }


def find_library() -> Path | None:
    """Return libfaketime, where it is installed."""
    return next((path for pattern in LIBRARIES for path in Path("/").glob(pattern[1:])), None)


def main() -> int:
    """Run pytest at each time; return the first status that is no success."""
    parser = argparse.ArgumentParser(prog="python -m tests.faketime")
    parser.add_argument("--at", action="append", choices=[*times(SystemClock().now())])
    options, rest = parser.parse_known_args()
    library = find_library()
    if library is None:
        print("leadrun: no libfaketime; the tests at other times are skipped", file=sys.stderr)  # noqa: T201
        return 0
    for name in options.at or times(SystemClock().now()):
        now = SystemClock().now()
        at, zone = times(now)[name]
        print(f"leadrun: tests {name}, at {at.isoformat()}", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *rest]
        status = subprocess.run(command, env=environment(library, now, at, zone), check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
