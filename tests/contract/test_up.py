"""`leadrun up` keeps what it promises: ready line, one of a kind, nothing left behind, everything found again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pytest

from tests.contract.supervised import (
    FOREIGN_SECRET,
    LEADRUN,
    ROOT,
    Up,
    answers,
    await_gone,
    await_that,
    balance_of,
    clean_environ,
    get,
    listens,
    lives,
    named,
    running,
    submit,
)
from tests.memory import holds

# It takes ten at most where the machine does nothing else, which these tests cannot have.
END_SECONDS = 40.0


@pytest.fixture(scope="module")
def shared() -> Iterator[Up]:
    """One that runs for all tests that do it no harm."""
    path = Path(tempfile.mkdtemp(prefix="leadrun-test-"))
    path.chmod(0o755)
    with running(path / "data") as up:
        yield up
    shutil.rmtree(path)


def test_the_ready_line_names_a_url_two_keys_that_work_and_the_docs(shared: Up) -> None:
    ready = shared.ready
    assert set(ready) == {"url", "apiKey", "testKey", "docs", "claim"}
    assert ready["apiKey"].startswith("lm_live_")
    assert ready["testKey"].startswith("lm_test_")
    assert httpx.get(f"{ready['url']}/health/ready").status_code == 200
    assert httpx.get(ready["docs"]).status_code == 200
    assert balance_of(ready)["balance"] == 100


def test_a_start_while_another_runs_there_names_it_and_ends(shared: Up) -> None:
    second = Up(shared.data_dir)
    stdout, stderr = second.popen.communicate(timeout=120)
    assert second.popen.returncode == 2
    assert stdout == ""
    assert f"already running on {shared.data_dir} as process {shared.popen.pid} at {shared.ready['url']};" in stderr
    assert len(stderr.splitlines()) == 1
    assert answers(shared)


def test_b14_only_loopback_is_listened_on_and_the_secrets_are_ours_alone(shared: Up) -> None:
    listening = set()
    for process in shared.family():
        with suppress(psutil.NoSuchProcess):  # a connection of PostgreSQL's may have ended
            listening |= {one.laddr.ip for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    for name in ("keys.json", "secret-key", "running.json", "lock", "watchdog"):
        assert (shared.data_dir / name).stat().st_mode & 0o777 == 0o600, name
    for name in ("servers/run", "metrics", "logs"):
        assert (shared.data_dir / name).stat().st_mode & 0o777 == 0o700, name
    # Leadrun's own account may pass through; no stranger may so much as hold the lock.
    assert shared.data_dir.stat().st_mode & 0o777 == (0o710 if os.geteuid() == 0 else 0o700)
    note = json.loads((shared.data_dir / "running.json").read_text())
    password = urlsplit(note["environment"]["LEADRUN_REDIS_URL"]).password
    assert password
    for process in shared.family():
        with suppress(psutil.NoSuchProcess):
            assert password not in " ".join(process.cmdline())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers to somebody else")
def test_b14_as_root_the_servers_run_as_an_account_of_their_own(shared: Up) -> None:
    for name in ("postgres", "valkey-server"):
        server = named(shared, name)
        assert 0 not in server.uids()
        assert 0 not in server.gids()
        assert server.username() == "leadrun"


def test_b15_secrets_stand_in_no_environment_and_servers_and_sandbox_know_none(
    house: Up, hunter: tuple[object, dict[str, str]]
) -> None:
    password = (house.data_dir / "servers" / "postgres.password").read_text()
    key = hunter[1]["LEADRUN_PROVIDER_HUNTER_API_KEY"]
    addresses = json.loads((house.data_dir / "running.json").read_text())["environment"]
    secret = (house.data_dir / "secret-key").read_text().strip()
    known = {secret, password, key, FOREIGN_SECRET["AWS_SECRET_ACCESS_KEY"], addresses["LEADRUN_REDIS_URL"]}
    for name in ("postgres", "valkey-server", "main sandbox", "main serve", "lane interactive", "lane bulk"):
        variables = named(house, name).environ()
        assert not {n for n in variables if n.startswith("LEADRUN_") and "SANDBOX" not in n and "LOG" not in n}
        assert not [value for value in variables.values() if any(word in value for word in known)], name
    if sys.platform == "linux":
        assert holds(named(house, "main serve").pid, secret)
        sandbox = named(house, "main sandbox").pid
        assert not [word for word in known if holds(sandbox, word)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems execute each process")
def test_processes_share_what_they_import_and_nothing_that_forks_them_is_left(house: Up) -> None:
    await_that(lambda: not any("forks.server" in " ".join(one.cmdline()) for one in house.family()))
    for name in ("main sandbox", "main serve", "lane interactive", "lane bulk"):
        process = named(house, name)
        memory = process.memory_full_info()
        assert memory.pss < 0.75 * memory.rss, name
        assert "pydantic" not in Path(f"/proc/{process.pid}/maps").read_text(), name


def test_b14_the_socket_wants_a_password(shared: Up) -> None:
    url = urlsplit(json.loads((shared.data_dir / "running.json").read_text())["environment"]["LEADRUN_DATABASE_URL"])
    assert url.password
    with psycopg.connect(url.geturl()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    for user in ("leadrun", "leadrun:wrong", "postgres"):
        with pytest.raises(psycopg.OperationalError, match=r"password|does not exist"):
            psycopg.connect(url._replace(netloc=f"{user}@").geturl())


def test_commands_find_the_databases_of_a_running_one(shared: Up) -> None:
    create = ("keys", "create", "--account", "acme", "--credits", "7", "--json", "--data-dir", str(shared.data_dir))
    made = subprocess.run([*LEADRUN, *create], env=clean_environ(), cwd=ROOT, capture_output=True, check=True)
    assert balance_of(shared.ready | json.loads(made.stdout))["balance"] == 7
    grant = ("credits", "add", "--account", "nobody", "5", "--data-dir", str(shared.data_dir))
    refused = subprocess.run([*LEADRUN, *grant], env=clean_environ(), cwd=ROOT, capture_output=True, check=False)
    assert (refused.returncode, refused.stderr) == (1, b"leadrun: there is no such account\n")


def test_the_metrics_show_all_processes(shared: Up) -> None:
    run = submit(shared.ready)
    assert get(shared.ready, f"/api/v1/enrich/{run}?wait=30").json()["resultStatus"] == "found"
    text = httpx.get(f"{shared.ready['url']}/metrics").text
    assert "leadrun_runs_accepted_total" in text  # the API's
    assert "leadrun_runs_ended_total" in text  # the worker's


@pytest.mark.parametrize(
    "name", ["postgres", "valkey-server", "app.cli.main serve", "app.cli.main work", "app.cli.main sandbox"]
)
def test_a_child_that_dies_is_started_again(shared: Up, name: str) -> None:
    victim = named(shared, name)
    ports = listens(victim)
    victim.kill()
    await_that(lambda: not lives(victim))
    await_that(lambda: listens(named(shared, name, but=victim)) == ports and answers(shared))
    run = submit(shared.ready, companyDomain=f"{name.rsplit(maxsplit=1)[-1]}.example")
    assert get(shared.ready, f"/api/v1/enrich/{run}?wait=60").json()["status"] == "completed"


def end_soon(up: Up, number: signal.Signals) -> None:
    """Send the signal, and see that every process ends, in time and without complaint."""
    submit(up.ready, lastName="Slow")  # work on its way holds nothing up
    family, begun = up.family(), time.monotonic()
    assert len(family) >= 6
    status, more, said = up.end(number)
    assert time.monotonic() - begun < END_SECONDS
    assert (status, more) == (0, "")
    assert "Traceback" not in said
    assert await_gone(family, 0) == []


def test_however_it_ends_no_process_is_left_and_a_restart_finds_keys_and_data(open_dir: Path) -> None:
    with running(open_dir / "data") as up:
        first, run = up.ready, submit(up.ready)
        end_soon(up, signal.SIGINT)
    with running(open_dir / "data") as up:
        assert (up.ready["apiKey"], up.ready["testKey"]) == (first["apiKey"], first["testKey"])
        assert balance_of(up.ready)["balance"] == 100
        assert get(up.ready, f"/api/v1/enrich/{run}").json()["runId"] == run
        end_soon(up, signal.SIGTERM)
    with running(open_dir / "data") as up:
        family = up.family()
        up.end(signal.SIGKILL)
    with running(open_dir / "data") as up:  # at once: it waits until the first one's children are gone
        assert up.ready["apiKey"] == first["apiKey"]
        assert await_gone(family, 0) == []
        if sys.platform == "linux":  # whose kernel guards as well
            family = up.family()
            named(up, "watchdog").kill()
            up.end(signal.SIGKILL)
            assert await_gone(family, END_SECONDS) == []


def test_a_signal_while_starting_leaves_nothing_behind(open_dir: Path) -> None:
    up = Up(open_dir / "data")
    await_that((open_dir / "data" / "servers" / "postgres" / "postmaster.pid").exists)
    family = up.family()
    status, said, _ = up.end(signal.SIGINT)
    assert (status, said) == (0, "")
    assert await_gone(family, 0) == []


def test_the_configuration_of_a_running_up_is_shown_with_its_origin_and_without_secrets(
    house: Up, hunter: tuple[object, dict[str, str]]
) -> None:
    command = [*LEADRUN, "config", "--json", "--data-dir", str(house.data_dir)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environ(), capture_output=True, text=True, check=True)
    shown = json.loads(done.stdout)
    assert shown["running"] == house.ready["url"]
    assert shown["providers"]["hunter"]["api_key"] == "***"
    names = ("PROVIDER_HUNTER_API_KEY", "WEBHOOK_RETRY_DELAYS", "PORT", "REDIS_URL", "SECRET_KEY", "CACHE_DAYS")
    assert [shown["sources"].get(f"LEADRUN_{name}") for name in names] == [
        *("environment", "environment", "command line"),
        *("leadrun up", "leadrun up", "default"),
    ]
    assert hunter[1]["LEADRUN_PROVIDER_HUNTER_API_KEY"] not in (house.data_dir / "running.json").read_text()
