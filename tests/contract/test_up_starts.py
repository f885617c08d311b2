"""`leadrun up` starts on what it finds, or says in one sentence why it does not."""

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.contract.supervised import LEADRUN, ROOT, Up, balance_of, clean_environ, running


def test_a_busy_port_is_one_sentence_and_starts_nothing(open_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = Up(open_dir / "data", "--port", str(port))
        stdout, stderr = up.popen.communicate(timeout=120)
    assert (up.popen.returncode, stdout) == (2, "")
    assert stderr == (
        f"leadrun: Port {port} on 127.0.0.1 is used by another program; stop that, or choose another with --port.\n"
    )
    assert not (open_dir / "data" / "servers").exists()


def test_wrong_settings_are_all_told_before_anything_starts(open_dir: Path) -> None:
    up = Up(open_dir / "data", environ={"LEADRUN_RATE_LIMIT": "0", "LEADRUN_TYPO": "1"})
    stdout, stderr = up.popen.communicate(timeout=120)
    assert (up.popen.returncode, stdout) == (2, "")
    assert "LEADRUN_RATE_LIMIT" in stderr
    assert "LEADRUN_TYPO" in stderr
    assert not (open_dir / "data").exists()


def test_servers_of_the_environment_are_used_and_keys_they_do_not_know_are_made_anew(
    open_dir: Path, fresh_database: str, fresh_redis: str
) -> None:
    data = open_dir / "data"
    data.mkdir()
    old = {"apiKey": f"lm_live_{'0' * 36}", "testKey": f"lm_test_{'0' * 36}"}
    (data / "keys.json").write_text(json.dumps(old))
    environ = {"LEADRUN_DATABASE_URL": fresh_database, "LEADRUN_REDIS_URL": fresh_redis}
    with running(data, environ=environ) as up:
        assert not any(process.name() in {"postgres", "valkey-server"} for process in up.family())
        assert not (data / "servers").exists()
        assert up.ready["apiKey"] != old["apiKey"]
        assert balance_of(up.ready)["balance"] == 100


def test_a_database_that_cannot_be_reached_is_one_sentence(open_dir: Path) -> None:
    environ = {
        "LEADRUN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "LEADRUN_REDIS_URL": "redis://127.0.0.1:1",
    }
    up = Up(open_dir / "data", environ=environ)
    stdout, stderr = up.popen.communicate(timeout=120)
    assert (up.popen.returncode, stdout) == (2, "")
    assert stderr.startswith("leadrun: The database cannot be used: ")
    assert "Traceback" not in stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_curl_line_works_when_pasted(open_dir: Path, fresh_database: str, fresh_redis: str) -> None:
    environ = clean_environ() | {"LEADRUN_DATABASE_URL": fresh_database, "LEADRUN_REDIS_URL": fresh_redis}
    command = [*LEADRUN, "up", "--port", "0", "--data-dir", str(open_dir / "data")]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=ROOT) as up:
        try:
            said = ""
            while "Ctrl-C" not in said:
                assert up.stdout
                line = up.stdout.readline()
                assert line, said
                said += line
            curl = re.search(r"curl (?:.*\\\n)*.*", said)
            assert curl, said
            answer = subprocess.run(["sh", "-c", curl[0]], capture_output=True, text=True, check=True)
            assert json.loads(answer.stdout)["resultStatus"] == "found"
        finally:
            up.terminate()
