"""The URLs and keys that `leadrun login` keeps: for their owner alone, and each key for its own URL."""

import json
import stat
from pathlib import Path

import pytest

from app.domain.vocabulary import Mode
from tests.clients.commands import Environ, run
from tests.contract.standing import Standing


def test_a_login_is_kept_for_its_owner_alone(environ: Environ, stood: Standing, key: str) -> None:
    kept = {"LEADRUN_CONFIG": environ["LEADRUN_CONFIG"]}
    assert run(kept, "whoami").exit_code == 2
    assert run(kept, "login", "--url", stood.url, stdin="lm_live_wrong\n").exit_code == 1
    assert run(kept, "whoami").exit_code == 2
    done = run(kept, "login", "--url", stood.url, stdin=f"{key}\n")
    assert done.exit_code == 0, done.output
    assert key not in done.output
    assert stat.S_IMODE(Path(kept["LEADRUN_CONFIG"]).stat().st_mode) == 0o600
    assert json.loads(run(kept, "whoami", "--json").stdout)["from"] == "profile default"
    other = stood.new_key(account="other-profile", mode=Mode.TEST).api_key
    done = run(kept, "login", "--url", stood.url, "--profile", "other", stdin=other)
    assert (done.exit_code, "test key, which costs nothing" in done.stderr) == (0, True)
    assert "a test key costs nothing" in run(kept, "whoami", "--profile", "other").stdout
    assert json.loads(run(kept, "whoami", "--json", "--profile", "other").stdout)["balance"] == 0
    assert json.loads(run(kept | {"LEADRUN_PROFILE": "other"}, "whoami", "--json").stdout)["balance"] == 0
    assert run(kept, "whoami", "--profile", "nobody").exit_code == 2
    # A key is never sent to another address than the one that it was given for.
    astray = run(kept | {"LEADRUN_URL": "http://127.0.0.1:9"}, "whoami")
    assert (astray.exit_code, "LEADRUN_API_KEY" in astray.stderr) == (2, True)
    assert json.loads(run(environ, "whoami", "--json").stdout)["from"] == "environment"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"profiles": 7}', '{"profiles": {"default": {}}}', "null", "\x00"])
def test_a_damaged_file_of_profiles_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "kept.json"
    file.write_text(content)
    done = run({"LEADRUN_CONFIG": str(file)}, "whoami")
    assert (done.exit_code, str(file) in done.stderr) == (2, True)
    assert file.read_text() == content
