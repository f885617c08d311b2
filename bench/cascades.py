"""Loads (5) and (6): whole runs against a stack with the sandbox, and the overhead of a run beyond its providers."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from bench.client import Client, Ran
from bench.figures import Goal, Line, share
from bench.generator import Load
from bench.loads import Reference
from bench.processes import Stack, Weight
from bench.receiver import Receiver, receiver
from bench.wire import CONTACT, numbered, submission

# All that look for e-mail addresses but the moody one: its silences of three seconds would be measured as ours.
PROVIDERS = ("sandbox-mail", "sandbox-duo", "sandbox-later")
MOST = 0.95
FOREVER = 600.0
PACED = 200
# Runs before these, not counted: the first ones of a process wait for what it reads and compiles once.
WARM = 20
PER_SECOND = 20.0
WEBHOOK_SECONDS = 30.0
# Runs a second, and milliseconds by the share of runs.
ENDED = 1000
ADDED = {0.50: 10, 0.99: 40}


def end_to_end(stack: Stack, reference: Reference) -> Line:
    """Submit contacts as fast as they are accepted, and measure how fast their runs end."""
    key = stack.key(mode="test")
    account = Client(stack.url, key)
    count = reference.options.runs
    load = Load(
        port=stack.port,
        request=submission(stack.port, key, providers=PROVIDERS),
        status=202,
        connections=reference.options.connections,
        seconds=FOREVER,
        count=count,
    )
    cpu: dict[str, float] = {}
    ended: list[list[Ran]] = []

    def measured() -> float:
        weights = {role: Weight(process) for role, process in stack.parts.items()}
        reference.generator.run(load)
        account.wait()
        cpu.update((role, weight.seconds() / count * 1e6) for role, weight in weights.items())
        ended.append(_all_ended(account, count))
        return _rate(ended[0])

    with reference.options.profiles.of("5-worker", stack.worker):
        ratio = reference.around(measured)
    runs = ended[0]
    took = sorted(run.ended - run.accepted for run in runs)
    found = sum(run.result == "found" for run in runs)
    whole = max(run.ended for run in runs) - min(run.accepted for run in runs)
    return Line(
        number=5,
        what="end to end, sandbox without latency",
        count=len(runs),
        rate=_rate(runs),
        p50_ms=share(took, 0.50) * 1000,
        p99_ms=share(took, 0.99) * 1000,
        cpu_us=sum(cpu.values()),
        ratio=ratio,
        note=(
            f"{len(runs)} runs at once, {found} found; the rate is that of the first {MOST:.0%}, from the first "
            f"acceptance on, and all of them took {whole:.1f} s; the times are those of a queue filled at once; CPU of "
            + ", ".join(f"{role} {spent:.0f} us" for role, spent in cpu.items())
            + "."
        ),
        goals=(Goal(what="end to end", measured=_rate(runs), goal=ENDED, unit="a second"),),
    )


def _all_ended(account: Client, count: int) -> list[Ran]:
    runs = account.runs()
    completed = [run for run in runs if run.status == "completed" and run.result in {"found", "not_found"}]
    if not len(runs) == len(completed) == count:
        raise RuntimeError(f"{count} contacts were accepted, {len(runs)} runs found, {len(completed)} completed")
    return runs


def _rate(runs: list[Ran]) -> float:
    return MOST * len(runs) / (share(sorted(r.ended for r in runs), MOST) - min(r.accepted for r in runs))


def added_latency(stack: Stack) -> list[Line]:
    """Submit at a low rate, with webhooks, and compare each run's duration with the sum of its attempts."""
    key = stack.key(mode="test")
    arrived = asyncio.run(_paced(stack.url, key))
    account = Client(stack.url, key)
    account.wait()
    runs = _all_ended(account, WARM + PACED)[:PACED]
    added, asked = [], 0
    for run in runs:
        attempts = _called(account.get(f"/enrich/{run.id}/attempts"))
        asked += len(attempts)
        added.append(run.ended - run.accepted - sum(a["latencyMs"] for a in attempts) / 1000)
    note = (
        f"{PACED} runs at {PER_SECOND:g} a second after {WARM} that are not counted, {asked / PACED:.2f} providers "
        "asked each; from createdAt to completedAt, less the sum of latencyMs."
    )
    hooks = [arrived[run.id] - run.ended for run in runs]
    return [
        _times("added to the providers' own time", added, note, ADDED),
        _times("webhook: from the end to its first byte", hooks, "The end is completedAt, before the commit."),
    ]


def _called(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [attempt for attempt in answer["attempts"] if attempt["outcome"] != "skipped"]


def _times(what: str, values: list[float], note: str, most: Mapping[float, float] = MappingProxyType({})) -> Line:
    ordered = [value * 1000 for value in sorted(values)]
    goals = [
        Goal(what=f"{what}, p{part * 100:g}", measured=share(ordered, part), goal=goal, unit="ms", at_most=True)
        for part, goal in most.items()
    ]
    return Line(
        number=6,
        what=what,
        count=len(ordered),
        p50_ms=share(ordered, 0.50),
        p95_ms=share(ordered, 0.95),
        p99_ms=share(ordered, 0.99),
        note=note,
        goals=tuple(goals),
    )


async def _paced(url: str, key: str) -> dict[str, float]:
    """Submit contacts and wait for the webhook of each run."""
    headers = {"Authorization": f"Bearer {key}"}
    async with receiver() as hook, httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
        for numbers in (range(WARM), range(WARM, WARM + PACED)):
            async with asyncio.TaskGroup() as group:
                for number in numbers:
                    group.create_task(_submit(http, number, hook))
                    await asyncio.sleep(1 / PER_SECOND)
            await hook.all_of(numbers.stop, WEBHOOK_SECONDS)
        return hook.arrived


async def _submit(http: httpx.AsyncClient, number: int, hook: Receiver) -> None:
    contact = CONTACT | {"companyDomain": CONTACT["companyDomain"] % numbered(number)}
    answer = await http.post("/api/v1/enrich", json={**contact, "providers": PROVIDERS, "webhookUrl": hook.url})
    if answer.status_code != 202:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
