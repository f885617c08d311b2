"""The processes of a measurement: started, paused, measured, and ended by their own handle."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psutil

from bench.figures import Figures
from bench.generator import Load

START_SECONDS = 10.0
PAUSE = 0.05
END_SECONDS = 30.0
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
            raise RuntimeError(
                f"{figures.wrong} wrong answers, {figures.count} right ones; the first: {figures.sample}"
            )
        return figures


class Stack:
    """A `leadrun up` with a data directory of its own."""

    def __init__(self, process: subprocess.Popen[bytes], data_dir: Path) -> None:
        """Wait for the ready line, then find the children by what they run."""
        self.data_dir = data_dir
        ready = json.loads(_line(process))
        self.url: str = ready["url"]
        self.port = int(self.url.rpartition(":")[2])
        parent = psutil.Process(process.pid)
        self.parts = {role: _the_one(parent, *words) for role, words in ROLES.items()}
        self.api, self.worker = self.parts["API"], self.parts["worker"]

    def key(self, *, mode: str, credit: int = 0) -> str:
        """Make a key that no rate limit holds back."""
        granted = ("--credits", str(credit)) if credit else ()
        made = subprocess.run(
            (
                *(sys.executable, "-m", "app.cli.main", "keys", "create", "--account", f"bench-{mode}", "--mode", mode),
                *("--rate-limit", "1000000", "--data-dir", str(self.data_dir), "--json", *granted),
            ),
            check=True,
            capture_output=True,
        )
        return str(json.loads(made.stdout)["apiKey"])


class Weight:
    """CPU seconds of a process and its children since it was made."""

    def __init__(self, process: psutil.Process) -> None:
        """Begin."""
        self._process = process
        self._before = _cpu(process)

    def seconds(self) -> float:
        """Return user and system time together."""
        return _cpu(self._process) - self._before


def _the_one(parent: psutil.Process, *words: str) -> psutil.Process:
    """Find a child by its command line; the process for large jobs is started behind the ready line."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        for child in parent.children():
            if any(Path(part).name in words for part in child.cmdline()):
                return child
        time.sleep(PAUSE)
    raise RuntimeError(f"leadrun up runs no {words[0]}")


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
            yield Stack(process, data_dir)


@contextmanager
def paused(process: psutil.Process) -> Iterator[None]:
    """Pause a process."""
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@contextmanager
def _running(*arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        (sys.executable, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **(environ or {})},
    )
    try:
        yield process
    finally:
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
