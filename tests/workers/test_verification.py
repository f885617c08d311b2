"""Verifications: a cascade over verifiers that judges an address."""

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import EnrichmentType, ResultStatus, RunStatus
from tests.usecases.ledgers import violations
from tests.workers.conftest import OpenHouse, ids
from tests.workers.vendors import vendor

ADDRESS = Contact(email="jane.smith@acme.example")
BOUNCER = {"status": "deliverable", "reason": "accepted_email", "domain": {"acceptAll": "no"}, "score": 98}
CANNOT_TELL = {"result": "unknown", "resultcode": 3, "error": ""}
SAYS_INVALID = {"result": "invalid", "resultcode": 6, "error": ""}


async def test_the_next_verifier_is_asked_where_one_cannot_tell_and_the_verdict_answers_duplicates(
    open_house: OpenHouse,
) -> None:
    async with (
        vendor(answer=CANNOT_TELL) as (cheap, millionverifier),
        vendor(answer=BOUNCER) as (_, bouncer),
    ):
        house = await open_house({"millionverifier": millionverifier, "bouncer": bouncer})
        run = await house.accept(ADDRESS, type=EnrichmentType.VERIFY)
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)

        assert (ended.status, ended.result_status, ended.credits_used) == (RunStatus.COMPLETED, ResultStatus.FOUND, 1)
        verdict = ended.result.email
        assert (verdict.value, verdict.status.value, verdict.provider) == (ADDRESS.email, "valid", "bouncer")
        called = [line for line in await house.watch.attempts(run.owner, run.id) if line.route]
        assert [(line.provider, line.field.value, line.outcome.value) for line in called] == [
            ("millionverifier", "verify", "hit"),
            ("bouncer", "verify", "hit"),
        ]
        again = await house.accept(ADDRESS, type=EnrichmentType.VERIFY)
        assert (again.cached, again.credits_used, again.result) == (True, 0, ended.result)
        assert len(cheap.asked) == 1
        assert await violations(house.services) == []


async def test_an_address_that_bounces_is_a_verdict_and_ends_the_cascade(open_house: OpenHouse) -> None:
    async with (
        vendor(answer=SAYS_INVALID) as (_, millionverifier),
        vendor(answer=BOUNCER) as (dear, bouncer),
    ):
        house = await open_house({"millionverifier": millionverifier, "bouncer": bouncer})
        run = await house.accept(ADDRESS, type=EnrichmentType.VERIFY)
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)

        assert ended.result_status is ResultStatus.FOUND
        assert (ended.result.email.status.value, ended.result.email.score) == ("invalid", 0)
        assert dict(await house.outcomes(run))["millionverifier"] == "rejected"
        assert dear.asked == []


async def test_what_nobody_could_tell_is_asked_again(open_house: OpenHouse) -> None:
    async with vendor(answer=CANNOT_TELL) as (cheap, millionverifier):
        house = await open_house({"millionverifier": millionverifier})
        runner = await house.runner()
        for _ in range(2):
            run = await house.accept(ADDRESS, type=EnrichmentType.VERIFY)
            await runner.accept(ids(run))
            ended = await house.ended(run)
            assert (ended.result_status, ended.result.email.status.value) == (ResultStatus.FOUND, "unknown")
        assert len(cheap.asked) == 2
