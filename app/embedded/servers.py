"""Both embedded servers of one data directory, started and stopped together."""

import time
from collections.abc import Callable
from pathlib import Path

from app.embedded.child_process import stop_all
from app.embedded.data_dir import ServerSite, server_owner, servers_dir
from app.embedded.postgres import Postgres, start_postgres
from app.embedded.valkey import Valkey, start_valkey
from app.embedded.watchdog import Watchdog


class Servers:
    """The started servers; None for a server that the operator runs."""

    def __init__(self) -> None:
        """Begin without servers."""
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    def stop(self) -> None:
        """Stop both."""
        stop_all([server.process for server in (self.postgres, self.valkey) if server])


def start_servers(
    data_dir: Path,
    watchdog: Watchdog,
    *,
    postgres: bool = True,
    redis: bool = True,
    durable: bool = True,
    databases: int = 16,
    pause: Callable[[float], None] = time.sleep,
) -> Servers:
    """Start the servers that are wanted, with their data and logs below a directory that exists.

    Args:
        data_dir: Keeps ``servers/`` and ``logs/``.
        watchdog: Stops them when this process is killed.
        postgres: Whether to start PostgreSQL.
        redis: Whether to start Redis.
        durable: False for tests: faster, and lost when the machine crashes.
        databases: The number of Redis's numbered databases.
        pause: Waits some seconds; it may raise to give up, and both servers are stopped.

    Raises:
        StartError: When one does not start; the other is stopped.
    """
    started = Servers()
    logs = data_dir / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    if not (postgres or redis):
        return started
    owner = server_owner()
    servers = servers_dir(data_dir, owner)
    site = ServerSite(servers=servers, logs=logs, owner=owner, watchdog=watchdog, durable=durable, pause=pause)
    try:
        if redis:
            started.valkey = start_valkey(site, databases=databases)
        if postgres:
            started.postgres = start_postgres(site)
    except BaseException:
        started.stop()
        raise
    return started
