"""GET /usage adds up what an account used, by day, provider and key, against the real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.clock import SystemClock
from app.domain.vocabulary import Mode
from app.domain.waterfall.outcome import Conclusion
from app.services import Services
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import NewKey
from app.usecases.runs.submission import Accepted
from app.usecases.runs.submit import Submit
from tests.api.door import Door
from tests.api.test_service import conforms
from tests.play.worker import FOUND, NOBODY, TROUBLE
from tests.usecases.people import end, jane, later, submit_one

USAGE = "/api/v1/usage"


class Usage:
    """An account whose runs a test makes on chosen days."""

    def __init__(self, door: Door, services: Services, key: NewKey) -> None:
        self.door = door
        self.services = services
        self.key = key
        # Noon, so that a few seconds more or less are the same day.
        self.today = SystemClock().now().astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)

    async def run(
        self, days_ago: int, number: int, conclusion: Conclusion | None = None, *, key: NewKey | None = None
    ) -> Accepted:
        """Submit a contact, and end its run."""
        principal = await Authenticator(self.services)((key or self.key).api_key)
        then = later(self.services, self.at(days_ago) - SystemClock().now())
        accepted = await submit_one(Submit(then), jane(principal, number))
        if conclusion:
            assert await end(then, accepted, conclusion)
        return accepted

    def at(self, days_ago: int) -> datetime:
        return self.today - timedelta(days=days_ago)

    def day(self, days_ago: int) -> str:
        return str(self.at(days_ago).date())

    def attempt(
        self, accepted: Accepted, provider: str, outcome: str | None, cost: float, field: str = "email"
    ) -> None:
        """Record an attempt with what it cost."""
        self.door.sql(
            "INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, outcome,"
            " cost_usd, started_at, ended_at) VALUES (%s, %s, %s, 0, 'T1', 'find', 1, %s, %s, now(), %s)",
            accepted.run.cascade_id,
            provider,
            field,
            outcome,
            cost,
            self.today if outcome else None,
        )

    async def read(self, key: NewKey | None = None, **query: Any) -> list[dict[str, Any]]:
        async with self.door.client(key or self.key) as client:
            answer = await client.get(USAGE, params={"until": (self.at(-1)).isoformat(), **query})
            assert answer.status_code == 200, answer.text
            conforms("Usage", answer.json())
            return list(answer.json()["usage"])


@pytest.fixture
async def usage(door: Door) -> AsyncIterator[Usage]:
    key = await door.key()
    async with door.services() as services:
        yield Usage(door, services, key)


def figures(rows: list[dict[str, Any]]) -> dict[str, tuple[float, ...]]:
    """Rows that are not empty: runs, found, not found, errors, cached, credits, USD."""
    names = ("runs", "found", "notFound", "errors", "cached", "creditsUsed", "costUsd")
    return {
        row.get("day") or row.get("provider") or row["key"]: tuple(row[name] for name in names if name in row)
        for row in rows
        if row["runs"]
    }


async def test_each_day_has_its_runs_results_credits_and_charges(usage: Usage) -> None:
    hit = await usage.run(2, 1, FOUND)
    usage.attempt(hit, "hunter", "miss", 0.01)
    usage.attempt(hit, "prospeo", "hit", 0.02)
    usage.attempt(await usage.run(2, 2, NOBODY), "hunter", "miss", 0.005)
    await usage.run(1, 1)
    usage.attempt(await usage.run(0, 3, TROUBLE), "hunter", "timeout", 0)
    await usage.run(0, 4)
    rows = await usage.read()
    assert [row["day"] for row in rows][-4:] == [usage.day(2), usage.day(1), usage.day(0), usage.day(-1)]
    assert len(rows) == 30
    assert figures(rows) == {
        usage.day(2): (2, 1, 1, 0, 0, 2, 0.035),
        usage.day(1): (1, 1, 0, 0, 1, 0, 0),
        usage.day(0): (2, 0, 0, 1, 0, 2, 0),
    }


async def test_what_joined_runs_share_is_counted_once_for_the_run_that_started_it(usage: Usage) -> None:
    first, joined = await usage.run(2, 1), await usage.run(0, 1)
    assert first.run.cascade_id == joined.run.cascade_id
    usage.attempt(first, "hunter", "miss", 0.01)
    assert figures(await usage.read()) == {usage.day(2): (1, 0, 0, 0, 0, 1, 0.01), usage.day(0): (1, 0, 0, 0, 0, 0, 0)}
    since = usage.at(1).isoformat()
    assert figures(await usage.read(since=since)) == {usage.day(0): (1, 0, 0, 0, 0, 0, 0)}
    assert await usage.read(since=since, by="provider") == []


async def test_a_provider_counts_once_for_a_run_and_by_its_best_answer(usage: Usage) -> None:
    both = await usage.run(1, 1, FOUND)
    usage.attempt(both, "hunter", "hit", 0.01)
    usage.attempt(both, "hunter", "miss", 0.02, field="phone")
    usage.attempt(both, "kaspr", "rejected", 0.5)
    other = await usage.run(0, 2)
    usage.attempt(other, "hunter", "error", 0)
    usage.attempt(other, "kaspr", None, 0)
    rows = await usage.read(by="provider")
    assert figures(rows) == {"hunter": (2, 1, 0, 1, 0.03), "kaspr": (2, 0, 1, 0, 0.5)}
    assert all("cached" not in row and "creditsUsed" not in row for row in rows)


async def test_each_key_has_its_own_usage_and_test_keys_see_test_runs(usage: Usage) -> None:
    second, test = await usage.door.key(), await usage.door.key(mode=Mode.TEST)
    stranger = await usage.door.key("other")
    usage.attempt(await usage.run(1, 1, FOUND), "hunter", "hit", 0.01)
    await usage.run(1, 2, NOBODY, key=second)
    await usage.run(0, 1, key=second)
    await usage.run(0, 3, key=test)
    rows = await usage.read(by="key")
    assert figures(rows) == {
        str(usage.key.id): (1, 1, 0, 0, 0, 1, 0.01),
        str(second.id): (2, 1, 1, 0, 1, 1, 0),
    }
    prefixes = {row["key"]: row["keyPrefix"] for row in rows}
    assert usage.key.api_key.startswith(prefixes[str(usage.key.id)])
    assert figures(await usage.read(test, by="key")) == {str(test.id): (1, 0, 0, 0, 0, 0, 0)}
    assert figures(await usage.read(stranger, by="day")) == {}


async def test_the_end_is_exclusive_and_the_begin_is_not(usage: Usage) -> None:
    accepted = await usage.run(1, 1)
    moment = accepted.run.created_at
    tick = timedelta(microseconds=1)
    assert figures(await usage.read(since=moment.isoformat())) != {}
    assert figures(await usage.read(since=(moment + tick).isoformat())) == {}
    assert figures(await usage.read(until=moment.isoformat())) == {}
    assert figures(await usage.read(until=(moment + tick).isoformat())) != {}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"by": "vendor"}, "by"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-02T00:00:00Z"}, "since"),
        ({"since": "2025-01-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "until"),
    ],
)
async def test_a_wrong_range_or_group_is_named(client: httpx.AsyncClient, query: dict[str, str], field: str) -> None:
    answer = await client.get(USAGE, params=query)
    assert answer.status_code == 400
    assert [problem["field"] for problem in answer.json()["errors"]] == [field]
