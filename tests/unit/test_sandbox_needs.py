"""The sandbox proves something: it is not asked for a contact for which no live vendor could be asked."""

from itertools import combinations

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import FINDABLE, Field, Mode
from app.domain.waterfall.policy import inputs, make_plan, unasked
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import ProviderSettings, Settings

KEYS = {
    spec.slug: ProviderSettings(api_key="0123456789abcdef", api_secret="0123456789abcdef")
    for spec in load_specs()
    if spec.mode is Mode.LIVE
}
REGISTRY = Registry(Settings(sandbox_url="http://127.0.0.1:9", providers=KEYS))
WHOLE = Contact(
    first_name="Rita",
    last_name="Moss",
    company_domain="acme.example",
    company_name="Acme",
    linkedin_url="https://www.linkedin.com/in/rita-moss-77",
)
KNOWN = tuple(inputs(WHOLE))
PARTS = [frozenset(part) for size in range(len(KNOWN) + 1) for part in combinations(KNOWN, size)]


def lack(mode: Mode, field: Field, known: frozenset[str]) -> str | None:
    return unasked([make_plan(field, REGISTRY.offers(mode))], known)


@pytest.mark.parametrize("field", FINDABLE)
def test_what_no_live_vendor_could_be_asked_for_the_sandbox_is_not_asked_for(field: Field) -> None:
    for known in PARTS:
        if lack(Mode.LIVE, field, known):
            assert lack(Mode.TEST, field, known), known


@pytest.mark.parametrize("field", FINDABLE)
@pytest.mark.parametrize(
    ("contact", "is_enough"),
    [
        pytest.param(Contact(first_name="Rita", last_name="Moss"), False, id="names alone"),
        pytest.param(Contact(company_domain="acme.example"), False, id="a company alone"),
        pytest.param(Contact(first_name="Rita", company_domain="acme.example"), False, id="half a name"),
        pytest.param(Contact(full_name="Rita Moss", company_domain="acme.example"), True, id="full name and domain"),
        pytest.param(Contact(first_name="Rita", last_name="Moss", company_name="Acme"), True, id="name and company"),
        pytest.param(Contact(linkedin_url=WHOLE.linkedin_url), True, id="a profile"),
    ],
)
def test_the_sandbox_needs_what_people_have_to_give(field: Field, contact: Contact, *, is_enough: bool) -> None:
    reason = lack(Mode.TEST, field, frozenset(inputs(contact)))
    assert (reason is None) is is_enough
    assert is_enough or (reason or "").startswith("needs ")


def test_where_nothing_is_set_up_that_is_the_reason() -> None:
    plan = make_plan(Field.EMAIL, Registry(Settings()).offers(Mode.LIVE))
    assert "needs" not in (unasked([plan], frozenset(KNOWN)) or "needs")
    assert unasked([make_plan(Field.EMAIL, (), only=())], frozenset(KNOWN)) == "no provider finds it"
