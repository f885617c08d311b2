"""A module for the fork server of a test: reports what kind of process it is, then ends or waits for a signal."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from random import random  # noqa: TID251 - whether it was seeded again


def main() -> int:
    """Write the report; return the status that the first argument names, or wait."""
    entry = sys.modules["__main__"].__spec__
    report = {
        "entry": entry and entry.name,
        "comm": Path("/proc/self/comm").read_text(),
        "parent": os.getppid(),
        "leads": os.getsid(0) == os.getpgid(0) == os.getpid(),
        "environ": dict(os.environ),
        "initial": Path("/proc/self/environ").read_bytes().decode(errors="replace"),
        "title": Path("/proc/self/cmdline").read_bytes().replace(b"\0", b" ").decode().strip(),
        "cwd": str(Path.cwd()),
        "threads": threading.active_count(),
        "files": [str(Path(f"/proc/self/fd/{one}").readlink()).rstrip("[0123456789]") for one in range(3)],
        "others": sum(Path(f"/proc/self/fd/{one}").exists() for one in range(3, 100)),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "umask": os.umask(0o77),
        "chance": random(),  # noqa: S311 - the same
        "id": str(services.uuid7(0)) if (services := sys.modules.get("app.services")) else "",
    }
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
    if sys.argv[1:]:
        return int(sys.argv[1])
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
