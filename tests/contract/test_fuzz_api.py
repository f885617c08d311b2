"""Schemathesis finds no disagreement between the specification and a running stack, in a bounded time."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.scripts import new_key
from tests.contract.supervised import ROOT, Up, running

CONFIG = Path(__file__).parent / "fuzz" / "schemathesis.toml"
# Both keys together take at most a minute and a half.
SECONDS, SEED = 40, 1
# What one key's time is for: without a bound of its own, the fuzzing phase leaves nothing to the stateful one.
EXAMPLES = 20
QUICK = {
    "LEADRUN_RATE_LIMIT": "1000000",
    "LEADRUN_READ_LIMIT": "1000000",
    "LEADRUN_LOOKUP_WAIT": "1",
    "LEADRUN_SANDBOX_LATENCY_MS": "0",
    "LEADRUN_SANDBOX_SLOW_SECONDS": "1",
}


@pytest.fixture(scope="module")
def quick() -> Iterator[Up]:
    """A `leadrun up` whose limits nobody reaches, and whose sandbox does not dawdle."""
    path = Path(tempfile.mkdtemp(prefix="leadrun-test-"))
    path.chmod(0o755)
    with running(path / "data", environ=QUICK) as up:
        yield up
    shutil.rmtree(path)


@pytest.mark.parametrize("plan", ["leadmodule", "leadsonar"])
def test_the_specification_is_exact(quick: Up, plan: str, tmp_path: Path) -> None:
    key = new_key(quick, f"fuzz-{plan}", "--plan", plan, "--mode", "test")
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    bounds = ["--max-time", str(SECONDS), "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--continue-on-failure"]
    fuzzed = subprocess.run(
        [
            *command,
            f"{quick.ready['url']}/api/v1/openapi.json",
            *("-H", f"Authorization: Bearer {key}"),
            *("--checks", "all"),
            *bounds,
            *("--report", "json", "--report-json-path", str(report), "--no-color"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 60,
    )
    assert fuzzed.returncode == 0, fuzzed.stdout[-10_000:] + fuzzed.stderr
    passed = re.search(r"(\d+) generated, (\d+) passed", fuzzed.stdout)
    assert passed
    assert int(passed[1]) == int(passed[2]) > 100
    assert json.loads(report.read_text())
