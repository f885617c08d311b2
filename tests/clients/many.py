"""What a list survives, whichever client looks it up: connections cut, 429s, 503s, and a kill of the client."""

import json
import random  # noqa: TID251 - reproducible chance
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.clients.built import ended
from tests.contract.standing import Standing
from tests.play.faults import Fault, faulty

# As many as go through each fault in seconds; the thousand takes minutes where the machine is busy.
PATIENCE = 1200.0
NUMBERS = [60, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(1500)])]
# Starts a program that looks so many contacts up with a resume file, and prints place and run of each outcome.
Start = Callable[[int, Path, Mapping[str, str]], subprocess.Popen[str]]


def spoiling() -> Any:
    """Spoil one request in ten, each time in another way; the same ones every time."""
    chance, lock = random.Random(7), threading.Lock()  # noqa: S311 - reproducible

    def decide(request: web.Request) -> Fault | None:
        with lock:
            spoiled = chance.random() < 0.1
            return chance.choice(list(Fault)) if spoiled and request.path != "/api/v1/credits" else None

    return decide


def survive(limited: Standing, folder: Path, number: int, start: Start) -> None:
    """Kill a list and resume it, through faults: each contact has one result, one run and one charge."""
    made = limited.new_key(account="many", amount=2 * number)
    with faulty(limited.url) as proxy:
        proxy.decide = spoiling()
        environ = {"LEADRUN_URL": proxy.url, "LEADRUN_API_KEY": made.api_key}
        first = start(number, folder / "resume", environ)
        assert first.stdout
        got = [json.loads(first.stdout.readline()) for _ in range(number // 3)]
        first.send_signal(signal.SIGKILL)
        first.communicate()
        outcomes = ended(start(number, folder / "resume", environ), seconds=PATIENCE)
        assert {Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.TOO_MANY, Fault.UNAVAILABLE} <= set(proxy.faults)
    assert Counter(one["index"] for one in outcomes) == Counter(range(number))
    assert len({one["runId"] for one in outcomes}) == number
    assert {one["runId"] for one in got} <= {one["runId"] for one in outcomes}
    assert limited.sql("SELECT status, result_status, count(*) FROM runs GROUP BY 1, 2") == [
        ("completed", "not_found", number)
    ]
    assert limited.sql("SELECT count(*), sum(amount) FROM credit_entries WHERE kind = 'charge'") == [(number, -number)]
    assert limited.sql("SELECT balance, spent FROM accounts") == [(number, number)]
    assert limited.violations() == []
