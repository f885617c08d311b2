"""What a list survives, whichever client looks it up: connections cut, 429s, 503s, and a kill of the client."""

import json
import os
import random  # noqa: TID251 - reproducible chance
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.clients.built import ended
from tests.contract.standing import Standing
from tests.play.faults import Fault, faulty

# MANY_CONTACTS=1000 for the whole figure, which takes a minute.
MANY = int(os.environ.get("MANY_CONTACTS", "60"))
KILLED_AT = MANY // 3
CREDITS = 2 * MANY
# Starts a program that looks MANY contacts up with a resume file, and prints the place and the run of each outcome.
Start = Callable[[Path, Mapping[str, str]], subprocess.Popen[str]]


def spoiling() -> Any:
    """Spoil one request in ten, each time in another way; the same ones every time."""
    chance, lock = random.Random(7), threading.Lock()  # noqa: S311 - reproducible

    def decide(request: web.Request) -> Fault | None:
        with lock:
            spoiled = chance.random() < 0.1
            return chance.choice(list(Fault)) if spoiled and request.path != "/api/v1/credits" else None

    return decide


def survive(limited: Standing, folder: Path, start: Start) -> None:
    """Kill a list and resume it, through faults: each contact has one result, one run and one charge."""
    made = limited.new_key(account="many", amount=CREDITS)
    with faulty(limited.url) as proxy:
        proxy.decide = spoiling()
        environ = {"LEADRUN_URL": proxy.url, "LEADRUN_API_KEY": made.api_key}
        first = start(folder / "resume", environ)
        assert first.stdout
        got = [json.loads(first.stdout.readline()) for _ in range(KILLED_AT)]
        first.send_signal(signal.SIGKILL)
        first.communicate()
        outcomes = ended(start(folder / "resume", environ))
        assert {Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.TOO_MANY, Fault.UNAVAILABLE} <= set(proxy.faults)
    assert Counter(one["index"] for one in outcomes) == Counter(range(MANY))
    assert len({one["runId"] for one in outcomes}) == MANY
    assert {one["runId"] for one in got} <= {one["runId"] for one in outcomes}
    assert limited.sql("SELECT count(*) FROM runs") == [(MANY,)]
    assert limited.sql("SELECT balance, spent FROM accounts") == [(CREDITS - MANY, MANY)]
    assert limited.violations() == []
