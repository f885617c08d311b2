"""Starting: nothing of the working directory is run, and what is missing is said in one sentence."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from app.cli.main import COMMANDS, main
from app.embedded.own_processes import with_source
from app.settings.settings import Settings

# Names that something imports, or looks for, when a process starts.
MODULES = (
    *(
        "app",
        "workers",
        "webhooks",
        "migrations",
        "celery",
        "celeryconfig",
        "kombu",
        "json",
        "uvicorn",
        "uvloop",
        "site",
    ),
    *("structlog", "click", "logging_config", "conftest", "sitecustomize", "usercustomize", "alembic", "env", "site"),
)


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A working directory full of modules of the names that we import."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'a').write({name!r})\n")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = .\n")
    return tmp_path


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `leadrun` in a directory, as its script does."""
    code = "import sys; from app.cli.main import main; main()"
    given = {**with_source(os.environ), "LEADRUN_ENV_FILE": "", **environ}
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_b14_no_command_runs_what_lies_in_the_working_directory(trap: Path, settings: Settings) -> None:
    servers = {"LEADRUN_DATABASE_URL": settings.database_url or "", "LEADRUN_REDIS_URL": settings.redis_url or ""}
    for command in (["--help"], ["config"], ["migrate"], ["providers", "list"], ["keys", "list"]):
        done = run(trap, *command, **servers)
        assert done.returncode == 0, done.stderr
    assert not (trap / "executed").exists()


def test_b14_the_worker_runs_nothing_of_the_working_directory(trap: Path, settings: Settings) -> None:
    servers = {"LEADRUN_DATABASE_URL": settings.database_url or "", "LEADRUN_REDIS_URL": settings.redis_url or ""}
    servers["LEADRUN_SECRET_KEY"] = "a secret of these tests alone"
    code = "import sys; from app.cli.main import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", code, "work", "--lane", "interactive"],
        cwd=trap,
        env={**with_source(os.environ), "LEADRUN_ENV_FILE": "", **servers},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr
        assert any("worker.ready" in line for line in child.stderr)
    finally:
        child.terminate()
        child.communicate(timeout=60)
    assert not (trap / "executed").exists()


def test_c20_a_worker_that_cannot_open_ends(settings: Settings, tmp_path: Path) -> None:
    """Celery logs what fails there and goes on: such a worker ran look-ups, and neither delivered nor recovered."""
    servers = {"LEADRUN_DATABASE_URL": settings.database_url or "", "LEADRUN_REDIS_URL": settings.redis_url or ""}
    done = run(tmp_path, "work", **servers, LEADRUN_SECRET_KEY="")
    assert done.returncode == 1
    assert "leadrun: LEADRUN_SECRET_KEY is not set; set it to a long random text" in done.stderr
    assert "worker.ready" not in done.stderr
    assert "Traceback" not in done.stderr


def test_c20_authorities_that_cannot_be_read_hinder_each_command(tmp_path: Path) -> None:
    done = run(tmp_path, "providers", "list", SSL_CERT_FILE=str(tmp_path / "nowhere"))
    assert (done.returncode, "SSL_CERT_FILE" in done.stderr, "Traceback" in done.stderr) == (2, True, False), done


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://leadrun@127.0.0.1:1/leadrun",
        "postgresql://leadrun@nowhere.invalid/leadrun",
        "postgresql://leadrun@127.0.0.1:1/leadrun?connect_timeout=1",
        "postgresql:///leadrun?host=/nowhere&user=leadrun",
    ],
)
def test_c20_migrate_without_a_database_is_one_sentence(tmp_path: Path, url: str) -> None:
    done = run(tmp_path, "migrate", LEADRUN_DATABASE_URL=url)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("leadrun: the database cannot be migrated: ")
    assert "LEADRUN_DATABASE_URL" in line


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE])
@pytest.mark.parametrize("name", [None, "data/note.json"])
def test_c20_a_full_disk_or_a_forbidden_file_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, number: int, name: str | None
) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number), name)

    module = ModuleType("app.cli.failing")
    module.failing = click.Command("failing", callback=fail)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "failing", ("failing:failing", "Fail."))
    done = CliRunner().invoke(main, ["failing"])
    assert done.exit_code == 1
    (line,) = done.output.strip().splitlines()
    assert line.startswith(f"leadrun: {os.strerror(number)}: {name or 'the disk'}; ")
