"""The embedded Valkey (a Redis server): started as a child, on a free loopback port, with a password."""

import hashlib
import secrets
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.embedded import StartError
from app.embedded.binaries import find_redis
from app.embedded.child_process import ChildProcess, Program
from app.embedded.data_dir import ServerSite, make_private
from app.embedded.listen_address import LOOPBACK, free_port
from app.embedded.stale_process import stop_stale_process

START_SECONDS = 30.0
PORTS_TRIED = 5
PAUSE = 0.01


class Valkey:
    """A running server.

    Attributes:
        process: Its process, for the supervisor.
        url: Of its first database, password included.
    """

    def __init__(self, process: ChildProcess, url: str) -> None:
        """Describe a started server."""
        self.process = process
        self.url = url


def start_valkey(site: ServerSite, *, databases: int = 16) -> Valkey:
    """Start Valkey.

    Args:
        site: Its directories, account and watchdog.
        databases: The number of its numbered databases.

    Raises:
        StartError: When it does not start.
    """
    data, log = site.servers / "redis", site.logs / "redis.log"
    data.mkdir(exist_ok=True)
    make_private(data, site.owner)
    pid_file = data / "server.pid"
    title = f"leadrun-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"
    stop_stale_process(pid_file, marker=title, number=signal.SIGTERM, pause=site.pause)
    binary = find_redis(site.servers, site.owner)
    password = secrets.token_urlsafe(24)
    for _ in range(PORTS_TRIED):
        port = free_port()
        program = Program(
            name="redis",
            command=(str(binary.path), "-"),
            log=log,
            cwd=data,
            owner=site.owner,
            stdin="\n".join(
                (
                    f"bind {LOOPBACK}",
                    f"port {port}",
                    f"requirepass {password}",
                    f"databases {databases}",
                    f'proc-title-template "{{title}} {{listen-addr}} {title}"',
                    f"pidfile {_quoted(pid_file)}",
                    f"dir {_quoted(data)}",
                    'save ""',
                    f"appendonly {'yes' if site.durable else 'no'}",
                    "maxmemory-policy noeviction",
                    "hz 1",  # what it does by the clock may wait for a second: a tenth of a percent of a core
                    "",
                )
            ),
            grace=1.5,
            serves_others=True,
        )
        server = Valkey(ChildProcess(program, site.watchdog), f"redis://:{password}@{LOOPBACK}:{port}/0")
        try:
            answers = _answers(server.process, port, password, site.pause)
        except BaseException:
            server.process.stop()
            raise
        if answers:
            return server
        server.process.stop()
    reason = server.process.log_tail().rpartition("\n")[2]
    raise StartError(f"Redis did not start; {log} says why: {reason}")


def _answers(process: ChildProcess, port: int, password: str, pause: Callable[[float], None]) -> bool:
    """Wait until the server answers PING; a client library would take longer to import than the server to start."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.exit_status() is None:
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as answers:
                if [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]:
                    return True
        pause(PAUSE)
    return False


def _quoted(path: Path) -> str:
    """Quote a path for the configuration's syntax."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
