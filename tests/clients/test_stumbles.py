"""What a newcomer stumbles over: wrong keys, URLs, files and ids, and outputs that cannot be written."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.vocabulary import Mode
from leadrun import Leadrun, errors
from tests.architecture.tree import ROOT
from tests.clients.commands import Environ, run
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

TABLE = f"full_name,domain\nAda Lovell,{DOMAIN}\n"
# Everything that is written there fails with "No space left on device".
FULL = Path("/dev/full")


def test_an_address_that_nobody_can_verify_is_an_error(stood: Standing, environ: Environ) -> None:
    environ["LEADRUN_API_KEY"] = stood.new_key(account="verifying", mode=Mode.TEST).api_key
    # No verifier is played here; tests/contract/test_python_client.py asks that of the sandbox.
    done = run(environ, "verify", "magic.found@acme.example")
    assert (done.exit_code, "No verdict: " in done.stderr) == (1, True), done.output
    assert run(environ, "verify", "no address").exit_code == 1
    assert run(environ, "verify", " ").exit_code == 2


def test_what_helps_is_said(environ: Environ, tmp_path: Path) -> None:
    wrong = run(environ | {"LEADRUN_API_KEY": "lm_live_wrong"}, "whoami")
    assert (wrong.exit_code, "leadrun login" in wrong.stderr) == (1, True)
    nowhere = run(environ | {"LEADRUN_URL": "http://127.0.0.1:9"}, "find", "Ada Lovell")
    assert (nowhere.exit_code, "http://127.0.0.1:9 cannot be reached" in nowhere.stderr) == (1, True)
    silent = run(environ, "login", "--url", environ["LEADRUN_URL"])
    assert (silent.exit_code, "standard input" in silent.stderr) == (2, True)
    folder = run(environ, "enrich", str(tmp_path), "--yes")
    assert (folder.exit_code, "is a folder" in folder.stderr) == (2, True)
    columns = run(environ, "enrich", "-", "--yes", stdin="colour\nred\n")
    assert (columns.exit_code, columns.stderr.count("'colour'")) == (1, 1)


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["enrich", "-", "--yes"], ["runs", "list"]])
def test_a_full_disk_is_an_error_of_one_sentence(environ: Environ, arguments: list[str]) -> None:
    path = {"PYTHONPATH": f"{ROOT / 'clients' / 'python' / 'src'}:{ROOT}"}
    command = [sys.executable, "-m", "leadrun_cli.main", *arguments]
    with FULL.open("w") as full:
        done = subprocess.run(
            command, env=environ | path, input=TABLE, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "cannot be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert ("leadrun enrich --resume " in done.stderr) == (arguments[0] == "enrich")


def test_an_id_is_a_part_of_a_path_and_no_path(client: Leadrun) -> None:
    for wrong in ("../credits", "x/../../credits", "a?wait=1", "é"):
        with pytest.raises(errors.NotFoundError):
            client.attempts(wrong)
    for ask in (client.get_run, client.cancel, client.attempts, client.batches.get, client.redeliver):
        with pytest.raises(errors.ConfigurationError):
            ask("")
    with pytest.raises(errors.NotFoundError):
        client.batches.get("../credits")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_download_that_fails_leaves_nothing_behind(client: Leadrun, tmp_path: Path) -> None:
    done = client.batches.upload([{"full_name": "Ada Lovell", "domain": DOMAIN}]).wait()
    (tmp_path / "out.csv.part").symlink_to(FULL)
    with pytest.raises(OSError, match="No space left"):
        done.download(tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_a_cap_that_is_not_a_number_is_refused(client: Leadrun) -> None:
    ada, nan = {"first_name": "Ada", "last_name": "Lovell", "domain": DOMAIN}, float("nan")
    with pytest.raises(errors.ConfigurationError, match="max_cost_usd"):
        client.enrich(full_name="Ada Lovell", company_domain=DOMAIN, max_cost_usd=nan)
    for ask in (client.find_email, client.find_phone):
        with pytest.raises(errors.ConfigurationError):
            ask(first_name="Ada", last_name="Lovell", domain=DOMAIN, max_cost_usd=nan)
    with pytest.raises(errors.ConfigurationError):
        list(client.enrich_many([ada], max_cost_usd=nan))
    with pytest.raises(errors.ConfigurationError):
        client.batches.upload([ada], max_cost_usd=nan)
    assert client.credits().total_spent == 0
