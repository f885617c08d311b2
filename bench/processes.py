"""The processes of a measurement: started, paused, measured, and ended by their own handle."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import msgspec
import psutil

from app.embedded.listen_address import free_port
from app.embedded.own_processes import WORKER_READY, api_ready, with_source
from bench.figures import Figures
from bench.generator import Load

START_SECONDS = 90.0
PAUSE, END_SECONDS = 0.05, 30.0
# The processes of `leadrun up`, by what stands in their command lines.
ROLES = {
    "API": ("serve",),
    "worker": ("workers", "work"),
    "bulk worker": ("bulk",),
    "sandbox": ("sandbox",),
    "PostgreSQL": ("postgres",),
    "Redis": ("valkey-server", "redis-server"),
}


class Server:
    """A server to compare with."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Read the ports that it prints."""
        self.process = psutil.Process(process.pid)
        self.ports = [int(port) for port in _line(process).split()]
        self.port = self.ports[0]


class Generator:
    """The generator's process; loads run one after the other."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Keep its pipes."""
        self._process = process

    def run(self, load: Load) -> Figures:
        """Run a load to its end.

        Raises:
            RuntimeError: When any answer was not as it must be.
        """
        assert self._process.stdin is not None  # noqa: S101 - opened with a pipe
        self._process.stdin.write(msgspec.json.encode(load) + b"\n")
        self._process.stdin.flush()
        figures = msgspec.json.decode(_line(self._process), type=Figures)
        if figures.wrong or not figures.count:
            raise RuntimeError(f"{figures.wrong} wrong answers, {figures.count} right ones: {figures.sample}")
        return figures


class Stack:
    """A `leadrun up` with a data directory of its own."""

    def __init__(self, process: subprocess.Popen[bytes], data_dir: Path, settings: Mapping[str, str]) -> None:
        """Wait for the ready line, then find the children by what they run."""
        self.data_dir = data_dir
        self._settings = settings
        ready = json.loads(_line(process))
        self.url: str = ready["url"]
        self.port = int(self.url.rpartition(":")[2])
        parent = psutil.Process(process.pid)
        self.parts = {role: _the_one(parent, *words) for role, words in ROLES.items()}
        self.api, self.worker = self.parts["API"], self.parts["worker"]

    def key(self, *, mode: str, credit: int = 0, account: str = "") -> str:
        """Make a key that no rate limit holds back; without a name the account is that of its mode."""
        account = account or f"bench-{mode}"
        granted = ("--credits", str(credit)) if credit else ()
        made = subprocess.run(
            (
                *(sys.executable, "-m", "app.cli.main", "keys", "create", "--account", account, "--mode", mode),
                *("--rate-limit", "1000000", "--data-dir", str(self.data_dir), "--json", *granted),
            ),
            check=True,
            capture_output=True,
        )
        return str(json.loads(made.stdout)["apiKey"])

    def environ(self) -> dict[str, str]:
        """Return the environment of its processes."""
        note = json.loads((self.data_dir / "running.json").read_text())
        metrics = str(self.data_dir / "metrics")
        own = {**note["variables"], **self._settings, **note["environment"], "PROMETHEUS_MULTIPROC_DIR": metrics}
        return {**with_source(os.environ), **own}

    @contextmanager
    def another(self, role: str) -> Iterator[tuple[psutil.Process, int]]:
        """Run one more process of a role next to the first, at the same databases; yields it and its port."""
        first = self.parts[role]
        port = free_port()
        environ = {**self.environ(), "LEADRUN_PORT": str(port), "LEADRUN_METRICS_PORT": "0"}
        log = self.data_dir / "logs" / f"another-{port}.log"
        with log.open("wb") as out:
            command = " ".join(first.cmdline()).split()  # that of a forked process is one text
            process = subprocess.Popen(command, env=environ, cwd=self.data_dir, stdout=out, stderr=out)
        try:
            ready = (lambda: api_ready(f"http://127.0.0.1:{port}")) if role == "API" else (lambda: _said(log))
            await_ready(ready, f"another {role}")
            yield psutil.Process(process.pid), port
        finally:
            _end(process)


class Weight:
    """CPU seconds of processes and their children since it was made."""

    def __init__(self, *processes: psutil.Process) -> None:
        """Begin."""
        self._processes = processes
        self._before = sum(map(_cpu, processes))

    def seconds(self) -> float:
        """Return user and system time together."""
        return sum(map(_cpu, self._processes)) - self._before


def _the_one(parent: psutil.Process, *words: str) -> psutil.Process:
    """Find a child by its command line; the process for large jobs is started behind the ready line."""
    found: list[psutil.Process] = []

    def there() -> bool:
        for one in parent.children():
            with suppress(psutil.NoSuchProcess):  # one that prepares the start may just have ended
                if {Path(part).name for part in " ".join(one.cmdline()).split()} & {*words}:
                    found.append(one)
        return bool(found)

    await_ready(there, words[0])
    return found[0]


def await_ready(ready: Callable[[], bool], name: str) -> None:
    """Wait until a process is ready.

    Raises:
        RuntimeError: When it is not after half a minute.
    """
    until = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > until:
            raise RuntimeError(f"there is no {name}")
        time.sleep(PAUSE)


def _said(log: Path) -> bool:
    return WORKER_READY in log.read_text(errors="replace")


def _cpu(process: psutil.Process) -> float:
    spent = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            spent += times.user + times.system
    return spent


@contextmanager
def server(*name: str) -> Iterator[Server]:
    """Run one of `bench.servers`."""
    with _running("-m", "bench.servers", *name) as process:
        yield Server(process)


@contextmanager
def generator() -> Iterator[Generator]:
    """Run the generator."""
    with _running("-m", "bench.generator") as process:
        yield Generator(process)


@contextmanager
def stack(settings: Mapping[str, str]) -> Iterator[Stack]:
    """Run leadrun with everything it needs; its data is gone afterwards."""
    environ = {"LEADRUN_READ_LIMIT": "100000000", "LEADRUN_TEST_ROWS_A_DAY": "100000000", **settings}
    with tempfile.TemporaryDirectory(prefix="leadrun-bench-", ignore_cleanup_errors=True) as directory:
        # The databases of root run as another user, who needs access to the directory.
        Path(directory).chmod(0o711)
        data_dir = Path(directory) / "data"
        line = ("-m", "app.cli.main", "up", "--port", "0", "--json", "--data-dir", str(data_dir))
        with _running(*line, environ=environ) as process:
            yield Stack(process, data_dir, environ)


@contextmanager
def paused(*processes: psutil.Process) -> Iterator[None]:
    """Pause processes."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@contextmanager
def launched(
    *command: str, environ: Mapping[str, str] | None = None, pipe: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends.

    Args:
        command: The program and its arguments.
        environ: More variables than this process has.
        pipe: For its input and output.
    """
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env={**os.environ, **(environ or {})})
    try:
        yield process
    finally:
        _end(process)


def _running(
    *arguments: str, environ: Mapping[str, str] | None = None
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return launched(sys.executable, *arguments, environ=environ, pipe=subprocess.PIPE)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None  # noqa: S101 - opened with a pipe
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{' '.join(map(str, process.args))} ended without a word")  # type: ignore[arg-type]
    return line
