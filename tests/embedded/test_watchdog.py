"""The watchdog alone, without the kernel's help: when its supervisor is killed, it stops the processes it watches."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.contract.supervised import ROOT, await_gone

# A supervisor that starts one child in a plain way, has it watched, prints both pids, and waits to be killed.
SUPERVISOR = """
import signal, subprocess, sys, time
from pathlib import Path
from app.embedded.watchdog import Watchdog
watchdog = Watchdog(Path(sys.argv[1]))
child = subprocess.Popen(
    [sys.executable, "-c", sys.argv[2] + "; print('up', flush=True); time.sleep(60)"],
    stdout=subprocess.PIPE,
    start_new_session=True,
)
child.stdout.readline()
watchdog.watch(child.pid, (signal.SIGTERM, signal.SIGKILL))
print(child.pid, watchdog.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    "child",
    [
        pytest.param("import time", id="one that obeys"),
        pytest.param("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)", id="one that does not"),
    ],
)
def test_the_children_of_a_killed_supervisor_are_ended(tmp_path: Path, child: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, tmp_path / "watchdog", child], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as supervisor:
        assert supervisor.stdout
        left = [psutil.Process(int(pid)) for pid in supervisor.stdout.readline().split()]
        supervisor.send_signal(signal.SIGKILL)
    assert len(left) == 2
    assert await_gone(left, 8) == []  # four seconds of grace for the one that does not obey
