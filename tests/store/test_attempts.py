"""Attempts under leases: an answered call is never begun again, and a stale lease writes nothing."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import hypothesis
import msgspec
import pytest
from hypothesis import HealthCheck, given, strategies
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.domain.waterfall.attempt import Attempt
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.database.queries import run_together
from app.store.waterfall import attempts, cascades
from app.store.waterfall.attempts import AttemptEnd, NewAttempt
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.examples import examples

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def beginning(cascade_id: UUID, fencing_token: int) -> NewAttempt:
    """A call about to be made."""
    return NewAttempt(
        cascade_id=cascade_id,
        fencing_token=fencing_token,
        provider="hunter",
        field=Field.EMAIL,
        tier=Tier.T3,
        route="domain",
        position=0,
        missed_before=(),
        started_at=NOW,
    )


def ending(begun: NewAttempt, answer: Miss | Failed) -> AttemptEnd:
    """How it ended."""
    attempt = Attempt(provider="hunter", tier=Tier.T3, field=Field.EMAIL, route="domain", answer=answer)
    return AttemptEnd(beginning=begun, attempt=attempt, ended_at=NOW)


class Desk:
    """Makes cascades that no worker has leased yet."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.engine = services.engine

    async def cascade(self) -> UUID:
        """Submit somebody new."""
        principal = await Authenticator(self.services)(self.key)
        contact = Contact(full_name=f"Jane {secrets.token_hex(6)}", company_domain="acme.example")
        [accepted] = await Submit(self.services)([Submission(principal=principal, contact=contact)])
        assert accepted.run.cascade_id
        return accepted.run.cascade_id

    key = ""

    async def blocked(self) -> None:
        """Return when somebody waits for a lock in the database."""
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        async with self.engine.connect() as connection:
            while not await connection.scalar(waiting):
                await connection.rollback()  # a transaction sees one snapshot of these statistics


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """One account, with credits."""
    async with open_services(settings) as services:
        opened = Desk(services)
        opened.key = (await ManageKeys(services).create(account="acme", amount=1000)).api_key
        yield opened


async def lease(connection: AsyncConnection, cascade_id: UUID) -> int:
    """Lease a cascade for no time at all; return the fencing token, 0 where it cannot be leased now."""
    leased = await cascades.lease(connection, [cascade_id], owner="anybody", lease_seconds=-1)
    return leased[0].fencing_token if leased else 0


@pytest.mark.parametrize("late", [True, False], ids=["answered after the lease ran out", "not answered"])
async def test_a_call_answered_by_the_worker_before_is_not_begun_again(desk: Desk, *, late: bool) -> None:
    cascade_id = await desk.cascade()
    async with desk.engine.begin() as connection:
        begun = beginning(cascade_id, await lease(connection, cascade_id))
        assert await attempts.begin(connection, [begun]) == {begun.place}
    async with desk.engine.begin() as connection:
        token = await lease(connection, cascade_id)
        assert await attempts.begin(connection, [begun]) == set()
        if late:
            await attempts.end(connection, [ending(begun, Miss())])
        [found] = (await attempts.resume(connection, [(cascade_id, token)]))[cascade_id]
        assert (found.attempt is not None) is late
        again = msgspec.structs.replace(begun, fencing_token=token)
        assert await attempts.begin(connection, [again]) == (set() if late else {again.place})
        if not late:
            # The first worker wakes up: its lease is over.
            await attempts.end(connection, [ending(begun, Miss())])
            await attempts.end(connection, [ending(again, Failed(trouble=Trouble.TIMEOUT, reason="slow"))])
        stored = (await attempts.stored(connection, [cascade_id]))[cascade_id]
    assert [type(s.attempt.answer) for s in stored if s.attempt] == [Miss if late else Failed]


async def test_c24_nobody_takes_over_while_a_call_is_being_begun(desk: Desk) -> None:
    cascade_id = await desk.cascade()
    async with desk.engine.connect() as late:
        token = await lease(late, cascade_id)
        await late.commit()
        assert await attempts.begin(late, [beginning(cascade_id, token)])
        async with desk.engine.begin() as connection:
            assert await lease(connection, cascade_id) == 0
        await late.commit()
    async with desk.engine.begin() as connection:
        # An attempt of another lease is nothing to begin: it is taken over and seen, or left alone.
        token = await lease(connection, cascade_id)
        assert token == 2
        assert await attempts.begin(connection, [beginning(cascade_id, token)]) == set()


async def test_c24_a_lease_under_way_keeps_the_earlier_worker_from_beginning(desk: Desk) -> None:
    cascade_id = await desk.cascade()
    async with desk.engine.begin() as connection:
        token = await lease(connection, cascade_id)
    async with desk.engine.connect() as taking, desk.engine.connect() as late:
        assert await lease(taking, cascade_id) == token + 1
        begun = asyncio.create_task(attempts.begin(late, [beginning(cascade_id, token)]))
        await desk.blocked()
        await taking.commit()
        assert await begun == set()


async def test_c24_a_ticket_that_comes_after_its_cascade_ended_is_collected_late(desk: Desk) -> None:
    cascade_id = await desk.cascade()
    async with desk.engine.begin() as connection:
        begun = beginning(cascade_id, await lease(connection, cascade_id))
        await attempts.begin(connection, [begun])
        await run_together(connection, *cascades.closing([(cascade_id, [])], NOW))
        await attempts.save_tickets(connection, [(begun, {"id": "r1"})])
        due = text("SELECT outcome, late_result_due_at > now() FROM attempts")
        assert (await connection.execute(due)).all() == [("error", True)]
        # The call was under way, and its answer came after all.
        await attempts.end(connection, [ending(begun, Miss())])
        assert (await connection.execute(due)).all() == [("miss", None)]


# What the earlier worker (E) and the next one (N) do, in any order; E's transaction stays open until it commits.
STEPS = ("E begins", "E saves a ticket", "E answers", "E commits", "N leases", "N reads", "N begins")


@hypothesis.settings(examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=strategies.lists(strategies.sampled_from(STEPS), min_size=4, max_size=14))
@hypothesis.example(["E begins", "N leases", "N reads", "E commits", "N begins"])
@hypothesis.example(["E begins", "E commits", "N leases", "N reads", "E saves a ticket", "E commits", "N begins"])
async def test_c24_no_order_of_two_workers_asks_twice_or_loses_a_ticket(desk: Desk, order: list[str]) -> None:
    cascade_id = await desk.cascade()
    async with desk.engine.connect() as earlier, desk.engine.connect() as following:
        workers = TwoWorkers(cascade_id, earlier, following)
        await following.execute(text("SET lock_timeout = '5ms'"))
        await following.commit()
        workers.earlier = beginning(cascade_id, await lease(earlier, cascade_id))
        await earlier.commit()
        for step in order:
            with suppress(DBAPIError):  # the next worker would wait for the earlier one
                await workers.take(step)
        await earlier.commit()
    # Either the next worker saw the call of the earlier one, and its ticket, or that one was never made.
    assert workers.seen or not (workers.asked["E"] and workers.asked["N"])
    assert workers.seen_ticket or not (workers.ticket and workers.asked["N"])


class TwoWorkers:
    """Two workers of one cascade: what they asked and saw."""

    def __init__(self, cascade_id: UUID, earlier: AsyncConnection, following: AsyncConnection) -> None:
        self._id, self._earlier, self._following = cascade_id, earlier, following
        self.earlier = self.next = beginning(cascade_id, 0)
        self.asked = {"E": False, "N": False}
        self.ticket = self.read = self.seen = self.seen_ticket = False

    async def take(self, step: str) -> None:
        """Take a step, if it is one that this worker would take now."""
        match step:
            case "E begins" if not self.asked["E"]:
                self.asked["E"] = bool(await attempts.begin(self._earlier, [self.earlier]))
            case "E saves a ticket" if self.asked["E"]:
                self.ticket |= bool(await attempts.save_tickets(self._earlier, [(self.earlier, {"id": "r1"})]))
            case "E answers" if self.asked["E"]:
                await attempts.end(self._earlier, [ending(self.earlier, Miss())])
            case "E commits":
                await self._earlier.commit()
            case "N leases" if not self.next.fencing_token:
                async with self._transaction() as connection:
                    self.next = beginning(self._id, await lease(connection, self._id))
            case "N reads" if self.next.fencing_token and not self.asked["N"]:
                async with self._transaction() as connection:
                    held = (self._id, self.next.fencing_token)
                    found = (await attempts.resume(connection, [held])).get(self._id, [])
                self.read, self.seen = True, bool(found)
                self.seen_ticket = any(row.ticket for row in found)
            case "N begins" if self.read and not self.asked["N"]:
                async with self._transaction() as connection:
                    self.asked["N"] = bool(await attempts.begin(connection, [self.next]))
            case _:
                pass

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            yield self._following
        except DBAPIError:
            await self._following.rollback()
            raise
        await self._following.commit()
