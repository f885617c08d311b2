"""An upgrade that changes how contacts are compared charges nobody again."""

import msgspec
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from app.domain.contacts.contact import Contact
from app.domain.contacts.fingerprint import FINGERPRINT_VERSION
from app.domain.vocabulary import ResultStatus
from app.domain.waterfall.feedback import FeedbackOutcome
from app.services import Services
from app.store.database.migrate import alembic_config
from app.store.tables.core import cache_entries, cascades
from app.store.tables.spend import feedback
from app.store.waterfall.fingerprints import renew_fingerprints
from app.usecases.runs.feedback import FeedbackItem, give_feedback
from app.usecases.runs.submission import AcceptanceKind
from app.usecases.runs.submit import Submit
from tests.play.worker import FOUND
from tests.usecases.conftest import Paying
from tests.usecases.people import count, end, jane, submit_one


async def grow_old(services: Services) -> None:
    """Give every contact the fingerprint of a version before."""
    async with services.engine.begin() as connection:
        for table in (cache_entries, cascades, feedback):
            await connection.execute(text(f"UPDATE {table.name} SET fingerprint = sha256(fingerprint)"))  # noqa: S608


async def renew(services: Services) -> None:
    async with services.engine.begin() as connection:
        await connection.run_sync(renew_fingerprints)


async def test_an_answer_from_before_an_upgrade_answers_a_duplicate_at_no_charge(paying: Paying) -> None:
    submit = Submit(paying.services)
    await end(paying.services, await submit_one(submit, jane(paying.principal)), FOUND)
    await grow_old(paying.services)
    await renew(paying.services)
    again = await submit_one(submit, jane(paying.principal))
    assert (again.how, again.run.credits_used) == (AcceptanceKind.CACHED, 0)
    assert await count(paying.services, cache_entries) == 2, "processes of the version before find theirs"


async def test_a_look_up_under_way_during_an_upgrade_is_joined_and_of_two_the_first(paying: Paying) -> None:
    submit = Submit(paying.services)
    first = await submit_one(submit, jane(paying.principal))
    await grow_old(paying.services)
    await submit_one(submit, jane(paying.principal))
    await grow_old(paying.services)
    await renew(paying.services)
    again = await submit_one(submit, jane(paying.principal))
    assert (again.how, again.run.cascade_id) == (AcceptanceKind.JOINED, first.run.cascade_id)


async def test_the_newest_answer_stays_where_two_contacts_are_one_by_now(paying: Paying) -> None:
    submit = Submit(paying.services)
    for _ in range(2):
        answered = await submit_one(submit, jane(paying.principal))
        assert answered.how is AcceptanceKind.NEW
        await end(paying.services, answered, FOUND)
        await grow_old(paying.services)
    await renew(paying.services)
    again = await submit_one(submit, jane(paying.principal))
    assert again.run.source_run_id == answered.run.id


async def test_a_contact_that_is_read_in_another_way_by_now_is_found_as_it_is_read(paying: Paying) -> None:
    submit = Submit(paying.services)
    as_read_before = Contact(full_name="Smith0, Jane", company_domain="acme.example")
    before = msgspec.structs.replace(jane(paying.principal), contact=as_read_before)
    await end(paying.services, await submit_one(submit, before), FOUND)
    await renew(paying.services)
    assert (await submit_one(submit, jane(paying.principal))).how is AcceptanceKind.CACHED


async def test_a_value_that_was_reported_as_wrong_stays_wrong(paying: Paying) -> None:
    submit = Submit(paying.services)
    answered = await submit_one(submit, jane(paying.principal))
    await end(paying.services, answered, FOUND)
    item = FeedbackItem(run_id=answered.run.id, outcome=FeedbackOutcome.BOUNCED)
    await give_feedback(paying.services, paying.principal.owner, [item])
    async with paying.services.engine.connect() as connection:
        before = set(await connection.scalars(select(feedback.c.fingerprint)))
    await grow_old(paying.services)
    await renew(paying.services)
    async with paying.services.engine.connect() as connection:
        assert set(await connection.scalars(select(feedback.c.fingerprint))) == before
    served = (await submit_one(submit, jane(paying.principal))).run
    assert served.result_status is ResultStatus.NOT_FOUND


def test_the_rules_of_today_are_those_of_the_newest_migration_that_renews() -> None:
    versions = [
        revision.module.FINGERPRINT_VERSION
        for revision in ScriptDirectory.from_config(alembic_config("postgresql://localhost/leadrun")).walk_revisions()
        if hasattr(revision.module, "FINGERPRINT_VERSION")
    ]
    assert versions[0] == FINGERPRINT_VERSION, "a change of the rules needs a migration that renews fingerprints"
