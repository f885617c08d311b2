"""Load (7): single look-ups beside large jobs, and how far off the jobs' estimates were."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from bench.client import seconds
from bench.figures import Line, share
from bench.processes import Stack
from bench.wire import CONTACT, numbered

PROVIDERS = ("sandbox-mail", "sandbox-duo", "sandbox-later")
SINGLES = 100
PER_SECOND = 20.0
JOBS, CONTACTS = 10, 100
POLL_SECONDS = 0.5
PATIENCE = 300.0


def fairness(stack: Stack) -> list[Line]:
    """Measure what single look-ups take beyond their providers' own time: alone, and behind ten jobs of 100 contacts.

    Raises:
        RuntimeError: When the jobs were over before the single look-ups were, so that nothing stood beside them.
    """
    return asyncio.run(_measure(stack.url, stack.key(mode="test"), stack.key(mode="test")))


async def _measure(url: str, key: str, other: str) -> list[Line]:
    async with _client(url, key) as single, _client(url, other) as bulk:
        await _singles(single, 0, SINGLES // 4)  # connections and caches are warm then, as they are in service
        alone = await _singles(single, 1000, SINGLES)
        first = await _jobs(bulk, 0)
        # The estimates of the first jobs had nothing to go by; those of the second have.
        await asyncio.gather(*(_completed(bulk, job) for job in first))
        jobs = await _jobs(bulk, JOBS)
        began = [job["estimated_seconds"] for job in jobs]
        beside = await _singles(single, 2000, SINGLES)
        still = [await _state(bulk, job) for job in jobs]
        if all(state["status"] == "completed" for state in still):
            raise RuntimeError("the jobs were over before the single look-ups were; nothing was measured beside them")
        took = [
            state["meta"]["duration_ms"] / 1000 for state in await asyncio.gather(*(_completed(bulk, j) for j in jobs))
        ]
    ratio = share(sorted(beside), 0.5) / share(sorted(alone), 0.5)
    running = sum(state["status"] != "completed" for state in still)
    off = sorted(estimate / actual for estimate, actual in zip(began, took, strict=True))
    return [
        _line("single look-ups alone: added to the providers' own time", alone, ""),
        _line(
            f"the same behind {JOBS} jobs of {CONTACTS}",
            beside,
            f"median {ratio:.2f} times that of the line above; {running} of {JOBS} jobs still ran when the last single "
            f"look-up had ended. Jobs took {min(took):.1f} to {max(took):.1f} s; estimated_seconds was {off[0]:.2f} to "
            f"{off[-1]:.2f} times that (median {share(off, 0.5):.2f}).",
        ),
    ]


def _client(url: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=60
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
    answer = await http.post("/enrich", json={**contact, "providers": PROVIDERS}, headers={"Prefer": "wait=60"})
    run = _right(answer, 200)
    attempts = _right(await http.get(f"/enrich/{run['runId']}/attempts"), 200)["attempts"]
    asked = sum(attempt["latencyMs"] for attempt in attempts if attempt["outcome"] != "skipped") / 1000
    return float(seconds(run["completedAt"]) - seconds(run["createdAt"]) - asked)


async def _jobs(http: httpx.AsyncClient, first: int) -> list[dict[str, Any]]:
    return [await _job(http, first + number) for number in range(JOBS)]


async def _job(http: httpx.AsyncClient, number: int) -> dict[str, Any]:
    contacts = [
        {"first_name": "Jane", "last_name": "Doe", "domain": f"bulk-{number}-{place}.example"}
        for place in range(CONTACTS)
    ]
    return _right(await http.post("/enrich", json={"contacts": contacts, "providers": PROVIDERS}), 201)


async def _state(http: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    return _right(await http.get(f"/enrich/{job['id']}"), 200)


async def _completed(http: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            state = await _state(http, job)
            if state["status"] == "completed":
                return state
            await asyncio.sleep(POLL_SECONDS)


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
