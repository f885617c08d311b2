"""`leadrun up`: servers, migrations, API, worker and sandbox from one command; one Ctrl-C ends them all."""

import asyncio
import os
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click
import msgspec
from prometheus_client.multiprocess import mark_process_dead
from sqlalchemy.exc import OperationalError

from app.domain.vocabulary import Lane, Mode
from app.embedded.background_thread import aside
from app.embedded.credentials import ApiKeys, api_keys, secret_key
from app.embedded.data_dir_lock import Running, guard_file, note, own
from app.embedded.errors import StartError
from app.embedded.listen_address import claim, url_of
from app.embedded.own_processes import OwnProcesses, answers, api_ready, key_works, worker_ready
from app.embedded.servers import start_servers
from app.embedded.signals import StopRequested, StopSignals
from app.embedded.supervisor import Supervisor
from app.embedded.valkey import LOOPBACK, free_port
from app.embedded.watchdog import Watchdog
from app.services import open_services
from app.settings.settings import Settings, SettingsError, read_settings
from app.store.database.engine import database_url
from app.store.database.migrate import upgrade
from app.usecases.accounts.manage_keys import ManageKeys

READY_SECONDS = 90.0
BULK_WORKER = "work-bulk"
PAUSE = 0.1
REFUSED = 2
LOCAL_NETWORKS = "127.0.0.0/8,::1/128"
# A worker's own default is too long for the ten seconds that Ctrl-C has for everything.
SHUTDOWN_SECONDS = "5"
ACCOUNT = "default"
FREE_CREDITS = 100
EXAMPLE = '{"firstName": "Magic", "lastName": "Found", "companyDomain": "acme.example"}'


def up(*, host: str, port: int, data_dir: Path, as_json: bool, environ: Mapping[str, str]) -> int:
    """Run everything until somebody asks to end.

    Args:
        host: Where the API listens.
        port: Its port; 0 takes a free one.
        data_dir: Keeps the databases, keys and logs; made if needed.
        as_json: Print the ready line for scripts instead of for people.
        environ: The environment: LEADRUN_DATABASE_URL and LEADRUN_REDIS_URL replace the embedded servers.

    Returns:
        The exit status: 0 after Ctrl-C or SIGTERM, 2 when it could not start.
    """
    wishes = StopSignals()
    with wishes.heard():
        try:
            settings = msgspec.structs.replace(
                read_settings(environ), host=host, port=port, data_dir=data_dir.absolute()
            )
            with own(settings.data_dir, url_of(host, port), wishes.pause):
                settings = msgspec.structs.replace(settings, port=claim(host, port))
                _Up(settings, environ, wishes).run(as_json=as_json)
        except SettingsError as error:
            for problem in error.problems:
                _tell(problem)
            return REFUSED
        except StartError as error:
            _tell(str(error))
            return REFUSED
        except StopRequested:
            _tell("ended.")
    return 0


class _Up:
    """One run of the command on a data directory that is ours."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], wishes: StopSignals) -> None:
        self._settings, self._environ, self._pause = settings, environ, wishes.pause
        self._data_dir = settings.data_dir
        self._url = url_of(settings.host, settings.port)
        self._guard = Watchdog(guard_file(settings.data_dir))
        self._metrics = settings.data_dir / "metrics"
        # A gauge of living processes must not go on counting one that is gone.
        bury = partial(mark_process_dead, path=str(self._metrics))
        self._children = Supervisor(self._guard, tell=_tell, bury=bury)

    def run(self, *, as_json: bool) -> None:
        try:
            environ = {**self._environ, **self._serve_databases()}
            settings = read_settings(environ)
            aside(partial(_migrate, settings), self._pause)
            self._start(OwnProcesses(data_dir=self._data_dir, environ=environ))
            known = partial(key_works, self._url)
            keys = aside(partial(api_keys, self._data_dir, works=known, make=partial(_make_key, settings)), self._pause)
            _announce(self._url, keys, self._data_dir, as_json=as_json)
            self._children.starting = False
            while True:
                self._pause(PAUSE)
                self._children.look()
        finally:
            self._children.stop()
            self._guard.close()

    def _serve_databases(self) -> dict[str, str]:
        """Start the servers that the environment does not name; return the variables for the others."""
        own_database, own_redis = not self._settings.database_url, not self._settings.redis_url
        if own_database or own_redis:
            _tell(f"starting {' and '.join(_chosen(own_database, own_redis))} in {self._data_dir}")
        servers = start_servers(self._data_dir, self._guard, postgres=own_database, redis=own_redis, pause=self._pause)
        files = self._data_dir / "servers"
        if files.is_symlink():
            _tell(f"their files are in {files.readlink()}: whom they run as may not pass through to {self._data_dir}")
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir()
        variables = {
            "LEADRUN_DATA_DIR": str(self._data_dir),
            "LEADRUN_HOST": self._settings.host,
            "LEADRUN_PORT": str(self._settings.port),
            "PROMETHEUS_MULTIPROC_DIR": str(self._metrics),
        }
        if servers.postgres:
            self._children.adopt(servers.postgres.process)
            variables["LEADRUN_DATABASE_URL"] = servers.postgres.url
        if servers.valkey:
            self._children.adopt(servers.valkey.process)
            variables["LEADRUN_REDIS_URL"] = servers.valkey.url
        for name, value in (
            ("LEADRUN_SECRET_KEY", self._settings.secret_key or secret_key(self._data_dir)),
            ("LEADRUN_SANDBOX_URL", f"http://{LOOPBACK}:{free_port()}"),
            ("LEADRUN_WEBHOOK_ALLOW_PRIVATE", LOCAL_NETWORKS),
            ("LEADRUN_SHUTDOWN_SECONDS", SHUTDOWN_SECONDS),
        ):
            variables[name] = self._environ.get(name) or value
        note(self._data_dir, Running(pid=os.getpid(), url=self._url, environment=_for_others(variables)))
        return variables

    def _start(self, commands: OwnProcesses) -> None:
        sandbox_url = commands.environ["LEADRUN_SANDBOX_URL"]
        waiting: dict[str, Callable[[], bool]] = {
            "work": lambda: worker_ready(self._children.current("work")),
            BULK_WORKER: lambda: worker_ready(self._children.current(BULK_WORKER)),
            "serve": lambda: api_ready(self._url),
        }
        if not self._settings.sandbox_url:
            port = sandbox_url.rpartition(":")[2]
            self._children.start(commands.program("sandbox", "--host", LOOPBACK, "--port", port))
            waiting["sandbox"] = lambda: answers(sandbox_url)
        # Large jobs have a process of their own, which steps back for the one that serves single look-ups.
        self._children.start(commands.program("work", "--lane", Lane.INTERACTIVE.value))
        alone = {"LEADRUN_METRICS_PORT": "0"}
        self._children.start(commands.program("work", "--lane", Lane.BULK.value, name=BULK_WORKER, environ=alone))
        self._children.start(commands.program("serve"))
        if self._settings.log_level not in {"debug", "info"}:
            del waiting["work"], waiting[BULK_WORKER]  # they say so at level info
        deadline = time.monotonic() + READY_SECONDS
        while waiting:
            self._children.look()
            waiting = {name: ready for name, ready in waiting.items() if not ready()}
            if waiting and time.monotonic() > deadline:
                names = " and ".join(sorted(waiting))
                raise StartError(f"Not ready after {READY_SECONDS:g} s: {names}; see {self._data_dir / 'logs'}.")
            self._pause(PAUSE)


def _migrate(settings: Settings) -> None:
    try:
        upgrade(database_url(settings))
    except OperationalError as error:
        raise StartError(f"The database cannot be used: {error.orig}") from error


def _make_key(settings: Settings, mode: str) -> str:
    """Make a key of the default account; the live one brings the free credits."""

    async def make() -> str:
        async with open_services(settings) as services:
            amount = FREE_CREDITS if mode == Mode.LIVE else 0
            return (await ManageKeys(services).create(account=ACCOUNT, mode=Mode(mode), amount=amount)).api_key

    return asyncio.run(make())


def _for_others(variables: Mapping[str, str]) -> dict[str, str]:
    """Choose what `leadrun keys` and the like need to work on the running servers."""
    names = ("LEADRUN_DATABASE_URL", "LEADRUN_REDIS_URL", "LEADRUN_SECRET_KEY", "LEADRUN_SANDBOX_URL")
    return {name: variables[name] for name in names if name in variables}


def _chosen(own_database: bool, own_redis: bool) -> list[str]:  # noqa: FBT001 - both named at the only call
    return ["PostgreSQL"] * own_database + ["Redis"] * own_redis


def _announce(url: str, keys: ApiKeys, data_dir: Path, *, as_json: bool) -> None:
    """Print the ready line; scripts rely on the form of the JSON."""
    if as_json:
        line = {"url": url, "apiKey": keys.api_key, "testKey": keys.test_key, "docs": f"{url}/docs"}
        click.echo(msgspec.json.encode(line))
        return
    curl = (
        shlex.join(("curl", "-sS", f"{url}/api/v1/enrich"))
        + " \\\n    "
        + " \\\n    ".join(
            f"{flag} {shlex.quote(value)}"
            for flag, value in (
                ("-H", f"Authorization: Bearer {keys.test_key}"),
                ("-H", "Content-Type: application/json"),
                ("-H", "Prefer: wait=10"),
                ("-d", EXAMPLE),
            )
        )
    )
    click.echo(
        f"\nleadrun is ready at {url} (read and try the API at {url}/docs)\n\n"
        f"  live key  {keys.api_key}  ({FREE_CREDITS} free credits)\n"
        f"  test key  {keys.test_key}  (answered by the sandbox, costs nothing)\n\n"
        f"Paste this:\n\n  {curl}\n\n"
        f"Data, keys and logs are in {data_dir}. Ctrl-C ends everything."
    )


def _tell(sentence: str) -> None:
    click.echo(f"leadrun: {sentence}", err=True)
