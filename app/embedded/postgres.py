"""The embedded PostgreSQL: made once, started as a child, reached by a socket that only its owner may open."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.embedded import StartError
from app.embedded.binaries import Binary, find_postgres
from app.embedded.child_process import ChildProcess, Program
from app.embedded.data_dir import ServerOwner, ServerSite, make_private, small_environment, socket_dir
from app.embedded.data_dir_lock import write_private
from app.embedded.stale_process import stop_stale_process

SUPERUSER = "leadrun"
DATABASE = "leadrun"
START_SECONDS = 60.0
PAUSE = 0.02
_TUNING = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that need not survive a crash: tests.
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A running server.

    Attributes:
        process: Its process, for the supervisor.
        url: Of its database, ``postgresql://…``, password included.
    """

    def __init__(self, process: ChildProcess, sockets: Path, password: str) -> None:
        """Describe a started server."""
        self.process = process
        self._sockets = sockets
        self._password = password
        self.url = self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{SUPERUSER}:{self._password}@/{database}?host={quote(str(self._sockets))}"


def start_postgres(site: ServerSite) -> Postgres:
    """Start PostgreSQL; make its data directory and its database first where they are missing.

    Raises:
        StartError: When it cannot be made or started.
    """
    data, log = site.servers / "postgres", site.logs / "postgres.log"
    sockets = socket_dir(site.servers, site.owner)
    marker = data / "PG_VERSION"
    stop_stale_process(data / "postmaster.pid", marker=str(data), number=signal.SIGINT, pause=site.pause)
    major = int(marker.read_text()) if marker.exists() else None
    binary = find_postgres(site.servers, site.owner, major)
    if major is None:
        _make(binary, data, log, site)
    password = _password(binary, data, log, site)
    rules = site.servers / "pg_hba.conf"
    write_private(rules, b"local all all scram-sha-256\n")
    _give(rules, site.owner)
    settings = _TUNING | {"hba_file": str(rules)} | ({} if site.durable else _NOT_DURABLE)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    program = Program(
        name="postgres",
        command=(str(binary.path), "-D", str(data), "-k", str(sockets), *options),
        log=log,
        cwd=data,
        owner=site.owner,
        # Fast shutdown, then immediate shutdown (which recovers at the next start), then force.
        signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL),
        grace=1.5,
        serves_others=True,
    )
    server = Postgres(ChildProcess(program, site.watchdog), sockets, password)
    try:
        _await(server, site.pause)
    except BaseException:
        server.process.stop()
        raise
    return server


def _make(binary: Binary, data: Path, log: Path, site: ServerSite) -> None:
    """Run initdb in a new directory and rename that when it is complete, so that half of one is never found."""
    owner = site.owner
    fresh = data.with_name("postgres.new")
    if fresh.exists():
        subprocess.run(["/bin/rm", "-rf", str(fresh)], check=True)  # noqa: S603 - a fixed program
    fresh.mkdir()
    make_private(fresh, owner)
    command = [
        str(binary.path.with_name("initdb")),
        f"--pgdata={fresh}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # overruled at every start: see `hba_file`
        "--encoding=UTF8",
        "--locale=C",
        "--no-instructions",
        *(() if site.durable else ("--no-sync",)),
    ]
    _run(command, fresh, log, owner)
    fresh.rename(data)


def _password(binary: Binary, data: Path, log: Path, site: ServerSite) -> str:
    """Return the superuser's password; set one where there is none, in PostgreSQL's single-user mode."""
    kept = site.servers / "postgres.password"
    if not kept.exists():
        password = secrets.token_hex(24)
        # Iterations protect passwords that can be guessed; of 192 random bits they only make each connection slower.
        # PostgreSQL before 16 does not know the setting, logs an error and goes on with its own 4096.
        statement = f"SET scram_iterations = 1\nALTER USER {SUPERUSER} PASSWORD '{password}'\n"
        unsynced = ("-F",) if not site.durable else ()
        _run([str(binary.path), "--single", *unsynced, "-D", str(data), "postgres"], data, log, site.owner, statement)
        write_private(kept, password.encode())
    return kept.read_text()


def _run(command: list[str], cwd: Path, log: Path, owner: ServerOwner | None, stdin: str = "") -> None:
    """Run one of the server's programs as the account that runs it.

    Raises:
        StartError: When it fails.
    """
    with log.open("ab") as out:
        made = subprocess.run(  # noqa: S603 - a program that belongs to the server
            command,
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
            cwd=cwd,
            env=small_environment(),
            input=stdin.encode(),
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if made.returncode:
        raise StartError(f"PostgreSQL's data could not be made; {log} says why: {_last_line(log.read_text())}")


def _give(path: Path, owner: ServerOwner | None) -> None:
    if owner:
        os.chown(path, owner.uid, owner.gid)


def _await(server: Postgres, pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(server.url_of("postgres"), connect_timeout=5, autocommit=True) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
                if not known:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
                return
        except psycopg.OperationalError as error:
            ended = server.process.exit_status()
            if ended is not None or time.monotonic() > deadline:
                reason = _last_line(server.process.log_tail()) or str(error)
                raise StartError(
                    f"PostgreSQL did not start; {server.process.program.log} says why: {reason}"
                ) from error
            pause(PAUSE)


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
