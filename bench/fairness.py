"""Load (7): single look-ups during large jobs, and the error of the jobs' estimates."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from bench.client import seconds
from bench.figures import Line, share
from bench.processes import Stack
from bench.wire import CONTACT, numbered

PROVIDERS = ("sandbox-mail", "sandbox-duo", "sandbox-later")
# The same people both times: some take one provider, some all of them.
FIRST, SINGLES = 1000, 100
PER_SECOND = 20.0
JOBS, CONTACTS = 10, 100
SETTLE_SECONDS = 1.0
PATIENCE = 300.0


def fairness(stack: Stack) -> list[Line]:
    """Measure the overhead of single look-ups beyond their providers' time: alone, and during ten jobs of 100."""
    return asyncio.run(_measure(stack.url, stack.key(mode="test"), stack.key(mode="test")))


async def _measure(url: str, key: str, other: str) -> list[Line]:
    async with _client(url, key) as single, _client(url, other) as bulk:
        await _singles(single, 0, SINGLES // 4)  # connections and caches are warm then, as they are in service
        alone = await _singles(single, FIRST, SINGLES)
        # The estimates of the first jobs had nothing to go by; those of the others have.
        await asyncio.gather(*(_job(bulk, number) for number in range(JOBS)))
        enough = asyncio.Event()
        feeding = [asyncio.create_task(_feed(bulk, JOBS + number, enough)) for number in range(JOBS)]
        await asyncio.sleep(SETTLE_SECONDS)
        beside = await _singles(single, FIRST, SINGLES)
        enough.set()
        jobs = [job for fed in await asyncio.gather(*feeding) for job in fed]
    ratio = share(sorted(beside), 0.5) / share(sorted(alone), 0.5)
    took = sorted(took for _, took in jobs)
    off = sorted(estimate / took for estimate, took in jobs)
    return [
        _line("single look-ups alone: added to the providers' own time", alone, ""),
        _line(
            f"the same behind {JOBS} jobs of {CONTACTS}, each followed by another",
            beside,
            f"median {ratio:.2f} times that of the line above. {len(jobs)} jobs took {took[0]:.1f} to {took[-1]:.1f} "
            f"s; estimated_seconds was {off[0]:.2f} to {off[-1]:.2f} times that (median {share(off, 0.5):.2f}).",
        ),
    ]


async def _feed(http: httpx.AsyncClient, number: int, enough: asyncio.Event) -> list[tuple[float, float]]:
    """Submit a job whenever the one before is completed; returns estimates and times of all, in seconds."""
    fed = []
    while not enough.is_set():
        fed.append(await _job(http, number))
        number += JOBS
    return fed


def _client(url: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=90
    )


async def _singles(http: httpx.AsyncClient, first: int, count: int) -> list[float]:
    """Submit single look-ups at a calm pace; returns what each took beyond its attempts, in seconds."""
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(count):
            tasks.append(group.create_task(_single(http, first + number)))
            await asyncio.sleep(1 / PER_SECOND)
    return [task.result() for task in tasks]


async def _single(http: httpx.AsyncClient, number: int) -> float:
    contact = CONTACT | {"companyDomain": CONTACT["companyDomain"] % numbered(number)}
    answer = await http.post(
        "/enrich", json={**contact, "providers": PROVIDERS, "forceRefresh": True}, headers={"Prefer": "wait=60"}
    )
    run = _right(answer, 200)
    attempts = _right(await http.get(f"/enrich/{run['runId']}/attempts"), 200)["attempts"]
    asked = sum(attempt["latencyMs"] for attempt in attempts if attempt["outcome"] != "skipped") / 1000
    return float(seconds(run["completedAt"]) - seconds(run["createdAt"]) - asked)


async def _job(http: httpx.AsyncClient, number: int) -> tuple[float, float]:
    """Submit a job and wait for its end; returns what was estimated and what it took, in seconds."""
    contacts = [
        {"first_name": "Jane", "last_name": "Doe", "domain": f"bulk-{number}-{place}.example"}
        for place in range(CONTACTS)
    ]
    job = _right(await http.post("/enrich", json={"contacts": contacts, "providers": PROVIDERS}), 201)
    async with asyncio.timeout(PATIENCE):
        while True:
            state = _right(await http.get(f"/enrich/{job['id']}?wait=60"), 200)
            if state["status"] == "completed":
                return float(job["estimated_seconds"]), state["meta"]["duration_ms"] / 1000


def _right(answer: httpx.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    return dict(answer.json())


def _line(what: str, values: Sequence[float], note: str) -> Line:
    ordered = [value * 1000 for value in sorted(values)]
    return Line(
        number=7,
        what=what,
        count=len(ordered),
        p50_ms=share(ordered, 0.50),
        p95_ms=share(ordered, 0.95),
        p99_ms=share(ordered, 0.99),
        note=note,
    )
