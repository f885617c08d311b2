"""Every case file through the whole cascade: a submission, a real database and Redis, and the vendor's socket."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec
import psycopg
import pytest
from psycopg import sql

from app.config import Settings
from app.context import open_services
from app.domain.attempt import Outcome
from app.domain.conclusion import ResultStatus
from app.domain.contact import Field
from app.domain.run import Mode, RunStatus
from app.providers.client import Asked
from app.usecases.authenticate import Authenticator
from app.usecases.manage_keys import Keys
from tests.providers.replay import CASES, KEY, Case, case_paths, load
from tests.providers.test_cases import compare
from tests.providers.whole import Ended, House, mode_of

DATABASE = "whole_cascades"
WHOLE = {
    "hit": (RunStatus.COMPLETED, ResultStatus.FOUND),
    "miss": (RunStatus.COMPLETED, ResultStatus.NOT_FOUND),
    "rejected": (RunStatus.COMPLETED, ResultStatus.NOT_FOUND),
    "failed": (RunStatus.FAILED, ResultStatus.ERROR),
}


def is_posted(path: Path) -> bool:
    """Tell whether the vendor posts the result, at a URL that the database must know; it has tests of its own."""
    return "{callback_url}" in path.read_text() or "callback" in (load(path).ticket or {})


PATHS = [
    pytest.param(path, id=str(path.relative_to(CASES).with_suffix(""))) for path in case_paths() if not is_posted(path)
]


@pytest.fixture(scope="module")
async def house(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[House]:
    """One database, and one set of connections, for all cases; Redis' database 0 is nobody else's."""
    parts = urlsplit(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        names = [sql.Identifier(name) for name in (DATABASE, template_database)]
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    settings = Settings(
        database_url=urlunsplit(parts._replace(path=f"/{DATABASE}")),
        redis_url=urlunsplit(urlsplit(redis_url)._replace(path="/0")),
        secret_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )
    async with open_services(settings) as services:
        keys, authenticator = Keys(services), Authenticator(services)
        made = {mode: await keys.create(account=f"acme-{mode}", mode=mode, amount=100_000) for mode in Mode}
        yield House(services, {mode: await authenticator(key.api_key) for mode, key in made.items()})
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


@pytest.mark.parametrize("path", PATHS)
async def test_a_case_goes_through_the_whole_cascade(house: House, path: Path) -> None:
    case, provider = load(path), path.parent.name

    ended = await house.run(provider, case)

    check_attempt(case, provider, ended)
    check_tickets(case, ended)
    check_end(case, ended)
    check_gates(case, provider, ended)


def check_attempt(case: Case, provider: str, ended: Ended) -> None:
    """Compare the row: what was answered, the outcome and reason that clients see, and the cost."""
    line, attempt = ended.of(provider, case.field)
    others = [
        row.attempt for row in ended.stored if row.attempt and (row.provider, row.field) != (provider, case.field)
    ]
    bought = {other.field: other.answer for other in others if other.provider == provider}
    asked = Asked(
        answer=attempt.answer,
        also={field: bought[field] for field in map(Field, case.expected.also)},
        # What one call for both fields cost stands at the first of them.
        cost_usd=attempt.cost_usd + sum(other.cost_usd for other in others if other.provider == provider),
        http_status=attempt.http_status,
        latency_ms=0,
    )
    # A throttled provider is waited for at its gate until patience ends, on this clock at once.
    waits = case.expected.waits if case.expected.trouble != "rate_limited" else None
    expected = msgspec.structs.replace(case.expected, ticket=None, tickets=None, waits=waits)
    compare(expected, asked, [], ended.clock)
    assert line.outcome is outcome(case)
    if case.expected.outcome == "failed" and line.outcome is Outcome.ERROR:
        assert line.reason
        assert line.reason.startswith(f"{case.expected.trouble}: ")
    if case.expected.outcome in {"rejected", "failed"}:
        assert line.reason
        assert KEY not in line.reason
    assert line.cost_usd == attempt.cost_usd
    assert (line.http_status is not None) >= (case.expected.outcome != "failed")


def outcome(case: Case) -> Outcome:
    """Translate what a case expects into the contract's word."""
    if case.expected.outcome != "failed":
        return Outcome(case.expected.outcome)
    words = {"timeout": Outcome.TIMEOUT, "rate_limited": Outcome.RATE_LIMITED}
    return words.get(case.expected.trouble or "", Outcome.ERROR)


def check_tickets(case: Case, ended: Ended) -> None:
    """Look that each ticket was in the database before the first request that uses it."""
    if case.expected.ticket and not case.ticket:
        uses = [all(v in text for v in case.expected.ticket.values()) for text in requests(case)]
        first = uses.index(True) if True in uses else len(uses)
        assert ended.tickets[:first].count(None) == first
        assert all(ended.tickets[first:])
        assert first == len(uses) or ended.tickets[first] == case.expected.ticket
    if case.expected.tickets:
        stored = next(row.ticket for row in ended.stored if row.ticket)
        assert stored == case.expected.tickets[-1]
        assert [t for t in ended.tickets if t not in (None, case.ticket)] == [
            t for t in ended.tickets if t in case.expected.tickets
        ]


def requests(case: Case) -> list[str]:
    return [msgspec.json.encode(exchange.request).decode() for exchange in case.exchanges]


def check_end(case: Case, ended: Ended) -> None:
    """Compare how the run ended; where two fields were looked for, the better of them decides."""
    run = ended.run
    if case.expected.outcome == "hit" or len(ended.lines) == 1:
        assert (run.status, run.result_status) == WHOLE[case.expected.outcome]
    part = run.result.get(Field(case.field)) if run.result else None
    if case.expected.outcome == "failed":
        assert part is None
        assert run.error is None or run.error.code == "all_providers_failed"
    else:
        assert part is not None
        assert part.value == case.expected.value or case.expected.outcome != "hit"
        assert part.found == (case.expected.outcome == "hit")
    assert run.ended_at is not None


def check_gates(case: Case, provider: str, ended: Ended) -> None:
    """Compare what the gate learned: a refused key and an empty purse close it, a throttle makes it pause."""
    trouble = case.expected.trouble
    if mode_of(provider) is Mode.TEST:
        assert ended.gates == []
    elif trouble in {"auth_error", "out_of_credits"}:
        assert ended.gates == [(trouble, False)]
    elif trouble == "rate_limited":
        assert ended.gates == [("rate limited", True)]
    else:
        assert ended.gates == []


def test_hardly_any_case_is_left_out() -> None:
    left_out = [path for path in case_paths() if is_posted(path)]

    assert {path.parent.name for path in left_out} <= {"apollo"}
