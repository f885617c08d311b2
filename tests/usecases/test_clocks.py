"""Clocks of machines that differ, and requests that were held up: times that are compared come from one clock."""

from datetime import timedelta

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.errors import IdempotencyInFlightError
from app.domain.vocabulary import Lane
from app.services import Services
from app.store.runs import idempotency_keys
from app.store.runs.idempotency_keys import RecordKey
from app.store.waterfall import queue
from app.usecases.accounts.authenticate import Authenticator, Principal
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.idempotency import IdempotentRequest, Replay, Resume
from app.usecases.runs.submission import Idempotency, Submission
from app.usecases.runs.submit import Submit
from tests.play.clock import AheadClock
from tests.usecases.ledgers import violations

DIGEST = b"of the body"
HOURS = (-24 * 400, -24, -1, -5 / 60, -1 / 60, 1 / 60, 5 / 60, 1, 24, 24 * 400)
DAY = timedelta(days=1)


@pytest.fixture
async def principal(services: Services) -> Principal:
    made = await ManageKeys(services).create(account="acme", amount=100)
    return await Authenticator(services)(made.api_key)


def with_clock(services: Services, hours: float) -> Services:
    """The same machine with its clock wrong by so many hours."""
    return msgspec.structs.replace(services, clock=AheadClock(timedelta(hours=hours)))


def submission(principal: Principal, held: Idempotency | None = None) -> Submission:
    contact = Contact(full_name="Jane Smith", company_domain="acme.example")
    return Submission(principal=principal, contact=contact, idempotency=held)


def record_of(principal: Principal) -> RecordKey:
    return RecordKey(principal.key_id, "POST /api/v1/enrich", "k1")


@pytest.mark.parametrize("hours", HOURS)
async def test_c28_a_key_is_in_flight_whatever_the_clocks_of_the_machines_say(
    services: Services, principal: Principal, hours: float
) -> None:
    record = record_of(principal)
    held = await IdempotentRequest(services).begin(record, DIGEST)
    assert isinstance(held, Idempotency)
    with pytest.raises(IdempotencyInFlightError):
        await IdempotentRequest(with_clock(services, hours)).begin(record, DIGEST)
    await Submit(services)([submission(principal, held)])
    with pytest.raises(IdempotencyInFlightError):
        await IdempotentRequest(with_clock(services, hours)).begin(record, DIGEST)


async def taken(services: Services, record: RecordKey, seconds: float) -> Idempotency:
    """Take a record for so many seconds."""
    async with services.write() as connection:
        until, _ = await idempotency_keys.begin(
            connection, record, fingerprint=DIGEST, lock=timedelta(seconds=seconds), lifetime=DAY
        )
    assert until
    return Idempotency(record=record, held_until=until)


@pytest.mark.parametrize("second_first", [True, False])
async def test_c28_a_request_held_up_beyond_its_lock_accepts_nothing_beside_its_repetition(
    services: Services, principal: Principal, *, second_first: bool
) -> None:
    record = record_of(principal)
    stalled = await taken(services, record, -1)
    repetition = await taken(services, record, 90)
    if second_first:
        await Submit(services)([submission(principal, repetition)])
    with pytest.raises(IdempotencyInFlightError):
        await Submit(services)([submission(principal, stalled)])
    # What it then forgets is its own, not the record of the repetition.
    await IdempotentRequest(services).release(stalled.record, stalled.held_until)
    if not second_first:
        await Submit(services)([submission(principal, repetition)])
    async with services.read() as connection:
        assert await idempotency_keys.held(connection, [(record, repetition.held_until)]) == set()
    assert await violations(services) == []


async def test_c28_a_tie_to_a_run_is_never_overwritten(services: Services, principal: Principal) -> None:
    record, first, second = record_of(principal), services.new_id(), services.new_id()
    held = await taken(services, record, 90)
    async with services.write() as connection:
        await idempotency_keys.bind(connection, [(record, first)])
        await idempotency_keys.bind(connection, [(record, second)])
    # As after an answer that could not be given: the repetition gets the run, and at once.
    await IdempotentRequest(services).release(held.record, held.held_until)
    assert await IdempotentRequest(services).begin(record, DIGEST) == Resume(run_id=first)
    answers = [Replay(status=202, headers={}, body=body) for body in (b"first", b"second")]
    for answer in answers:
        await IdempotentRequest(services).complete(record, answer)
    assert await IdempotentRequest(services).begin(record, DIGEST) == answers[0]


async def test_c28_a_refused_request_can_be_sent_again_with_its_key(services: Services, principal: Principal) -> None:
    record = record_of(principal)
    held = await taken(services, record, 90)
    await IdempotentRequest(services).release(held.record, held.held_until)
    assert isinstance(await IdempotentRequest(services).begin(record, DIGEST), Idempotency)


@pytest.mark.parametrize("hours", HOURS)
async def test_c30_a_lost_notification_is_found_at_once_whatever_the_clock_of_the_api_says(
    services: Services, principal: Principal, hours: float
) -> None:
    [accepted] = await Submit(with_clock(services, hours))([submission(principal)])
    async with services.read() as connection:
        found = await queue.waiting(connection, lanes=[Lane.INTERACTIVE], older_than=0, limit=10)
        assert found == [accepted.run.cascade_id]
        assert await queue.waiting(connection, lanes=[Lane.INTERACTIVE], older_than=60, limit=10) == []
