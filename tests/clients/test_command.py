"""The client's command: look-ups, lists and what there is, against a real service."""

import csv
import io
import json
import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import COMMANDS as OF_THE_SERVER
from app.cli.main import main as server
from leadrun_cli import COMMANDS
from tests.architecture.tree import text_of
from tests.clients.commands import Environ, process, run
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

ADDRESS = f"ada.lovell.g0@{DOMAIN}"
TABLE = f"id,first_name,last_name,domain\n1,Ada,Lovell,{DOMAIN}\n2,Dot,Olsen,{DOMAIN}\n"


def test_a_file_comes_back_with_what_was_found(environ: Environ, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(TABLE + "3,,,\n")
    done = run(environ, "enrich", str(tmp_path / "people.csv"), "--yes")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "people.leadrun.csv").open()))
    assert [row["email"] for row in rows[:2]] == [ADDRESS, ""]
    assert [row["id"] for row in rows[:2]] == ["1", "2"]
    assert "1 e-mail addresses" in done.stderr
    assert done.stdout == ""


def test_standard_input_and_output(environ: Environ) -> None:
    done = run(environ, "enrich", "-", "--yes", "-o", "-", stdin=TABLE)
    assert done.exit_code == 0, done.output
    assert [row["email"] for row in csv.DictReader(io.StringIO(done.stdout))] == [ADDRESS, ""]
    lines = "\n".join(json.dumps({"full_name": "Ada Lovell", "domain": DOMAIN, "n": n}) for n in range(2))
    assert run(environ, "enrich", "-", "--yes", stdin=lines).stdout.count(ADDRESS) == 2
    document = json.dumps({"contacts": [{"full_name": "Ada Lovell", "domain": DOMAIN}]})
    assert run(environ, "enrich", "-", "--yes", stdin=document).stdout.count(ADDRESS) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["people.csv"], id="nobody to ask"),
        pytest.param(["people.csv", "--yes", "-o", "out.pdf"], id="an unknown format"),
        pytest.param(["people.csv", "--yes", "-o", "people.csv"], id="onto the input"),
        pytest.param(["people.csv", "--yes", "-o", "there.csv"], id="onto what is there"),
        pytest.param(["people.csv", "--yes", "-o", "nowhere/out.csv"], id="no folder"),
        pytest.param(["absent.csv", "--yes"], id="no file"),
        pytest.param(["empty.csv", "--yes"], id="an empty file"),
        pytest.param(["people.csv", "--yes", "--set", "sheet"], id="half an option"),
        pytest.param(["people.csv", "--yes", "--max-cost", "0"], id="no cost"),
        pytest.param(["people.csv", "--yes", "--max-credits", "1"], id="too dear"),
        pytest.param(["people.csv", "--resume", "x"], id="a file and a batch"),
        pytest.param([], id="neither"),
        pytest.param(["--resume"], id="nothing to come back to"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_spent(
    environ: Environ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in (("people.csv", TABLE), ("there.csv", "mine"), ("empty.csv", "\n")):
        Path(name).write_text(content)
    done = run(environ, "enrich", *arguments)
    assert done.exit_code == 2, done.output
    assert done.stderr.strip()
    assert Path("people.csv").read_text() == TABLE
    assert Path("there.csv").read_text() == "mine"
    assert json.loads(run(environ, "whoami", "--json").stdout)["balance"] == 1000


def test_an_upload_that_the_server_refuses_is_an_error(environ: Environ) -> None:
    done = run(environ, "enrich", "-", "--yes", stdin="colour\nred\n")
    assert done.exit_code == 1
    assert "400" in done.stderr
    assert run(environ, "enrich", "-", "--yes", "--providers", "nobody", stdin=TABLE).exit_code == 1


def test_an_interruption_leaves_the_batch_running(environ: Environ, stood: Standing, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(TABLE)
    stood.hold()
    try:
        started = process(environ, "enrich", str(tmp_path / "people.csv"), "--yes")
        assert started.stderr
        assert started.stderr.readline().startswith("Batch ")
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=20)
    finally:
        stood.release()
    assert started.returncode == 130
    assert "leadrun enrich --resume " in said
    batch = said.split("--resume ")[1].split()[0]
    for resume in (["--resume", batch], ["--resume"]):
        done = run(environ, "enrich", "-o", str(tmp_path / "out.ndjson"), "--overwrite", *resume)
        assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out.ndjson").read_text().splitlines()[0])["email"] == ADDRESS
    assert json.loads(run(environ, "whoami", "--json").stdout)["balance"] == 998


def test_one_person_is_found(environ: Environ) -> None:
    done = run(environ, "find", "Ada Lovell", DOMAIN, "--type", "all")
    assert done.exit_code == 0, done.output
    assert (
        done.stdout.splitlines() == [f"{ADDRESS}  valid, 95 %, datagma", "+14155551000  mobile, datagma"] or done.stdout
    )
    assert ADDRESS in done.stdout
    assert "+14155551000" in done.stdout
    assert run(environ, "find", "Dot Olsen", DOMAIN).exit_code == 3
    body = json.loads(run(environ, "find", "Ada Lovell", DOMAIN, "--json").stdout)
    assert (body["cached"], body["result"]["email"]) == (True, ADDRESS)
    assert run(environ, "find", " ").exit_code == 2
    # An error is not a miss: nobody could be asked.
    nobody = run(environ, "find", "Ada Lovell")
    assert (nobody.exit_code, nobody.stderr.count("No answer: ")) == (1, 1), nobody.stderr


def test_runs_are_shown(environ: Environ) -> None:
    run_id = json.loads(run(environ, "find", "Ada Lovell", DOMAIN, "--json").stdout)["runId"]
    assert run_id in run(environ, "runs", "list").stdout
    assert [one["runId"] for one in json.loads(run(environ, "runs", "list", "--json").stdout)] == [run_id]
    assert run(environ, "runs", "list", "--status", "cancelled", "--json").stdout == "[]\n"
    assert ADDRESS in run(environ, "runs", "show", run_id).stdout
    watched = run(environ, "runs", "watch", run_id).stdout.splitlines()
    assert watched[-1] == f"run completed found {ADDRESS}"
    traced = run(environ, "trace", run_id).stdout
    assert "datagma" in traced
    assert "USD a value (" in traced
    assert traced.splitlines()[-1].endswith("USD in all")
    assert json.loads(run(environ, "trace", run_id, "--json").stdout)[0]["outcome"] == "hit"
    cached = json.loads(run(environ, "find", "Ada Lovell", DOMAIN, "--json").stdout)["runId"]
    assert (run(environ, "trace", cached).stdout, run(environ, "trace", cached).stderr[:17]) == (
        "",
        "Nobody was asked:",
    )
    missing = run(environ, "runs", "show", "019a0000-0000-7000-8000-000000000000")
    assert (missing.exit_code, "404" in missing.stderr) == (1, True)


def test_the_account_is_shown(environ: Environ, key: str) -> None:
    run(environ, "find", "Ada Lovell", DOMAIN)
    assert "found" in run(environ, "usage").stdout
    assert json.loads(run(environ, "usage", "--by", "key", "--json").stdout)["usage"][0]["runs"] == 1
    who = run(environ, "whoami")
    assert environ["LEADRUN_URL"] in who.stdout
    assert key not in who.stdout
    for name in ("endpoints", "deliveries"):
        assert run(environ, "webhooks", name, "--json").stdout == "[]\n"
    assert run(environ, "webhooks", "redeliver", "019a0000-0000-7000-8000-000000000000").exit_code == 1


def test_the_command_of_the_server_has_these_commands_too(environ: Environ) -> None:
    assert not set(COMMANDS) & set(OF_THE_SERVER)
    runner = CliRunner(env=environ)
    shown = runner.invoke(server, ["--help"]).stdout
    assert all(f"  {name} " in shown for name in (*COMMANDS, *OF_THE_SERVER))
    assert json.loads(runner.invoke(server, ["whoami", "--json"]).stdout)["balance"] == 1000


def test_every_command_has_a_help_and_a_place_in_the_guide() -> None:
    shown = run({}, "--help").stdout
    guide = text_of("docs/clients.md")
    for name in COMMANDS:
        assert f"  {name} " in shown
        assert f"leadrun {name}" in guide
        assert run({}, name, "--help").exit_code == 0


def test_a_dry_run_shows_how_a_file_is_read_and_spends_nothing(environ: Environ, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"Vorname;Nachname;Webseite;Notiz\nAda;Lovell;{DOMAIN};x\nAda;Lovell;{DOMAIN};y\n;;;z\n")
    done = run(environ, "enrich", str(file), "--dry-run")
    assert done.exit_code == 0, done.output
    for fact in ("1 duplicates", "Vorname → first_name", "not used: Notiz", "divided by ';'", "at most 1 credits"):
        assert fact in done.stderr, done.stderr
    shown = json.loads(run(environ, "enrich", str(file), "--dry-run", "--json").stdout)
    assert (shown["duplicates"], shown["credits_at_most"]) == (1, 1)
    assert run(environ, "enrich", str(file), "--yes", "--max-credits", "0").exit_code == 2
    assert json.loads(run(environ, "whoami", "--json").stdout)["balance"] == 1000
    assert not (tmp_path / "people.leadrun.csv").exists()
    assert run(environ, "enrich", str(file), "--yes", "--max-credits", "1").exit_code == 0


@pytest.mark.parametrize(("answer", "status", "balance"), [("y", 0, 998), ("n", 2, 1000), ("", 2, 1000)])
def test_credits_are_spent_only_when_somebody_agrees(
    environ: Environ, tmp_path: Path, answer: str, status: int, balance: int
) -> None:
    (tmp_path / "people.csv").write_text(TABLE)
    terminal, theirs = os.openpty()
    started = process(environ, "enrich", str(tmp_path / "people.csv"), stdin=theirs)
    os.write(terminal, f"{answer}\n".encode())
    _, said = started.communicate(timeout=60)
    os.close(terminal)
    os.close(theirs)
    assert started.returncode == status, said
    assert "Spend at most 2 of 1000 credits?" in said
    assert json.loads(run(environ, "whoami", "--json").stdout)["balance"] == balance
