"""Load (8): webhooks to healthy receivers: alone, with more healthy ones, and with failing ones."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import httpx
import msgspec

from bench.client import Client
from bench.figures import Line, share
from bench.processes import Stack
from bench.receiver import Mood, Receiver, receiver
from bench.wire import CONTACT, numbered

HEALTHY = 7
BACKLOG = 1000
TURNS, EVENTS = 5, 140
PER_SECOND = 20.0
WEBHOOK_SECONDS = 60.0
WELL = (Mood.WELL,) * 3
BAD = (Mood.HANGS, Mood.FAILS, Mood.SLOW)


class Side(msgspec.Struct, kw_only=True):
    """One of the stacks that take turns.

    Attributes:
        others: Receivers that get an event each for every `HEALTHY` of the healthy ones, and are not measured.
    """

    stack: Stack
    key: str
    healthy: list[Receiver]
    others: list[Receiver]
    submitted: int = 0


def isolation(stacks: Sequence[Stack]) -> list[Line]:
    """Measure the latency of events to healthy receivers, on three stacks in turn, so that drift cancels out.

    On the first one there is nobody else. On the second one three more receivers are well, and so the load is that of
    the third one, where they are bad: one never answers and is owed a thousand events at the start, one always answers
    500, and one takes seconds. All are of one account.
    """
    sides = asyncio.run(_measure(stacks))
    alone, among, beside = (_latencies(side) for side in sides)
    hung = sides[-1].others[0]
    note = (
        f"{_ratios(beside, among)} those next to three that are well, {_ratios(beside, alone)} those alone, in {TURNS} "
        f"turns of {EVENTS} events at {PER_SECOND:g} a second on each; the one that hangs was tried {hung.taken} times "
        "meanwhile. The end is completedAt, before the commit."
    )
    return [
        _line(f"webhook to {HEALTHY} healthy receivers, alone", alone, ""),
        _line("the same next to 3 more that are well", among, ""),
        _line("the same next to 1 hanging (1000 queued), 1 failing, 1 slow", beside, note),
    ]


def _ratios(these: Sequence[float], those: Sequence[float]) -> str:
    return ", ".join(
        f"p{part * 100:.0f} {share(these, part) / share(those, part):.2f} times" for part in (0.5, 0.95, 0.99)
    )


async def _measure(stacks: Sequence[Stack]) -> list[Side]:
    async with AsyncExitStack() as listening:
        sides = []
        for stack, moods in zip(stacks, ((), WELL, BAD), strict=True):
            healthy = [await listening.enter_async_context(receiver()) for _ in range(HEALTHY)]
            others = [await listening.enter_async_context(receiver(mood)) for mood in moods]
            sides.append(Side(stack=stack, key=stack.key(mode="test"), healthy=healthy, others=others))
        # Warm, as they are in service, and the backlog is there before anything is measured.
        for side in sides:
            await _submit_all(side, [*side.healthy, *side.others[:1] * BACKLOG], pace=0.0)
            await asyncio.to_thread(Client(side.stack.url, side.key).wait)
        for hook in (hook for side in sides for hook in side.healthy):
            await hook.all_of(1, WEBHOOK_SECONDS)
            hook.arrived.clear()
        for _ in range(TURNS):
            for side in sides:
                await _submit_all(side, [*side.healthy, *side.others] * (EVENTS // HEALTHY), pace=1 / PER_SECOND)
        for hook in (hook for side in sides for hook in side.healthy):
            await hook.all_of(TURNS * EVENTS // HEALTHY, WEBHOOK_SECONDS)
        return sides


async def _submit_all(side: Side, hooks: Sequence[Receiver], *, pace: float) -> None:
    """Submit a contact for each of these hooks; the healthy ones set the pace, the others come on top."""
    headers = {"Authorization": f"Bearer {side.key}"}
    limits = httpx.Limits(max_connections=32)
    async with (
        httpx.AsyncClient(base_url=side.stack.url, headers=headers, trust_env=False, limits=limits, timeout=60) as http,
        asyncio.TaskGroup() as group,
    ):
        for hook in hooks:
            side.submitted += 1
            group.create_task(_submit(http, side.submitted, hook))
            if hook in side.healthy:
                await asyncio.sleep(pace)


async def _submit(http: httpx.AsyncClient, number: int, hook: Receiver) -> None:
    contact = CONTACT | {"companyDomain": CONTACT["companyDomain"] % numbered(number)}
    body = {**contact, "providers": ("sandbox-mail",), "webhookUrl": hook.url}
    answer = await http.post("/api/v1/enrich", json=body)
    if answer.status_code != 202:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")


def _latencies(side: Side) -> list[float]:
    """Return from the end of each run to the first byte of its event, in seconds, in order."""
    ended = {run.id: run.ended for run in Client(side.stack.url, side.key).runs()}
    return sorted(at - ended[run] for hook in side.healthy for run, at in hook.arrived.items())


def _line(what: str, ordered: Sequence[float], note: str) -> Line:
    return Line(
        number=8,
        what=what,
        count=len(ordered),
        p50_ms=share(ordered, 0.50) * 1000,
        p95_ms=share(ordered, 0.95) * 1000,
        p99_ms=share(ordered, 0.99) * 1000,
        note=note,
    )
