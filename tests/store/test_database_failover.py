"""A database that fails over, is lost while it commits, or falls silent."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import NotSupportedError

from app.domain.contacts.contact import Contact
from app.domain.errors import OutcomeUnknownError, UnavailableError
from app.domain.runs.view import RunView
from app.domain.vocabulary import RunStatus
from app.services import open_services
from app.settings.settings import Settings
from app.store.database.queries import SqlQuery, run
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.cancel import cancel_run
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.play.desk import ANSWERED_WITHIN, HEALED_WITHIN, Desk, somebody, timed
from tests.play.proxy import COMMIT, Mood
from tests.usecases.ledgers import violations


async def test_c23_an_accepted_request_whose_commit_was_not_confirmed_is_answered_as_accepted(proxied: Desk) -> None:
    principal = await proxied.principal()
    await proxied.post(principal)
    proxied.proxy.lose_answer_to = COMMIT
    run = await proxied.post(principal)
    assert proxied.proxy.lost.is_set()
    async with proxied.truth.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM runs WHERE id = :id"), {"id": run.id}) == 1
    assert await proxied.counts() == (2, 2)
    assert await violations(proxied.truth) == []


@pytest.mark.parametrize("lost", [b"FROM accounts", b"INSERT INTO runs", b"INSERT INTO credit_entries"])
async def test_c23_what_is_lost_before_the_commit_is_done_again_once(proxied: Desk, lost: bytes) -> None:
    principal = await proxied.principal()
    proxied.proxy.lose = lost
    await proxied.post(principal)
    assert proxied.proxy.lost.is_set()
    assert await proxied.counts() == (1, 1)
    assert await violations(proxied.truth) == []


async def test_c23_only_a_proven_no_says_that_nothing_was_accepted(proxied: Desk) -> None:
    principal = await proxied.principal()
    proxied.proxy.lose = COMMIT
    with pytest.raises(UnavailableError) as refused:
        await proxied.post(principal)
    assert not isinstance(refused.value, OutcomeUnknownError)
    assert await proxied.counts() == (0, 0)
    assert await violations(proxied.truth) == []


@pytest.mark.parametrize("then", [Mood.SILENT, Mood.RESET])
@pytest.mark.parametrize("reached", [True, False], ids=["committed", "not committed"])
async def test_c23_an_outcome_that_cannot_be_looked_up_is_unknown_and_a_repeat_costs_nothing(
    proxied: Desk, then: Mood, *, reached: bool
) -> None:
    principal, contact = await proxied.principal(), somebody()
    proxied.proxy.then = then
    if reached:
        proxied.proxy.lose_answer_to = COMMIT
    else:
        proxied.proxy.lose = COMMIT
    posting = asyncio.create_task(proxied.post(principal, contact))
    assert await timed(posting) < ANSWERED_WITHIN
    with pytest.raises(OutcomeUnknownError):
        await posting
    assert (await proxied.counts())[0] == reached
    proxied.proxy.become(Mood.PASS)
    await proxied.post(principal, contact)
    assert await proxied.counts() == (1 + reached, 1)
    assert await violations(proxied.truth) == []


async def test_c23_a_cancellation_whose_commit_was_not_confirmed_is_answered_as_done(proxied: Desk) -> None:
    principal = await proxied.principal()
    run = await proxied.post(principal)
    proxied.proxy.lose_answer_to = COMMIT
    cancelled = await cancel_run(proxied.services, run.owner, run.id)
    assert (cancelled.status, cancelled.credits_used) == (RunStatus.CANCELLED, 0)
    assert await violations(proxied.truth) == []


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.RESET, Mood.HALF_CLOSED])
async def test_c22_a_lost_database_is_said_soon_and_healed_soon(proxied: Desk, mood: Mood) -> None:
    principal = await proxied.principal()
    await asyncio.gather(*(proxied.post(principal) for _ in range(20)))
    proxied.proxy.become(mood)
    if mood is Mood.RESET:
        proxied.proxy.cut()
    posting = [asyncio.create_task(proxied.post(principal)) for _ in range(20)]
    assert max(await asyncio.gather(*map(timed, posting))) < ANSWERED_WITHIN
    refused = await asyncio.gather(*posting, return_exceptions=True)
    assert {type(one) for one in refused} <= {UnavailableError, OutcomeUnknownError, RunView}
    proxied.proxy.become(Mood.PASS)
    async with asyncio.timeout(HEALED_WITHIN):
        while True:
            try:
                await proxied.post(principal)
                break
            except UnavailableError:
                await asyncio.sleep(0.1)
    assert await violations(proxied.truth) == []


async def test_c22_a_transaction_that_is_dead_holds_nobody_up(proxied: Desk) -> None:
    """The first transaction is lost on its way; the next ones go through next to it."""
    principal = await proxied.principal()
    others = [await proxied.principal(f"other-{number}") for number in range(5)]
    await asyncio.gather(*(proxied.post(one) for one in others))
    proxied.proxy.hold = b"INSERT INTO runs"
    held = asyncio.create_task(proxied.post(principal))
    await proxied.proxy.lost.wait()
    await asyncio.gather(*(proxied.post(one) for one in others))
    assert not held.done()
    assert await timed(held) < ANSWERED_WITHIN
    with pytest.raises(UnavailableError):
        await held


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
    *("40003", "55P03", "58000", "58030", "08006", "08007", "25P03", "25P04", "26000", "42P05"),
    *("28000", "28P01", "3D000", "72000"),
)


async def test_c17_a_database_that_cannot_serve_us_now_is_unavailable_and_heals(proxied: Desk) -> None:
    principal = await proxied.principal()
    async with proxied.truth.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE refusal (state text)"))
        await connection.execute(text(REFUSE))
        await connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION refuse()")
        )
    for number, state in enumerate(STATES, 1):
        await proxied.answer_with(state)
        for _ in range(2):
            with pytest.raises(UnavailableError) as refused:
                await proxied.post(principal)
            assert refused.value.retry_after == 2
        before = proxied.proxy.connections
        await proxied.answer_with(None)
        await proxied.post(principal)
        # A connection to what is now a standby is given up, so that the next one may lead to the new primary, and one
        # whose plans are stale.
        gone = state in {"25006", "26000", "42P05"} or (state[:2] in {"57", "08", "28", "3D"} and state != "57014")
        assert (proxied.proxy.connections > before) is gone
        assert await proxied.counts() == (number, number)


@pytest.mark.parametrize("together", [False, True])
async def test_c17_a_column_that_gets_another_type_costs_one_answer(settings: Settings, *, together: bool) -> None:
    """PostgreSQL refuses the plan that a connection keeps, for good: as after a migration while we run."""
    statement = text("SELECT n FROM changing")
    async with open_services(settings) as services, open_services(settings) as operator:

        async def read() -> int:
            async with services.read() as connection:
                if not together:
                    return int(await connection.scalar(statement))
                return await run(connection, SqlQuery(statement, {}, lambda rows: int(rows[0].n)))

        async with operator.write() as connection:
            await connection.execute(text("CREATE TABLE changing AS SELECT 1 AS n"))
        for _ in range(4):
            assert await read() == 1
        async with operator.write() as connection:
            await connection.execute(text("ALTER TABLE changing ALTER n TYPE bigint"))
        with pytest.raises(UnavailableError):
            await read()
        # What PostgreSQL does not support at all is no fault of the connection.
        with pytest.raises(NotSupportedError):
            async with services.read() as connection:
                await connection.execute(text("SELECT n FROM other.public.changing"))
        for _ in range(4):
            assert await read() == 1
        async with operator.write() as connection:
            await connection.execute(text("DROP TABLE changing"))


@pytest.mark.parametrize("state", ["idle", "in a transaction"])
async def test_c17_connections_that_an_administrator_ends_are_replaced(proxied: Desk, state: str) -> None:
    principal = await proxied.principal()
    await asyncio.gather(*(proxied.post(principal) for _ in range(5)))
    if state == "in a transaction":
        proxied.proxy.hold = b"INSERT INTO runs"
        held = asyncio.create_task(proxied.post(principal))
        await proxied.proxy.lost.wait()
    async with proxied.truth.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    if state == "in a transaction":
        await held
    await proxied.post(principal)
    assert await violations(proxied.truth) == []


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
