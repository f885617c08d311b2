"""Attempts under leases: an answered call is never begun again, and a stale lease writes nothing."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.domain.waterfall.attempt import Attempt
from app.services import open_services
from app.settings.settings import Settings
from app.store.waterfall import attempts, cascades
from app.store.waterfall.attempts import AttemptEnd, NewAttempt
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit

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


@pytest.mark.parametrize("late", [True, False], ids=["answered after the lease ran out", "not answered"])
async def test_a_call_answered_by_the_worker_before_is_not_begun_again(settings: Settings, late: bool) -> None:  # noqa: FBT001 - a table
    async with open_services(settings) as services:
        made = await ManageKeys(services).create(account="acme", amount=10)
        submission = Submission(
            principal=await Authenticator(services)(made.api_key),
            contact=Contact(full_name="Jane Smith", company_domain="acme.example"),
        )
        cascade_id = (await Submit(services)([submission]))[0].run.cascade_id
        assert cascade_id
        async with services.engine.begin() as connection:
            first = (await cascades.lease(connection, [cascade_id], owner="first", lease_seconds=-1))[0]
            begun = beginning(cascade_id, first.fencing_token)
            assert await attempts.begin(connection, [begun]) == {begun.place}
        async with services.engine.begin() as connection:
            second = (await cascades.lease(connection, [cascade_id], owner="second", lease_seconds=30))[0]
            assert await attempts.begin(connection, [begun]) == set()
            if late:
                await attempts.end(connection, [ending(begun, Miss())])
            again = msgspec.structs.replace(begun, fencing_token=second.fencing_token)
            assert await attempts.begin(connection, [again]) == (set() if late else {again.place})
            if not late:
                # The first worker wakes up: its epoch is over.
                await attempts.end(connection, [ending(begun, Miss())])
                await attempts.end(connection, [ending(again, Failed(trouble=Trouble.TIMEOUT, reason="slow"))])
            stored = (await attempts.stored(connection, [cascade_id]))[cascade_id]
        assert [type(s.attempt.answer) for s in stored if s.attempt] == [Miss if late else Failed]
