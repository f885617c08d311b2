"""Commands show and use the settings of the `leadrun up` that runs on a data directory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.embedded.data_dir_lock import Running, locked, write_note
from app.settings.reading import masked_text
from app.settings.settings import Settings

URL = "http://127.0.0.1:8123"


@pytest.fixture
def running(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The note that `leadrun up` leaves in `.leadrun` of the working directory, with a provider's key of its shell."""
    monkeypatch.chdir(tmp_path)
    environment = {
        "LEADRUN_DATABASE_URL": settings.database_url or "",
        "LEADRUN_REDIS_URL": settings.redis_url or "",
        "LEADRUN_SECRET_KEY": "a-secret-of-this-directory",
    }
    given = {"LEADRUN_PROVIDER_HUNTER_API_KEY": "key-of-the-other-shell", "LEADRUN_RATE_LIMIT": "7"}
    note = Running(
        pid=os.getpid(),
        url=URL,
        environment=environment,
        variables={name: masked_text(name, text) for name, text in {**environment, **given}.items()},
        sources={
            **dict.fromkeys(environment, "leadrun up"),
            "LEADRUN_PROVIDER_HUNTER_API_KEY": "environment",
            "LEADRUN_RATE_LIMIT": ".env",
        },
    )
    with locked(tmp_path / ".leadrun", URL, time.sleep):
        write_note(tmp_path / ".leadrun", note)
        yield note


def leadrun(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


def read(*arguments: str, **environ: str) -> Any:
    done = leadrun(*arguments, "--json", **environ)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.usefixtures("running")
def test_the_settings_of_a_running_up_are_shown_with_their_origin() -> None:
    shown = read("config", LEADRUN_RATE_LIMIT="9")
    assert (shown["running"], shown["rate_limit"], shown["sources"]["LEADRUN_RATE_LIMIT"]) == (URL, 7, ".env")
    assert shown["providers"]["hunter"]["api_key"] == "***"
    assert shown["sources"]["LEADRUN_PROVIDER_HUNTER_API_KEY"] == "environment"
    assert (shown["sources"]["LEADRUN_REDIS_URL"], shown["sources"]["LEADRUN_PORT"]) == ("leadrun up", "default")
    table = leadrun("config").stdout
    assert table.startswith(f"The settings of the `leadrun up` that runs at {URL} (process {os.getpid()}):\n\n")
    assert "of-the-other-shell" not in table
    assert "a-secret-of-this-directory" not in table
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()[3:]}
    assert rows["LEADRUN_RATE_LIMIT"] == ["7", ".env"]


@pytest.mark.usefixtures("running")
def test_settings_that_name_another_database_are_shown_themselves() -> None:
    shown = read("config", LEADRUN_DATABASE_URL="postgresql://u:secret@db.example/other")
    assert shown["running"] is None
    assert shown["database_url"] == "postgresql://***@db.example/other"
    assert shown["sources"]["LEADRUN_DATABASE_URL"] == "environment"
    named = read("config", "--data-dir", ".leadrun", LEADRUN_DATABASE_URL="postgresql://db.example/other")
    assert named["running"] == URL


@pytest.mark.usefixtures("running")
def test_the_providers_are_those_of_the_running_up_and_a_check_says_that_it_lacks_their_keys() -> None:
    lines = {line["name"]: line for line in read("providers")["providers"]}
    assert (lines["hunter"]["key"], lines["hunter"]["usable"], lines["kaspr"]["key"]) == (True, True, False)
    for arguments in (["providers", "check", "hunter"], ["providers", "check"]):
        checked = leadrun(*arguments)
        assert checked.exit_code == 1
        assert "only the running `leadrun up` has its key" in checked.output


@pytest.mark.usefixtures("running")
def test_commands_use_the_databases_of_the_running_up() -> None:
    assert read("keys", "list") == {"keys": []}
    elsewhere = leadrun("keys", "list", "--data-dir", "elsewhere")
    assert elsewhere.exit_code == 2
    assert elsewhere.stderr == (
        "leadrun: no `leadrun up` runs on elsewhere; start it, or set LEADRUN_DATABASE_URL and LEADRUN_REDIS_URL\n"
    )


def test_where_no_up_runs_the_command_shows_its_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.env").write_text("LEADRUN_RATE_LIMIT=5\nLEADRUN_PROVIDER_TOMBA_ENABLED=false\n")
    shown = read("config", "--env-file", "own.env")
    assert (shown["running"], shown["rate_limit"], shown["sources"]["LEADRUN_RATE_LIMIT"]) == (None, 5, "own.env")
    last = leadrun("config", "--env-file", "own.env").stdout.splitlines()[-1]
    assert last.split() == ["LEADRUN_PROVIDER_TOMBA_ENABLED", "false", "own.env"]


AUTOGROUP = Path("/proc/self/autogroup")
STEP_BACK = """
import os, pathlib
from app.cli.run import step_back
step_back()
group = pathlib.Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "")
"""


def test_the_bulk_worker_steps_back_for_other_sessions_as_well() -> None:
    command = [sys.executable, "-c", STEP_BACK]
    nice, group = subprocess.run(
        command, check=True, capture_output=True, text=True, start_new_session=True
    ).stdout.split(" ")
    assert int(nice) == 19
    # Linux may refuse it to others for a moment.
    if AUTOGROUP.exists() and os.geteuid() == 0:
        assert int(group) == 19
