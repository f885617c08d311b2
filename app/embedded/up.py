"""`leadrun up`: servers, migrations, API, workers and sandbox from one command; one Ctrl-C ends them all."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO

import click
import msgspec
import psycopg

from app.domain.vocabulary import Lane
from app.embedded import StartError
from app.embedded.child_process import ChildProcess, Program, StartedProcess
from app.embedded.credentials import ReadyCredentials, announce, kept_keys, secret_key
from app.embedded.data_dir import small_environment
from app.embedded.data_dir_lock import Running, locked, watchdog_file, write_note
from app.embedded.forks.client import LOADING, ForkServer
from app.embedded.listen_address import LOOPBACK, check_address, free_port, local_webhooks, url_of
from app.embedded.own_processes import OwnProcesses, answers, api_ready, key_is_known, worker_ready
from app.embedded.servers import start_servers
from app.embedded.stop_signals import StopRequested, StopSignals
from app.embedded.supervisor import Supervisor
from app.embedded.watchdog import Watchdog
from app.settings.reading import LoadedSettings, masked_text
from app.settings.settings import PREFIX, Settings, SettingsError
from app.store.database.schema_version import is_newest
from app.store.people.first_operator import has_operator

READY_SECONDS = 90.0
BULK_WORKER = "work-bulk"
PAUSE = 0.5
START_PAUSE = 0.03
REFUSED = 2
# A worker's own default is too long for the ten seconds that Ctrl-C has for everything.
SHUTDOWN_SECONDS = "5"


def up(loaded: LoadedSettings, *, as_json: bool) -> int:
    """Run everything until a stop signal arrives.

    Args:
        loaded: The settings, which are valid; LEADRUN_DATABASE_URL and LEADRUN_REDIS_URL replace the embedded servers.
        as_json: Print the ready line for scripts instead of for people.

    Returns:
        The exit status: 0 after Ctrl-C or SIGTERM, 2 when it could not start.
    """
    signals = StopSignals()
    with signals.handled():
        try:
            settings = msgspec.structs.replace(loaded.settings, data_dir=loaded.settings.data_dir.absolute())
            with locked(settings.data_dir, url_of(settings.host, settings.port), signals.pause):
                settings = msgspec.structs.replace(settings, port=check_address(settings.host, settings.port))
                _Up(settings, loaded, signals).run(as_json=as_json)
        except SettingsError as error:
            for problem in error.problems:
                _report(problem)
            return REFUSED
        except StartError as error:
            _report(str(error))
            return REFUSED
        except StopRequested:
            _report("ended.")
    return 0


class _Up:
    """One run of the command, on a locked data directory."""

    def __init__(self, settings: Settings, loaded: LoadedSettings, signals: StopSignals) -> None:
        self._settings, self._environ, self._signals = settings, loaded.environ, signals
        self._sources = loaded.sources
        self._data_dir = settings.data_dir
        self._url = url_of(settings.host, settings.port)
        self._watchdog = Watchdog(watchdog_file(settings.data_dir))
        self._metrics = settings.data_dir / "metrics"
        self._forks: ForkServer | None = None
        self._children = Supervisor(self._watchdog, report=_report, on_end=self._forget_metrics, fork=self._fork)
        self._preparing: ChildProcess | None = None

    def run(self, *, as_json: bool) -> None:
        """Start in the order that is ready soonest: what needs no database first, what nobody waits for last."""
        try:
            (self._data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
            variables = self._variables()
            environ = {**self._environ, **variables}
            self._forks = ForkServer(self._without_secrets(environ).fork_server(), self._watchdog, self._signals.pause)
            addresses = self._start_servers()
            self._forks.await_ready(READY_SECONDS)
            sandbox = None if self._settings.sandbox_url else self._start_sandbox(environ)
            environ |= addresses
            write_note(self._data_dir, self._note({**variables, **addresses}))
            commands = OwnProcesses(data_dir=self._data_dir, environ=environ)
            shown = self._start_processes(commands, environ["LEADRUN_DATABASE_URL"], sandbox)
            announce(self._url, shown, self._data_dir, as_json=as_json)
            self._children.starting = False
            # Large jobs have a process of their own, which yields to the one that serves single look-ups. A job waits
            # in the database until it runs.
            arguments = ("work", "--lane", Lane.BULK.value)
            self._children.start(commands.program(*arguments, name=BULK_WORKER, environ={"LEADRUN_METRICS_PORT": "0"}))
            self._forks.close()
            while True:
                self._signals.pause(PAUSE)
                self._children.poll()
        finally:
            if self._preparing:
                self._preparing.stop()
            if self._forks:
                self._forks.close()
            self._children.stop()
            self._watchdog.close()

    def _variables(self) -> dict[str, str]:
        """Return the variables of the processes, less the addresses of the servers; what the environment sets wins."""
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir(mode=0o700)
        variables = {
            "LEADRUN_DATA_DIR": str(self._data_dir),
            "LEADRUN_HOST": self._settings.host,
            "LEADRUN_PORT": str(self._settings.port),
            "PROMETHEUS_MULTIPROC_DIR": str(self._metrics),
        }
        for name, value in (
            ("LEADRUN_SECRET_KEY", self._settings.secret_key or secret_key(self._data_dir)),
            ("LEADRUN_SANDBOX_URL", f"http://{LOOPBACK}:{free_port()}"),
            *local_webhooks(self._settings.host, self._environ).items(),
            ("LEADRUN_SHUTDOWN_SECONDS", SHUTDOWN_SECONDS),
        ):
            variables[name] = self._environ.get(name) or value
        return variables

    def _note(self, variables: Mapping[str, str]) -> Running:
        environ = {**self._environ, **variables}
        sources = {**{name: "leadrun up" for name in variables if name.startswith(PREFIX)}, **self._sources}
        return Running(
            pid=os.getpid(),
            url=self._url,
            environment=_for_others(variables),
            variables={name: masked_text(name, environ[name]) for name in sources},
            sources=sources,
        )

    def _start_sandbox(self, environ: Mapping[str, str]) -> str:
        url = environ["LEADRUN_SANDBOX_URL"]
        commands = self._without_secrets(environ)
        self._children.start(commands.program("sandbox", "--host", LOOPBACK, "--port", url.rpartition(":")[2]))
        return url

    def _without_secrets(self, environ: Mapping[str, str]) -> OwnProcesses:
        """Return the processes that need no database, no key and no secret, so that they have none to lose."""
        named = ("LEADRUN_SANDBOX_", "LEADRUN_LOG_", "PROMETHEUS_", "PYTHON", *LOADING)
        return OwnProcesses(data_dir=self._data_dir, environ=small_environment(environ, more=named))

    def _fork(self, program: Program, log: BinaryIO) -> StartedProcess | None:
        return self._forks.fork(program, log) if self._forks else None

    def _start_servers(self) -> dict[str, str]:
        """Start the servers that the settings do not name; return the variables with their addresses."""
        own = {"PostgreSQL": not self._settings.database_url, "Redis": not self._settings.redis_url}
        if any(own.values()):
            _report(f"starting {' and '.join(name for name, started in own.items() if started)} in {self._data_dir}")
        servers = start_servers(
            self._data_dir, self._watchdog, postgres=own["PostgreSQL"], redis=own["Redis"], pause=self._signals.pause
        )
        files = self._data_dir / "servers"
        if files.is_symlink():
            _report(f"their files are in {files.readlink()}: the account that runs them cannot reach {self._data_dir}")
        addresses: dict[str, str] = {}
        if servers.postgres:
            self._children.adopt(servers.postgres.process)
            addresses["LEADRUN_DATABASE_URL"] = servers.postgres.url
        if servers.valkey:
            self._children.adopt(servers.valkey.process)
            addresses["LEADRUN_REDIS_URL"] = servers.valkey.url
        return addresses

    def _start_processes(self, commands: OwnProcesses, database_url: str, sandbox: str | None) -> ReadyCredentials:
        """Start API and worker, and prepare the database meanwhile; wait until these and the sandbox are ready."""
        kept = kept_keys(self._data_dir)
        waiting: dict[str, Callable[[], bool]] = {}
        if self._signals.run_in_background(partial(_lacks_something, database_url)) or kept is None:
            waiting["prepare"] = self._start_preparation(commands)
        self._children.start(commands.program("serve"))
        self._children.start(commands.program("work", "--lane", Lane.INTERACTIVE.value))
        waiting["serve"] = lambda: api_ready(self._url)
        if self._settings.log_level in {"debug", "info"}:  # the worker logs its readiness at level info
            waiting["work"] = lambda: worker_ready(self._children.current("work"))
        if sandbox:
            waiting["sandbox"] = lambda: answers(sandbox)
        self._await_ready(waiting)
        if kept and not self._preparing:
            if all(key_is_known(self._url, key) for key in (kept.api_key, kept.test_key)):
                return ReadyCredentials(keys=kept)
            self._await_ready({"prepare": self._start_preparation(commands)})
        assert self._preparing  # noqa: S101 - without kept keys it was started
        return msgspec.json.decode(self._preparing.answer(), type=ReadyCredentials)

    def _start_preparation(self, commands: OwnProcesses) -> Callable[[], bool]:
        """Start to prepare the database; return the check that it is done."""
        process = self._preparing = ChildProcess(commands.preparation(), self._watchdog, self._fork)

        def is_done() -> bool:
            status = process.exit_status()
            if status:
                reason = process.log_tail().rpartition("\n")[2]
                raise StartError(f"The database cannot be prepared; {process.program.log} says why: {reason}")
            return status == 0

        return is_done

    def _await_ready(self, waiting: Mapping[str, Callable[[], bool]]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while waiting:
            self._children.poll()
            waiting = {name: ready for name, ready in waiting.items() if not ready()}
            if waiting and time.monotonic() > deadline:
                names = " and ".join(sorted(waiting))
                raise StartError(f"Not ready after {READY_SECONDS:g} s: {names}; see {self._data_dir / 'logs'}.")
            self._signals.pause(START_PAUSE)

    def _forget_metrics(self, pid: int) -> None:
        """Remove an ended process from the gauges of living ones."""
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - a plain start needs it not

        mark_process_dead(pid, path=str(self._metrics))  # type: ignore[no-untyped-call] # has no types


def _lacks_something(database_url: str) -> bool:
    """Return whether a database is not at the newest schema, or has no operator yet.

    Raises:
        StartError: When it cannot be reached.
    """
    try:
        return not is_newest(database_url) or not has_operator(database_url)
    except psycopg.OperationalError as error:
        raise StartError(f"The database cannot be used: {error}") from error


def _for_others(variables: Mapping[str, str]) -> dict[str, str]:
    """Choose the variables with which `leadrun keys` and the like reach the running servers."""
    names = ("LEADRUN_DATABASE_URL", "LEADRUN_REDIS_URL", "LEADRUN_SECRET_KEY", "LEADRUN_SANDBOX_URL")
    return {name: variables[name] for name in names if name in variables}


def _report(sentence: str) -> None:
    click.echo(f"leadrun: {sentence}", err=True)
