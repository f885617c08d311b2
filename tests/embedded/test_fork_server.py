"""The fork server hands over processes that are what executed ones would be, and learns no secret of theirs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.embedded.child_process import ChildProcess, Program
from app.embedded.data_dir import small_environment
from app.embedded.forks.client import ForkServer
from app.embedded.forks.server import IMPORTED
from app.embedded.own_processes import OwnProcesses, with_source
from app.embedded.watchdog import Watchdog
from tests.memory import holds
from tests.rows import row

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands children over")
ROOT = Path(__file__).parents[2]
REPORT = "tests.embedded.forked_report"
SECRET = "known-to-one-process-alone"
# Imports what the fork server does; prints the threads, the new descriptors and the variables that were read meanwhile.
IMPORTS = """
import json, os, sys, threading

class Noted(type(os.environ)):
    read = set()
    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

os.environ.__class__ = Noted
before = set(os.listdir("/proc/self/fd"))
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
import_module("app.api.operations").operations()
import_module("app.web.pages").pages()
opened = set(os.listdir("/proc/self/fd")) - before
print(json.dumps([threading.active_count(), sorted(opened), sorted(Noted.read)]))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory."""
    place = tmp_path_factory.mktemp("forks")
    (place / "logs").mkdir()
    return place


@pytest.fixture(scope="module")
def watchdog(place: Path) -> Iterator[Watchdog]:
    """Return a watchdog for all tests."""
    watchdog = Watchdog(place / "watchdog")
    yield watchdog
    watchdog.close()


@pytest.fixture(scope="module")
def forks(place: Path, watchdog: Watchdog) -> Iterator[ForkServer]:
    """Return a fork server that is ready."""
    processes = OwnProcesses(data_dir=place, environ={**small_environment(), "ONLY": "of-the-server"})
    server = ForkServer(processes.fork_server(), watchdog, time.sleep)
    server.await_ready(60)
    yield server
    server.close()


def report(place: Path, *arguments: str, **environ: str) -> Program:
    """Describe a process that reports what it is."""
    return Program(
        name="report",
        command=(sys.executable, "-m", REPORT, *arguments),
        module=REPORT,
        arguments=arguments,
        log=place / "logs" / "report.log",
        cwd=place,
        env=with_source(environ),
        answers=True,
    )


def ended(process: ChildProcess) -> dict[str, Any]:
    """Wait for the end of a process, and read its report."""
    said = process.answer()
    process.stop()
    found: dict[str, Any] = json.loads(said) if said else {"log": process.log_text()}
    return found


def test_forked_processes_are_what_executed_ones_are_and_share_no_secret(
    place: Path, watchdog: Watchdog, forks: ForkServer, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some builds of Python have none.
    monkeypatch.delattr(os, "memfd_create", raising=False)
    program = report(place, "3", SECRET=SECRET, ODD="\udcff", LC_ALL="C.UTF-8")
    first, second, executed = (ChildProcess(program, watchdog, fork) for fork in (forks.fork, forks.fork, None))
    one, two, model = map(ended, (first, second, executed))
    with row(subtests, "each is our child, and its status is ours to read"):
        assert [one["entry"], two["entry"], model["entry"]] == ["app.embedded.forks.server"] * 2 + [REPORT]
        assert {process.exit_status() for process in (first, second, executed)} == {3}
        assert one["parent"] == two["parent"] == os.getpid()
    with row(subtests, "session, environment, directory, title, descriptors, threads and signals are the same"):
        names = ("comm", "leads", "environ", "cwd", "title", "files", "others", "threads", "interrupt", "umask")
        assert {name: one[name] for name in names} == {name: model[name] for name in names}
        assert one["environ"]["SECRET"] == SECRET
        assert "ONLY" not in one["environ"]
    with row(subtests, "its environment is not shown to other processes, as that of an executed one is"):
        assert SECRET not in one["initial"]
        assert SECRET in model["initial"]
    with row(subtests, "chance differs"):
        assert len({one["chance"], two["chance"]}) == 2
        assert len({one["id"], two["id"]}) == 2
    keeper = ChildProcess(report(place, SECRET=SECRET), watchdog, forks.fork)
    later = ChildProcess(report(place), watchdog, forks.fork)
    with row(subtests, "what one process was given reaches neither the server nor later ones"):
        assert holds(keeper.pid, SECRET)
        assert not holds(forks.pid, SECRET)
        assert not holds(later.pid, SECRET)
    with row(subtests, "a process outlives the server, and those after that are executed"):
        os.kill(forks.pid, signal.SIGKILL)
        assert ended(ChildProcess(report(place, "0"), watchdog, forks.fork))["entry"] == REPORT
        assert keeper.exit_status() is None
        assert keeper.stop() == -signal.SIGTERM
    os.kill(later.pid, signal.SIGKILL)
    assert later.stop() == -signal.SIGKILL


class StopError(Exception):
    """Ctrl-C."""


# Servers that fail in one of many ways; `told` is the pipe of a process that is asked for.
SERVERS = {
    "it ends at once": "",
    "it ends when it is asked": "hear()",
    "it loses the process": "told = hear(); os.write(told, b'%d' % os.getppid())",
    "it says nothing sensible": "told = hear(); os.write(told, b'no number')",
    "the process ends before it begins": "told = hear(); pid = child(0); os.write(told, b'%d' % pid); done(told)",
    "the process begins too late": "told = hear(); pid = child(60); os.write(told, b'%d' % pid); done(told)",
    "it never answers": "told = hear(); time.sleep(60)",
    "it is never ready": None,
}
SERVER = """
import os, socket, sys, time
control = socket.socket(fileno=int(sys.argv[1]))
def hear():
    control.send(b"ready")
    return socket.recv_fds(control, 1, 5)[1][-1]
def child(seconds):
    ours, theirs = os.pipe()
    if os.fork() == 0:
        pid = os.fork()
        if pid:
            os.write(theirs, b"%d" % pid)
            os._exit(0)
        time.sleep(seconds)
        os._exit(0)
    os.wait()
    return int(os.read(ours, 32))
def done(told):
    os.close(told)
    time.sleep(60)
"""


def fake(place: Path, watchdog: Watchdog, text: str | None, pause: Callable[[float], None] = time.sleep) -> ForkServer:
    """Start a server that fails."""
    command = (sys.executable, "-c", SERVER + ("time.sleep(60)" if text is None else text))
    log = place / "logs" / "fake.log"
    fails = Program(name="fake", command=command, log=log, cwd=place, signals=(signal.SIGKILL,))
    return ForkServer(fails, watchdog, pause, answer_seconds=0.3)


def test_a_server_that_fails_is_no_obstacle_and_leaves_no_process(
    place: Path, watchdog: Watchdog, subtests: pytest.Subtests
) -> None:
    before = set(psutil.Process().children(recursive=True))
    for name, text in SERVERS.items():
        with row(subtests, name):
            server = fake(place, watchdog, text)
            server.await_ready(0.3 if text is None else 60)
            assert ended(ChildProcess(report(place, "0"), watchdog, server.fork))["entry"] == REPORT
            assert server.pid == 0
            assert set(psutil.Process().children(recursive=True)) == before
    with row(subtests, "it cannot be executed"):
        gone = Program(name="gone", command=("/no/such/program",), log=place / "logs" / "gone.log", cwd=place)
        server = ForkServer(gone, watchdog, time.sleep)
        server.await_ready(60)
        assert ended(ChildProcess(report(place, "0"), watchdog, server.fork))["entry"] == REPORT
    with row(subtests, "Ctrl-C is heard while a process is waited for"):
        pauses = list[float]()

        def pause(seconds: float) -> None:
            if asked:
                raise StopError
            pauses.append(seconds)
            time.sleep(seconds)

        asked = False
        server = fake(place, watchdog, SERVERS["the process begins too late"], pause)
        server.await_ready(60)
        asked = True
        with pytest.raises(StopError):
            ChildProcess(report(place), watchdog, server.fork)
        assert server.pid == 0
        assert set(psutil.Process().children(recursive=True)) == before


def test_imports_start_nothing_and_read_no_variable_of_ours() -> None:
    line = [sys.executable, "-P", "-c", IMPORTS, *IMPORTED]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, env=environ, capture_output=True, text=True, check=True)
    threads, opened, read = json.loads(done.stdout)
    assert threads == 1
    assert opened == []
    # The directory of metrics is in the environment of the server as well.
    assert not [name for name in read if name.startswith(("LEADRUN_", "PG", "SSL_"))], read
