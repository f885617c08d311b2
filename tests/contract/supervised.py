"""A `leadrun up` of the tests: started as a process, read until it is ready, ended with everything that it started."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[2]
LEADRUN = (sys.executable, "-m", "app.cli.main")
READY_SECONDS = 90.0
# Of somebody else; no child has use for it.
FOREIGN_SECRET = {"AWS_SECRET_ACCESS_KEY": "made-up-too"}
# Of other programs; whatever they say, it works as ever.
HOSTILE = {
    "PGHOST": "nowhere.example",
    "PGPORT": "1",
    "PGOPTIONS": "-c default_transaction_read_only=on -c search_path=pg_catalog",
    "PGSSLMODE": "verify-full",
    "PGSERVICE": "none",
    "PGDATESTYLE": "SQL, DMY",
    "PGTZ": "Pacific/Kiritimati",
    "PGCLIENTENCODING": "SQL_ASCII",
    "CELERY_BROKER_URL": "redis://nowhere.example:1/0",
    "CELERY_CONFIG_MODULE": "nothing",
    "CELERY_LOADER": "nothing",
    "BROKER_URL": "redis://nowhere.example:1/0",
    "CONFIG_MODULE": "nothing",
    "LOADER": "nothing",
    "APP": "nothing",
    "REDIS_URL": "redis://nowhere.example:1/0",
}
PAUSE = 0.05


class Up:
    """One running `leadrun up --json`."""

    def __init__(self, data_dir: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        """Start it on a free port, unless an argument names one."""
        port = () if "--port" in arguments else ("--port", "0")
        self.data_dir = data_dir
        self.popen = subprocess.Popen(
            [*LEADRUN, "up", "--json", "--data-dir", str(data_dir), *port, *arguments],
            cwd=ROOT,
            env={**clean_environ(), **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.ready: dict[str, str] = {}
        self._family: list[psutil.Process] = []

    def await_ready(self) -> dict[str, str]:
        """Return the ready line; fails with what was said instead."""
        stdout = self.popen.stdout
        assert stdout
        readable, _, _ = select.select([stdout], [], [], READY_SECONDS)
        line = stdout.readline() if readable else ""
        if not line:
            self.popen.kill()
            raise AssertionError(f"not ready; it said: {self.popen.communicate()[1]}")
        self.ready = json.loads(line)
        return self.ready

    def family(self) -> list[psutil.Process]:
        """Return every process below it, the servers and the watchdog included."""
        self._family = psutil.Process(self.popen.pid).children(recursive=True)
        return self._family

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal and wait; returns the status and what was written."""
        self.popen.send_signal(number)
        stdout, stderr = self.popen.communicate(timeout=60)
        return self.popen.returncode, stdout, stderr


@contextmanager
def running(data_dir: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[Up]:
    """Run it until the block ends."""
    up = Up(data_dir, *arguments, environ=environ)
    try:
        up.await_ready()
        yield up
    finally:
        if up.popen.poll() is None:
            up.end()


def clean_environ() -> dict[str, str]:
    """Return our environment without leadrun's settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("LEADRUN_", "PROMETHEUS_"))}
    return {**others, "LEADRUN_ENV_FILE": ""}


def await_gone(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until processes have ended; returns those that live on. One that is only unreaped has ended."""
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if lives(process)]) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return alive


def lives(process: psutil.Process) -> bool:
    """Whether a process still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def submit(ready: dict[str, str], **contact: str) -> str:
    """Submit the magic contact with the test key; returns the run's id."""
    body = {"firstName": "Magic", "lastName": "Found", "companyDomain": "acme.example"} | contact
    answer = httpx.post(f"{ready['url']}/api/v1/enrich", json=body, headers=bearer(ready["testKey"]))
    assert answer.status_code in {200, 202}, answer.text
    run_id: str = answer.json()["runId"]
    return run_id


def balance_of(ready: dict[str, str]) -> dict[str, int]:
    """Read the credits of the live key."""
    answer = httpx.get(f"{ready['url']}/api/v1/credits", headers=bearer(ready["apiKey"]))
    assert answer.status_code == 200, answer.text
    balance: dict[str, int] = answer.json()
    return balance


def get(ready: dict[str, str], path: str) -> httpx.Response:
    """GET with the test key."""
    return httpx.get(f"{ready['url']}{path}", headers=bearer(ready["testKey"]), timeout=60)


def bearer(key: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def answers(up: Up) -> bool:
    """Whether the API says that it is ready."""
    try:
        return httpx.get(f"{up.ready['url']}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def listens(process: psutil.Process) -> set[int]:
    """The ports at which a process listens."""
    return {one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN}


def named(up: Up, name: str, *, but: psutil.Process | None = None) -> psutil.Process:
    """Find a direct child by a part of its command line."""
    for process in psutil.Process(up.popen.pid).children():
        if process != but and lives(process) and name in " ".join(process.cmdline()):
            return process
    raise AssertionError(f"no {name}")


def await_that(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something holds; what fails or has gone meanwhile does not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (AssertionError, psutil.NoSuchProcess):
            pass
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(PAUSE)
