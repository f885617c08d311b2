"""One case of each kind through the whole cascade: a submission, a real database and Redis, and the vendor's socket."""

import io
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec
import psycopg
import pytest
from prometheus_client import generate_latest
from psycopg import sql

from app.domain.vocabulary import Field, Mode, ResultStatus, RunStatus
from app.domain.waterfall.attempt import Outcome
from app.providers.client.client import AttemptResult
from app.services import open_services
from app.settings.settings import Settings
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from tests.api.door import opened
from tests.providers.kinds import one_of_each
from tests.providers.posting import PART
from tests.providers.replay import CASES, KEY, SECRET, Answered, Case, case_paths, load
from tests.providers.test_cases import compare
from tests.providers.watched import is_posted, mode_of
from tests.providers.whole import Ended, House

DATABASE = "whole_cascades"
BASIC = b64encode(f"leadrun:{KEY}".encode()).decode()
WHOLE = {
    "hit": (RunStatus.COMPLETED, ResultStatus.FOUND),
    "miss": (RunStatus.COMPLETED, ResultStatus.NOT_FOUND),
    "rejected": (RunStatus.COMPLETED, ResultStatus.NOT_FOUND),
    "failed": (RunStatus.FAILED, ResultStatus.ERROR),
}
HOSTILE = {
    "deep": "[" * 100_000 + "]" * 100_000,
    "huge": '{"message": "' + "x" * 5_000_000 + '"}',
    "NUL": '{"message": "\\u0000", "error": "a\\u0000b", "status": "\\u0000", "id": "\\u0000"}',
    "lone surrogate": '{"message": "\\ud800", "error": {"message": "\\ud800"}, "errors": ["\\ud800"], "id": "\\ud800"}',
    "truncated": "[{documented}",
}
PROVIDERS = sorted({path.parent.name for path in case_paths()})
PATHS = [
    pytest.param(path, id=str(path.relative_to(CASES).with_suffix("")))
    for provider in PROVIDERS
    for path in one_of_each(provider)
]
# Tickets are stored, and a vendor writes them; of the others one stands for all.
STORING = [p for p in PROVIDERS if any(load(path).expected.ticket for path in case_paths(p))]


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
        keys, authenticator = ManageKeys(services), Authenticator(services)
        made = {mode: await keys.create(account=f"acme-{mode}", mode=mode, amount=100_000) for mode in Mode}
        with opened(settings) as door:
            yield House(services, {mode: await authenticator(key.api_key) for mode, key in made.items()}, door.url)
    # Metrics only grow: what no case may leave in them is looked for once, for to write them takes as long as a case.
    assert not any(secret in generate_latest().decode() for secret in (KEY, SECRET, BASIC))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


@pytest.mark.parametrize("path", PATHS)
async def test_a_case_goes_through_the_whole_cascade(house: House, path: Path, loud: io.StringIO) -> None:
    case, provider = load(path), path.parent.name

    ended = await house.run(provider, case)

    case = with_part(case, ended.part)
    check_attempt(case, provider, ended)
    check_tickets(case, ended)
    check_end(case, ended)
    check_gates(case, provider, ended)
    check_posted(case, ended)
    check_secrets(ended, loud.getvalue())


def with_part(case: Case, part: str | None) -> Case:
    """Put the part of the ticket that is another every time into a case, also where the URL is that it stands for."""
    text = msgspec.json.encode(case)
    for name in (b"{callback_url}", PART.encode()):
        text = text.replace(name, (part or "").encode())
    return msgspec.json.decode(text, type=Case)


def check_attempt(case: Case, provider: str, ended: Ended) -> None:
    """Compare the row: what was answered, the outcome and reason that clients see, and the cost."""
    line, attempt = ended.of(provider, case.field)
    others = [
        row.attempt for row in ended.stored if row.attempt and (row.provider, row.field) != (provider, case.field)
    ]
    bought = {other.field: other.answer for other in others if other.provider == provider}
    asked = AttemptResult(
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
    """Compare what the gate learned: a refused key and an empty balance close it, a throttle makes it pause."""
    trouble = case.expected.trouble
    if mode_of(provider) is Mode.TEST:
        assert ended.gates == []
    elif trouble in {"auth_error", "out_of_credits"}:
        assert ended.gates == [(trouble, False)]
    elif trouble == "rate_limited":
        assert ended.gates == [("rate limited", True)]
    else:
        assert ended.gates == []


def check_posted(case: Case, ended: Ended) -> None:
    """Compare what was kept of the vendor's post; what was given up or not heard without it is looked for later."""
    posts = [exchange.posts for exchange in case.exchanges if exchange.posts is not msgspec.UNSET]
    assert ended.posted == (msgspec.json.encode(posts[-1]) if posts else None)
    unheard = case.expected.trouble in {"timeout", "connection", "server_error"}
    assert ended.late == (unheard and any(row.ticket for row in ended.stored))


def check_secrets(ended: Ended, written: str) -> None:
    """Look that the vendor's key is in nothing that is kept or shown, nor the token of the URL in what is kept."""
    told = f"{ended.run} {ended.lines} {ended.stored} {ended.kept} {written}"
    for secret in (KEY, SECRET, BASIC):
        assert secret not in told
    assert str(ended.run.id) in ended.kept
    assert ended.token is None or ended.token not in ended.kept


UNHEARD = [
    pytest.param(path, id=path.stem)
    for path in case_paths()
    if is_posted(load(path)) and load(path).expected.trouble in {"timeout", "connection", "server_error"}
]


@pytest.mark.parametrize("path", UNHEARD)
async def test_what_is_posted_when_a_case_is_over_is_told_and_paid_and_changes_no_outcome(
    house: House, path: Path
) -> None:
    case, provider = load(path), path.parent.name
    number = {"sanitized_number": "+12025550123", "type_cd": "mobile", "position": 0}
    posted = {"missing_records": 0, "credits_consumed": 9, "people": [{"id": "p-1", "phone_numbers": [number]}]}

    ended = await house.run(provider, case, late=posted)

    check_end(case, ended)
    line, attempt = ended.of(provider, case.field)
    assert line.outcome is outcome(case)
    assert str(line.reason).endswith("; answered later with a hit, too late for this run")
    assert attempt.cost_usd < line.cost_usd == Decimal("0.225")
    assert not ended.late


@pytest.mark.parametrize("hostile", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
@pytest.mark.parametrize("provider", ["hunter", *STORING])
async def test_a_hostile_answer_ends_a_run_without_a_find(house: House, provider: str, hostile: str) -> None:
    case = load(case_paths(provider)[0])
    documented = msgspec.json.encode(case.exchanges[-1].response.json).decode()
    answer = Answered(status=case.exchanges[0].response.status, text=hostile.replace("{documented}", documented))
    played = msgspec.structs.replace(case.exchanges[0], response=answer, posts=msgspec.UNSET, repeats=True)

    ended = await house.run(provider, msgspec.structs.replace(case, exchanges=[played], patience=1.0))

    assert ended.run.ended_at is not None
    assert ended.run.result_status is not ResultStatus.FOUND
    assert all(line.outcome for line in ended.lines)
