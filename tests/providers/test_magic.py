"""The magic contacts, asked of the sandbox through the client as any vendor is."""

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import FINDABLE, Field
from app.domain.waterfall.answer import ACCEPTANCE, Answer, Deliverability, Failed, Found, Miss, Trouble, is_hit
from app.sandbox.magic import Magic, rows
from tests.providers.served import OFFERS, QUICK, Sandbox, magic


def expect(which: Magic, provider: str, field: Field, answer: Answer) -> None:
    """Compare one provider's answer about a magic contact with what the table promises."""
    match which:
        case Magic.FOUND:
            assert isinstance(answer, Found)
            assert is_hit(ACCEPTANCE[field], answer)
        case Magic.CATCHALL if field is Field.EMAIL:
            assert isinstance(answer, Found)
            assert answer.status is Deliverability.RISKY
        case Magic.CATCHALL:
            assert isinstance(answer, Found)
        case Magic.MISSING:
            assert answer == Miss()
        case Magic.BROKEN | Magic.LIMITED | Magic.BROKE:
            assert isinstance(answer, Failed)
            assert answer.trouble is TROUBLES[which]
            assert which is not Magic.LIMITED or answer.retry_after == 2
        case Magic.SLOW:
            finds = provider == "sandbox-moody" or (provider, field.value) in {
                ("sandbox-later", "email"),
                ("sandbox-duo", "phone"),
            }
            assert isinstance(answer, Found if finds else Miss)


TROUBLES = {
    Magic.BROKEN: Trouble.SERVER_ERROR,
    Magic.LIMITED: Trouble.RATE_LIMITED,
    Magic.BROKE: Trouble.OUT_OF_CREDITS,
}


@pytest.mark.parametrize("which", list(Magic))
@pytest.mark.parametrize(("provider", "field"), OFFERS)
async def test_a_magic_contact_gets_what_the_table_says(
    sandbox: Sandbox, which: Magic, provider: str, field: Field
) -> None:
    asked = await sandbox.ask(sandbox.offer(provider, field), magic(which))

    expect(which, provider, field, asked.answer)


def test_the_table_names_every_magic_contact() -> None:
    table = rows()

    assert [row.last_name for row in table] == [which.value.capitalize() for which in Magic]
    assert all(row.first_name == "Magic" and row.outcome for row in table)


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param(magic(Magic.FOUND, "other.example"), id="any company"),
        pytest.param(Contact(first_name="MAGIC", last_name="found", company_name="Acme"), id="any case"),
        pytest.param(Contact(full_name="Magic Found", company_domain="acme.example"), id="full name"),
        pytest.param(Contact(linkedin_url="https://www.linkedin.com/in/magic-found"), id="LinkedIn alone"),
    ],
)
@pytest.mark.parametrize(("provider", "field"), OFFERS)
async def test_a_magic_contact_is_recognised_however_it_is_given(
    sandbox: Sandbox, contact: Contact, provider: str, field: Field
) -> None:
    asked = await sandbox.ask(sandbox.offer(provider, field), contact)

    expect(Magic.FOUND, provider, field, asked.answer)


@pytest.mark.parametrize(
    ("contact", "email"),
    [
        pytest.param(magic(Magic.FOUND), "magic.found@acme.example", id="own domain"),
        pytest.param(
            Contact(first_name="Magic", last_name="Found", company_name="Müller & Söhne"),
            "magic.found@muller-sohne.example",
            id="domain made from the company's name",
        ),
    ],
)
async def test_an_address_is_at_the_contacts_own_company(sandbox: Sandbox, contact: Contact, email: str) -> None:
    asked = await sandbox.ask(sandbox.offer("sandbox-mail", Field.EMAIL), contact)

    assert isinstance(asked.answer, Found)
    assert asked.answer.value == email


@pytest.mark.parametrize("field", FINDABLE)
async def test_the_slow_contact_is_found_by_the_cascade_after_its_time(sandbox: Sandbox, field: Field) -> None:
    attempts = await sandbox.cascade(field, magic(Magic.SLOW))

    slow = QUICK.sandbox_slow_seconds * 1000
    assert isinstance(attempts[-1].answer, Found)
    assert [type(a.answer) for a in attempts[:-1]] == [Miss] * (len(attempts) - 1)
    # The asynchronous provider is found ready at the next look, 0.3 s later at most.
    assert slow <= sum(a.latency_ms or 0 for a in attempts) + 5 * len(attempts) < slow + 900
    assert max(a.latency_ms or 0 for a in attempts) < slow * 2 / 3 + 350, "each stays below the usual patience"


@pytest.mark.parametrize(
    ("local", "status"),
    [("magic.found", "valid"), ("magic.catchall", "risky"), ("magic.missing", "invalid"), ("Magic.Found", "valid")],
)
async def test_magic_addresses_are_verified_as_their_names_say(sandbox: Sandbox, local: str, status: str) -> None:
    offer = sandbox.offer("sandbox-verify", Field.VERIFY)
    asked = await sandbox.ask(offer, Contact(email=f"{local}@acme.example"))

    assert isinstance(asked.answer, Found)
    assert asked.answer.status.value == status


@pytest.mark.parametrize(
    ("local", "trouble"),
    [("magic.broken", "server_error"), ("magic.limited", "rate_limited"), ("magic.broke", "out_of_credits")],
)
async def test_magic_addresses_fail_as_their_names_say(sandbox: Sandbox, local: str, trouble: str) -> None:
    offer = sandbox.offer("sandbox-verify", Field.VERIFY)
    asked = await sandbox.ask(offer, Contact(email=f"{local}@acme.example"))

    assert isinstance(asked.answer, Failed)
    assert asked.answer.trouble.value == trouble
