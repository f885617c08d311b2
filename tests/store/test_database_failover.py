"""A database that fails over, is lost while it commits, falls silent, or whose rows somebody holds."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.errors import OutcomeUnknownError, UnavailableError
from app.domain.runs.view import RunView
from app.domain.vocabulary import RunStatus
from app.services import Services, open_services
from app.settings.settings import Settings
from app.usecases.accounts.authenticate import Authenticator, Principal
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.cancel import cancel_run
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.play.proxy import Mood, Proxy, before_postgres
from tests.usecases.ledgers import violations

ANSWERED_WITHIN = 5.5
HEALED_WITHIN = 10.0


class Desk:
    """An API's use case behind a proxy, and the truth beside it."""

    def __init__(self, services: Services, truth: Services, proxy: Proxy) -> None:
        self.services, self.truth, self.proxy = services, truth, proxy
        self.submit = Submit(services)

    async def principal(self, account: str = "acme") -> Principal:
        made = await ManageKeys(self.truth).create(account=account, amount=1000)
        return await Authenticator(self.truth)(made.api_key)

    async def post(self, principal: Principal, contact: Contact | None = None) -> RunView:
        [accepted] = await self.submit([Submission(principal=principal, contact=contact or somebody())])
        return accepted.run

    async def answer_with(self, state: str | None) -> None:
        """Have PostgreSQL answer each new run with an error from now on."""
        async with self.truth.engine.begin() as connection:
            await connection.execute(text("DELETE FROM refusal"))
            if state:
                await connection.execute(text("INSERT INTO refusal VALUES (:state)"), {"state": state})

    async def counts(self) -> tuple[int, int]:
        """Count runs and charges."""
        async with self.truth.engine.connect() as connection:
            runs = await connection.scalar(text("SELECT count(*) FROM runs"))
            charges = await connection.scalar(text("SELECT count(*) FROM credit_entries WHERE kind = 'charge'"))
        return int(runs or 0), int(charges or 0)


def somebody() -> Contact:
    return Contact(full_name=f"Jane {secrets.token_hex(6)}", company_domain="acme.example")


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        proxy, through = await stack.enter_async_context(before_postgres(settings))
        truth = await stack.enter_async_context(open_services(settings))
        yield Desk(await stack.enter_async_context(open_services(through)), truth, proxy)


async def timed(waiting: asyncio.Task[RunView] | asyncio.Future[RunView]) -> float:
    """Wait, and return the seconds that it took."""
    began = asyncio.get_running_loop().time()
    await asyncio.wait([waiting])
    return asyncio.get_running_loop().time() - began


async def test_c23_an_accepted_request_whose_commit_was_not_confirmed_is_answered_as_accepted(desk: Desk) -> None:
    principal = await desk.principal()
    await desk.post(principal)
    desk.proxy.lose_answer_to = b"COMMIT"
    run = await desk.post(principal)
    assert desk.proxy.lost.is_set()
    async with desk.truth.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM runs WHERE id = :id"), {"id": run.id}) == 1
    assert await desk.counts() == (2, 2)
    assert await violations(desk.truth) == []


@pytest.mark.parametrize("lost", [b"COMMIT", b"INSERT INTO runs", b"INSERT INTO credit_entries", b"UPDATE accounts"])
async def test_c23_only_a_proven_no_says_that_nothing_was_accepted(desk: Desk, lost: bytes) -> None:
    principal = await desk.principal()
    desk.proxy.lose = lost
    with pytest.raises(UnavailableError) as refused:
        await desk.post(principal)
    assert not isinstance(refused.value, OutcomeUnknownError)
    assert await desk.counts() == (0, 0)
    assert await violations(desk.truth) == []


@pytest.mark.parametrize("then", [Mood.SILENT, Mood.RESET])
@pytest.mark.parametrize("reached", [True, False], ids=["committed", "not committed"])
async def test_c23_an_outcome_that_cannot_be_looked_up_is_unknown_and_a_repeat_costs_nothing(
    desk: Desk, then: Mood, *, reached: bool
) -> None:
    principal, contact = await desk.principal(), somebody()
    desk.proxy.then = then
    if reached:
        desk.proxy.lose_answer_to = b"COMMIT"
    else:
        desk.proxy.lose = b"COMMIT"
    posting = asyncio.create_task(desk.post(principal, contact))
    assert await timed(posting) < ANSWERED_WITHIN
    with pytest.raises(OutcomeUnknownError):
        await posting
    assert (await desk.counts())[0] == reached
    desk.proxy.become(Mood.PASS)
    await desk.post(principal, contact)
    assert await desk.counts() == (1 + reached, 1)
    assert await violations(desk.truth) == []


async def test_c23_a_cancellation_whose_commit_was_not_confirmed_is_answered_as_done(desk: Desk) -> None:
    principal = await desk.principal()
    run = await desk.post(principal)
    desk.proxy.lose_answer_to = b"COMMIT"
    cancelled = await cancel_run(desk.services, run.owner, run.id)
    assert (cancelled.status, cancelled.credits_used) == (RunStatus.CANCELLED, 0)
    assert await violations(desk.truth) == []


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.RESET, Mood.HALF_CLOSED])
async def test_c22_a_lost_database_is_said_soon_and_healed_soon(desk: Desk, mood: Mood) -> None:
    principal = await desk.principal()
    await asyncio.gather(*(desk.post(principal) for _ in range(20)))
    desk.proxy.become(mood)
    if mood is Mood.RESET:
        desk.proxy.cut()
    posting = [asyncio.create_task(desk.post(principal)) for _ in range(20)]
    assert max(await asyncio.gather(*map(timed, posting))) < ANSWERED_WITHIN
    refused = await asyncio.gather(*posting, return_exceptions=True)
    assert {type(one) for one in refused} <= {UnavailableError, OutcomeUnknownError, RunView}
    desk.proxy.become(Mood.PASS)
    async with asyncio.timeout(HEALED_WITHIN):
        while True:
            try:
                await desk.post(principal)
                break
            except UnavailableError:
                await asyncio.sleep(0.1)
    assert await violations(desk.truth) == []


async def test_c22_a_transaction_that_is_dead_holds_nobody_up(desk: Desk) -> None:
    """The first transaction is lost on its way; the next ones go through beside it."""
    principal = await desk.principal()
    others = [await desk.principal(f"other-{number}") for number in range(5)]
    await asyncio.gather(*(desk.post(one) for one in others))
    desk.proxy.hold = b"INSERT INTO runs"
    held = asyncio.create_task(desk.post(principal))
    await desk.proxy.lost.wait()
    for one in others:
        posting = asyncio.create_task(desk.post(one))
        assert await timed(posting) < 1.5
        assert posting.exception() is None
    assert await timed(held) < ANSWERED_WITHIN
    with pytest.raises(UnavailableError):
        await held


@asynccontextmanager
async def holding(desk: Desk, statement: str, **values: object) -> AsyncIterator[AsyncConnection]:
    """Hold a lock meanwhile."""
    async with desk.truth.engine.connect() as connection:
        await connection.execute(text(statement), values)
        yield connection
        await connection.rollback()


LOCKS = (
    "SELECT FROM accounts WHERE id = :account FOR UPDATE",
    "SELECT FROM accounts WHERE id = :account FOR NO KEY UPDATE",
    "UPDATE accounts SET earned = earned WHERE id = :account",
    "SELECT FROM api_keys WHERE account_id = :account FOR UPDATE",
)


@pytest.mark.parametrize("lock", LOCKS)
async def test_a9_one_account_whose_row_is_held_holds_up_no_other(desk: Desk, lock: str) -> None:
    mallory, alice = await desk.principal("mallory"), await desk.principal("alice")
    async with holding(desk, lock, account=mallory.account_id):
        hers = [asyncio.create_task(desk.post(mallory)) for _ in range(10)]
        took = []
        for _ in range(10):
            posting = asyncio.create_task(desk.post(alice))
            took.append(await timed(posting))
            assert posting.exception() is None
        assert max(took) < 1.0
        assert sum(took) < 2.0
        assert max(await asyncio.gather(*map(timed, hers))) < ANSWERED_WITHIN
        assert {type(one) for one in await asyncio.gather(*hers, return_exceptions=True)} == {UnavailableError}
    await desk.post(mallory)
    assert await desk.counts() == (11, 11)
    assert await violations(desk.truth) == []


async def test_a9_a_row_that_is_held_for_a_moment_is_waited_for(desk: Desk) -> None:
    mallory = await desk.principal("mallory")
    async with holding(desk, LOCKS[0], account=mallory.account_id) as connection:
        hers = [asyncio.create_task(desk.post(mallory)) for _ in range(10)]
        await asyncio.sleep(1)
        await connection.rollback()
        await asyncio.gather(*hers)
    assert await desk.counts() == (10, 10)


REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found text; BEGIN
  SELECT state INTO found FROM refusal;
  IF found IS NULL THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'no' USING ERRCODE = found;
END $$
"""
STATES = (
    *("25006", "57P01", "57P02", "57P03", "57P05", "57014", "53000", "53100", "53200", "53300", "40001", "40P01"),
    *("40003", "55P03", "58000", "58030", "08006", "08007", "25P03"),
)


async def test_c17_a_database_that_cannot_serve_us_now_is_unavailable_and_heals(desk: Desk) -> None:
    principal = await desk.principal()
    async with desk.truth.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE refusal (state text)"))
        await connection.execute(text(REFUSE))
        await connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION refuse()")
        )
    for number, state in enumerate(STATES, 1):
        await desk.answer_with(state)
        for _ in range(2):
            with pytest.raises(UnavailableError) as refused:
                await desk.post(principal)
            assert refused.value.retry_after == 2
        before = desk.proxy.connections
        await desk.answer_with(None)
        await desk.post(principal)
        # A connection to what is now a standby is given up, so that the next one may lead to the new primary.
        gone = state == "25006" or (state[:2] in {"57", "08"} and state != "57014")
        assert (desk.proxy.connections > before) is gone
        assert await desk.counts() == (number, number)


@pytest.mark.parametrize("state", ["idle", "in a transaction"])
async def test_c17_connections_that_an_administrator_ends_are_replaced(desk: Desk, state: str) -> None:
    principal = await desk.principal()
    await asyncio.gather(*(desk.post(principal) for _ in range(5)))
    if state == "in a transaction":
        desk.proxy.hold = b"INSERT INTO runs"
        held = asyncio.create_task(desk.post(principal))
        await desk.proxy.lost.wait()
    async with desk.truth.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    if state == "in a transaction":
        with pytest.raises(UnavailableError):
            await held
    await desk.post(principal)
    assert await violations(desk.truth) == []


PINNED = {
    "DateStyle": ("SQL, DMY", "ISO, YMD"),
    "IntervalStyle": ("sql_standard", "postgres"),
    "TimeZone": ("Pacific/Kiritimati", "UTC"),
    "client_encoding": ("LATIN1", "UTF8"),
    "search_path": ("pg_catalog", '"$user", public'),
    "default_transaction_isolation": ("serializable", "read committed"),
    "default_transaction_read_only": ("on", "off"),
    "default_transaction_deferrable": ("on", "off"),
    "statement_timeout": ("1ms", "14s"),
    "lock_timeout": ("1ms", "4s"),
    "idle_in_transaction_session_timeout": ("1ms", "20s"),
}


async def test_c17_no_setting_of_a_role_or_database_reaches_in(settings: Settings) -> None:
    async with open_services(settings) as services, services.engine.begin() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
        for setting, (other, _) in PINNED.items():
            await connection.execute(text(f"ALTER DATABASE {name} SET {setting} = '{other}'"))
    async with open_services(settings) as services:
        async with services.read() as connection:
            shown = {one: await connection.scalar(text(f"SHOW {one}")) for one in PINNED}
        assert shown == {one: ours for one, (_, ours) in PINNED.items()}
        made = await ManageKeys(services).create(account="acme", amount=5)
        principal = await Authenticator(services)(made.api_key)
        contact = Contact(full_name="Jäne Smïth ✓", company_domain="acme.example")
        [accepted] = await Submit(services)([Submission(principal=principal, contact=contact)])
        assert accepted.run.credits_used == 1
