"""Fuzzes a running stack with schemathesis, and reads in its reports what was sent to whom, and what failed."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from tests.contract.scripts import new_key
from tests.contract.supervised import ROOT, Up, running

SPECIFICATION = "/api/v1/openapi.json"
CONFIG = Path(__file__).with_name("schemathesis.toml")
_PATHS = json.loads((ROOT / "docs" / "openapi.json").read_bytes())["paths"]
_OPERATIONS = {f"{method.upper()} {path}": one for path, methods in _PATHS.items() for method, one in methods.items()}
# The fuzzer leaves out the path that it has read the specification from.
OPERATIONS = frozenset(_OPERATIONS) - {f"GET {SPECIFICATION}"}
# Those that can be sent wrong data for sure: into a path, the fuzzer likes to put ids that it knows.
REFUSING = frozenset(
    name
    for name in OPERATIONS
    if "requestBody" in (one := _OPERATIONS[name]) or any(given["in"] == "query" for given in one.get("parameters", ()))
)
# What the account of a live key has: more than a fuzzer spends, so that no well-formed request is refused as unpaid.
CREDITS = 1_000_000_000
# Nobody reaches a limit, the sandbox does not dawdle, and nothing is posted to receivers that the fuzzer made up.
QUICK = {
    "LEADRUN_WEBHOOK_PROXY": "http://127.0.0.1:9",
    "LEADRUN_RATE_LIMIT": "1000000",
    "LEADRUN_READ_LIMIT": "1000000",
    "LEADRUN_REFUSAL_LIMIT": "1000000",
    "LEADRUN_UPLOADS_AT_ONCE": "1000",
    "LEADRUN_TEST_ROWS_A_DAY": "100000000",
    "LEADRUN_SYNC_WAIT_SECONDS": "1",
    "LEADRUN_SANDBOX_LATENCY_MS": "0",
    "LEADRUN_SANDBOX_SLOW_SECONDS": "1",
}
KEYS = {
    "lm_test": ("--plan", "leadmodule", "--mode", "test"),
    "ls_test": ("--plan", "leadsonar", "--mode", "test"),
    "live": ("--plan", "leadsonar", "--mode", "live", "--credits", str(CREDITS)),
}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the fuzzer came to.

    Attributes:
        key: One of `KEYS`.
        seconds: That it took.
        stopped: Why it ended: ``completed``, or ``max_time``.
        operations: Of the specification.
        tested: Those of them that requests were sent to.
        cases: Requests made up and sent, by how they were made: ``positive`` or ``negative``.
        phases: Requests by phase.
        statuses: Answers by status.
        checks: Checks made of the answers.
        failures: Each with the operation, the check and what was said.
        filtered: Failures that the hooks declared to be none.
        reached: By operation the modes in which requests were sent to it.
    """

    key: str
    seconds: float
    stopped: str
    operations: int
    tested: int
    cases: dict[str, int]
    phases: dict[str, int]
    statuses: dict[str, int]
    checks: int
    failures: list[dict[str, Any]]
    filtered: int
    reached: dict[str, list[str]]


@contextmanager
def quick_stack() -> Iterator[Up]:
    """Run a `leadrun up` of its own until the block ends."""
    with TemporaryDirectory(prefix="leadrun-fuzz-", ignore_cleanup_errors=True) as directory:
        path = Path(directory)
        # The databases run as another user where we are root.
        path.chmod(0o755)
        with running(path / "data", environ=QUICK) as up:
            yield up


def fuzz(up: Up, key: str, *bounds: str, patience: float) -> tuple[Outcome, str]:
    """Fuzz with all checks, in all phases.

    Args:
        up: The stack.
        key: One of `KEYS`.
        bounds: Further arguments of the command line.
        patience: Seconds after which it is stuck.

    Returns:
        What it came to, and what it wrote to the terminal.
    """
    with TemporaryDirectory(prefix="leadrun-fuzz-") as directory:
        summary, story = Path(directory, "summary.json"), Path(directory, "story.ndjson")
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", f"{up.ready['url']}{SPECIFICATION}"),
            *("-H", f"Authorization: Bearer {new_key(up, f'fuzz-{key}', *KEYS[key])}"),
            *("--checks", "all", "--continue-on-failure", "--no-color", *bounds),
            *("--report", "json,ndjson", "--report-json-path", str(summary), "--report-ndjson-path", str(story)),
        ]
        fuzzed = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=patience,
        )
        said = fuzzed.stdout + fuzzed.stderr
        if not summary.exists():
            raise AssertionError(f"schemathesis did not run: {said}")
        return _outcome(key, json.loads(summary.read_bytes()), story), said


def _outcome(key: str, summary: dict[str, Any], story: Path) -> Outcome:
    modes: Counter[str] = Counter()
    phases: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    reached: dict[str, set[str]] = {}
    checks = 0
    with story.open(encoding="utf-8") as lines:
        # One scenario at a time: the story of a long run is long.
        for scenario in (json.loads(line)["ScenarioFinished"] for line in lines if "ScenarioFinished" in line[:40]):
            recorder = scenario["recorder"]
            checks += sum(map(len, recorder.get("checks", {}).values()))
            for identity, case in recorder.get("cases", {}).items():
                answer = recorder["interactions"].get(identity, {}).get("response")
                if not answer:
                    continue
                made = case["value"]
                mode = made.get("meta", {}).get("generation", {}).get("mode", "probe")
                modes[mode] += 1
                phases[scenario["phase"]] += 1
                statuses[str(answer["status_code"])] += 1
                if (operation := f"{made['method']} {made['path']}") in OPERATIONS:
                    reached.setdefault(operation, set()).add(mode)
    return Outcome(
        key=key,
        seconds=round(summary["running_time"], 1),
        stopped=summary["stop_reason"],
        operations=summary["operations"]["total"],
        tested=summary["operations"]["tested"],
        cases=dict(modes),
        phases=dict(phases),
        statuses=dict(sorted(statuses.items())),
        checks=checks,
        failures=summary["failures"] + summary["errors"],
        filtered=summary["filtered"] or 0,
        reached={operation: sorted(found) for operation, found in sorted(reached.items())},
    )
