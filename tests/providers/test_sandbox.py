"""The sandbox service, really served, asked through the client as any vendor is."""

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.contacts.phone_number import parse_phone
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Found, Miss, PhoneType, Trouble
from app.sandbox.magic import Magic
from app.sandbox.population import AREA_CODES, PersonQuery, make_person, person_id
from app.settings.settings import ProviderSettings
from tests.providers.served import OFFERS, QUICK, Sandbox, magic, served


async def test_one_paid_call_answers_both_fields(sandbox: Sandbox) -> None:
    asked = await sandbox.ask(sandbox.offer("sandbox-duo", Field.EMAIL), magic(Magic.FOUND), both=True)

    assert isinstance(asked.answer, Found)
    phone = asked.also[Field.PHONE]
    assert isinstance(phone, Found)
    assert phone.phone_type is PhoneType.MOBILE
    assert [entry["field"] for entry in await sandbox.journal()] == ["both"]


@pytest.mark.parametrize(("provider", "field"), OFFERS)
async def test_a_company_without_a_person_is_nobody(sandbox: Sandbox, provider: str, field: Field) -> None:
    asked = await sandbox.ask(
        sandbox.offer(provider, field), Contact(company_domain="acme.example", company_name="Acme")
    )

    assert asked.answer == Miss()


async def test_a_profile_alone_is_somebody(sandbox: Sandbox) -> None:
    profile = Contact(linkedin_url="https://www.linkedin.com/in/jane-smith-42")
    attempts = await sandbox.cascade(Field.EMAIL, profile)

    assert any(isinstance(a.answer, Found) for a in attempts)


async def test_everybody_is_found_at_a_match_rate_of_one_and_always_alike(sandbox: Sandbox) -> None:
    for number in range(6):
        person = Contact(first_name="Jane", last_name=f"Doe-{chr(97 + number)}", company_domain="acme.example")
        first, second = [await sandbox.cascade(Field.EMAIL, person) for _ in range(2)]

        found = [a.answer.value for a in first if isinstance(a.answer, Found)]
        assert found
        assert found == [a.answer.value for a in second if isinstance(a.answer, Found)]


async def test_nobody_is_found_at_a_match_rate_of_zero() -> None:
    async with served(msgspec.structs.replace(QUICK, sandbox_match_rate=0)) as sandbox:
        attempts = await sandbox.cascade(Field.PHONE, Contact(first_name="Jane", last_name="Doe", company_name="Acme"))

    assert attempts
    assert not any(isinstance(a.answer, Found) for a in attempts)


@pytest.mark.parametrize("field", ["email", "phone"])
@pytest.mark.parametrize("rate", [0.0, 0.3, 0.8, 1.0])
def test_the_match_rate_is_the_share_of_people_whom_somebody_knows(field: str, rate: float) -> None:
    people = [
        make_person(PersonQuery(first_name="Jane", last_name=f"Doe{number}", domain="acme.example"), rate)
        for number in range(3000)
    ]

    assert abs(sum(bool(person.known_by[field]) for person in people) / 3000 - rate) < 0.03


def test_every_made_up_number_is_one_that_parses() -> None:
    for area in AREA_CODES:
        for line in range(100):
            assert parse_phone(f"1{area}55501{line:02d}", Contact())


def moody_person(low: float, high: float, *, known: bool) -> Contact:
    """Find somebody whose luck at the moody provider is within bounds."""
    names = (f"Doe{a}{b}{c}" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh")
    for name in names:
        person = make_person(PersonQuery(first_name="Jane", last_name=name, domain="acme.example"), 1.0)
        if low <= person.luck < high and ("sandbox-moody" in person.known_by["email"]) is known:
            return Contact(first_name="Jane", last_name=name, company_domain="acme.example")
    raise AssertionError("nobody is like that")


async def test_the_moody_provider_stumbles_once_and_then_answers(sandbox: Sandbox) -> None:
    asked = await sandbox.ask(sandbox.offer("sandbox-moody", Field.EMAIL), moody_person(0, 0.1, known=True))

    assert isinstance(asked.answer, Found)
    assert [entry["status"] for entry in await sandbox.journal()] == [500, 200]


async def test_the_moody_provider_limits_once_and_then_answers(sandbox: Sandbox) -> None:
    offer, person = sandbox.offer("sandbox-moody", Field.EMAIL), moody_person(0.1, 0.2, known=False)

    first, second = await sandbox.ask(offer, person), await sandbox.ask(offer, person)
    assert isinstance(first.answer, Failed)
    assert (first.answer.trouble, first.answer.retry_after) == (Trouble.RATE_LIMITED, 2)
    assert second.answer == Miss()


async def test_the_moody_provider_hangs_and_is_given_up_before_our_patience_ends(sandbox: Sandbox) -> None:
    asked = await sandbox.ask(sandbox.offer("sandbox-moody", Field.EMAIL), moody_person(0.2, 0.22, known=False))

    assert isinstance(asked.answer, Failed)
    assert asked.answer.trouble is Trouble.TIMEOUT


@pytest.mark.parametrize(("provider", "field"), OFFERS)
async def test_a_wrong_key_is_refused_in_each_vendors_way(provider: str, field: Field) -> None:
    async with served(QUICK, **{provider: ProviderSettings(api_key="wrong")}) as sandbox:
        asked = await sandbox.ask(sandbox.offer(provider, field), magic(Magic.FOUND))

    assert isinstance(asked.answer, Failed)
    assert asked.answer.trouble is Trouble.AUTH_ERROR


async def test_the_journal_counts_askings_without_telling_who_anybody_is(sandbox: Sandbox) -> None:
    person = Contact(first_name="Jane", last_name="Doe", company_domain="acme.example", company_name="Acme")
    await sandbox.ask(sandbox.offer("sandbox-later", Field.EMAIL), person)

    asked, *polls = await sandbox.journal()
    wanted = person_id(PersonQuery(first_name="Jane", last_name="Doe", domain="acme.example"))
    assert (asked["provider"], asked["field"], asked["call"]) == ("sandbox-later", "email", "ask")
    assert {entry["person"] for entry in (asked, *polls)} == {wanted}
    assert {entry["call"] for entry in polls} == {"poll"}
    assert not any(word in str(asked).casefold() for word in ("jane", "doe", "acme"))

    assert (await sandbox.http.delete(f"{sandbox.url}/journal")).status_code == 204
    assert await sandbox.journal() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"want": 1, "who": 2}', b'{"want": [{}], "who": {"name": 1}}'])
@pytest.mark.parametrize("path", ["/duo/enrich", "/dial/lookup", "/later/jobs"])
async def test_a_request_that_is_none_is_no_crash(sandbox: Sandbox, path: str, body: bytes) -> None:
    answer = await sandbox.http.post(f"{sandbox.url}{path}", content=body)

    assert answer.status_code < 500
