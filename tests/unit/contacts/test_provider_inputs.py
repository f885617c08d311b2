"""Inputs of providers: a last name that is an initial fits too many people."""

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.attempt import Offer, Price, Skip
from app.domain.waterfall.policy import inputs, make_plan, next_step
from tests.rows import each_row


def offer(provider: str, *, needs: frozenset[str]) -> Offer:
    return Offer(provider=provider, tier=Tier.T1, field=Field.EMAIL, route="x", needs=needs, price=Price())


@each_row(
    ("contact", "known"),
    [
        pytest.param({"first_name": "Rita", "last_name": "M."}, {"first_name": "Rita", "name": "Rita"}, id="initial"),
        pytest.param({"first_name": "Rita", "last_name": "M"}, {"first_name": "Rita", "name": "Rita"}, id="no dot"),
        pytest.param({"first_name": "Rita", "last_name": "K. M."}, {"first_name": "Rita", "name": "Rita"}, id="two"),
        pytest.param({"first_name": "Rita", "last_name": "Ü."}, {"first_name": "Rita", "name": "Rita"}, id="accent"),
        pytest.param({"full_name": "Rita M."}, {"first_name": "Rita", "full_name": "Rita", "name": "Rita"}, id="whole"),
        pytest.param({"last_name": "M."}, {}, id="nothing else"),
        pytest.param(
            {"first_name": "明", "last_name": "王"},
            {"first_name": "明", "last_name": "王", "name": "王明"},
            id="Chinese",
        ),
        pytest.param(
            {"first_name": "Bo", "last_name": "Ng"}, {"first_name": "Bo", "last_name": "Ng", "name": "Bo Ng"}, id="Ng"
        ),
        pytest.param(
            {"first_name": "J.", "last_name": "Moss"},
            {"first_name": "J.", "last_name": "Moss", "name": "J. Moss"},
            id="initial of the first name",
        ),
    ],
)
def test_an_initial_is_no_last_name_for_providers(contact: dict[str, str], known: dict[str, str]) -> None:
    given = inputs(Contact(**contact))
    hidden = given.pop("last_initial", None)
    assert given == known
    assert (hidden is None) == ("last_name" in known)


def test_the_reason_names_the_initial() -> None:
    plan = make_plan(Field.EMAIL, [offer("a", needs=frozenset({"first_name", "last_name", "company_domain"}))])
    known = inputs(Contact(first_name="Rita", last_name="M.", company_domain="acme.example")).keys()
    step = next_step(plan, [], known)
    assert isinstance(step, Skip)
    assert step.reason == "needs company_domain + first_name + last_name; an initial is no last name"
    linked = make_plan(Field.EMAIL, [offer("a", needs=frozenset({"linkedin_url"}))])
    assert getattr(next_step(linked, [], known), "reason", None) == "needs linkedin_url"
