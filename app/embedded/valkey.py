"""A Redis of our own (Valkey): started as a child, on a free loopback port, behind a password."""

import hashlib
import secrets
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from app.embedded.binaries import find_redis
from app.embedded.child_process import ChildProcess, Program
from app.embedded.data_dir import ServerSite, give
from app.embedded.errors import StartError
from app.embedded.stale_process import end_leftover

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0
PORTS_TRIED = 5
PAUSE = 0.01


class Valkey:
    """A running server.

    Attributes:
        process: Its process, for whoever supervises it.
        url: Of its first database, password included.
    """

    def __init__(self, process: ChildProcess, url: str) -> None:
        """Name a started server."""
        self.process = process
        self.url = url


def start_valkey(site: ServerSite, *, databases: int = 16) -> Valkey:
    """Start it.

    Args:
        site: Where and how.
        databases: How many numbered databases it has.

    Raises:
        StartError: When it does not start.
    """
    data, log = site.servers / "redis", site.logs / "redis.log"
    data.mkdir(exist_ok=True)
    give(data, site.owner)
    pid_file = data / "server.pid"
    title = f"leadrun-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"
    end_leftover(pid_file, needle=title, number=signal.SIGTERM, pause=site.pause)
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
            said="\n".join(
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
                    "",
                )
            ),
            grace=1.5,
            serves_others=True,
        )
        server = Valkey(ChildProcess(program, site.guard), f"redis://:{password}@{LOOPBACK}:{port}/0")
        try:
            answers = _answers(server, site.pause)
        except BaseException:
            server.process.stop()
            raise
        if answers:
            return server
        server.process.stop()
    said = server.process.last_words().rpartition("\n")[2]
    raise StartError(f"Redis did not start; {log} says why: {said}")


def free_port() -> int:
    """Return a loopback port that is free now; whoever takes it must be ready to find it taken."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(server: Valkey, pause: Callable[[float], None]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    with Redis.from_url(server.url, socket_timeout=1) as client:
        while time.monotonic() < deadline and server.process.ended() is None:
            try:
                return bool(client.ping())
            except RedisError:
                pause(PAUSE)
    return False


def _quoted(path: Path) -> str:
    """Quote a path for the configuration's syntax."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
