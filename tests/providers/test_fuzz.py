"""Whatever a vendor sends: no exception, and never a hit with a value that is not the documented one."""

import copy
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Answer, Deliverability, Found
from app.domain.waterfall.policy import inputs
from app.providers.client.interpret import MOST_CREDITS, conclude, cost, rule
from app.providers.client.polling import read_ticket
from app.providers.client.verification import with_verdict
from app.providers.declaration.messages import VendorResponse, read_response
from app.providers.declaration.retry_after import read_retry_after
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import Settings
from tests.examples import examples
from tests.play.clock import FROZEN_AT
from tests.providers.replay import Case, case_paths, load

REGISTRY = Registry(Settings())
OFFERS = [offer for mode in Mode for offer in REGISTRY.offers(mode)]
SLUGS = [pytest.param(spec.slug, id=spec.slug) for spec in load_specs()]

# None of these may ever become a hit: masks, roles, private and foreign addresses, and what is no value at all.
POISON = (
    *("j***@acme.example", "j•••@acme.example", "j...@acme.example", "jxxxx@acme.example", "info@acme.example"),
    *("jane.smith@gmail.com", "jane@other.example", "email_not_unlocked@domain.com", "jane.smith@", "@acme.example"),
    *("+1 212 555 ****", "+1 212 555 01XX", "12345", "+999 123", "", " ", "null", "undefined", "N/A", "true", "\x00"),
    *("x" * 5000, "jane smith@acme.example", "<b>jane.smith@acme.example</b>", "a@b@acme.example"),
)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**80), max_value=2**80),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(POISON),
    st.just([]),
    st.just({}),
    st.lists(st.sampled_from(POISON), max_size=3),
    st.dictionaries(st.sampled_from(("email", "value", "id", "0")), st.sampled_from(POISON), max_size=2),
)


class Document(msgspec.Struct, frozen=True):
    """A documented answer of a case, and how to read it."""

    case: Case
    provider: str
    body: Any
    status: int
    polled: bool


@cache
def documents(provider: str) -> list[Document]:
    return [
        Document(case, provider, exchange.response.json, exchange.response.status, bool(case.ticket) or position > 0)
        for path in case_paths(provider)
        for case in [load(path)]
        for position, exchange in enumerate(case.exchanges)
        if exchange.response.json is not msgspec.UNSET
    ] + [
        Document(case, provider, exchange.posts, 200, polled=True)
        for path in case_paths(provider)
        for case in [load(path)]
        for exchange in case.exchanges
        if exchange.posts is not msgspec.UNSET
    ]


@cache
def documented(provider: str) -> frozenset[str | None]:
    """Return the values that the cases of a provider end with, and the number that they are full of."""
    return frozenset({load(path).expected.value for path in case_paths(provider)} | {"+12125550123"})


def read(document: Document, reply: VendorResponse) -> list[Answer]:
    """Read an answer as the client does."""
    contact = Contact(**document.case.contact)
    entry = REGISTRY.entry(document.provider)
    assert entry
    known = inputs(contact, document.case.email).keys()
    mine = [
        offer for offer in OFFERS if offer.provider == document.provider and offer.field.value == document.case.field
    ]
    offer = next(offer for offer in mine if offer.needs <= known)
    route = offer.declared
    table = (route.poll.verdicts if route.poll and document.polled else ()) or route.verdicts
    if route.poll and not document.polled:
        read_ticket(route.poll, reply)
    read_retry_after(reply, entry.spec.waits, FROZEN_AT)
    read_retry_after(reply, route.poll.waits if route.poll else (), FROZEN_AT)
    result = conclude(
        reply,
        rule(reply, table),
        offer=offer,
        charge=route.charged,
        values=offer.values,
        contact=contact,
        now=lambda: FROZEN_AT,
    )
    if offer.field is Field.VERIFY:
        result = with_verdict(result, reply, offer.values[Field.VERIFY], document.case.email or "")
    assert 0 <= cost(offer, result, frozenset(offer.values)) < MOST_CREDITS
    return [result.answer, *result.also.values()]


def paths_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        found += [p for name, part in value.items() for p in paths_in(part, (*at, name))]
    if isinstance(value, list):
        found += [p for index, part in enumerate(value) for p in paths_in(part, (*at, index))]
    return found


def changed(body: Any, path: tuple[Any, ...], new: Any, *, remove: bool) -> Any:
    if not path:
        return new
    body = copy.deepcopy(body)
    parent = body
    for name in path[:-1]:
        parent = parent[name]
    if remove:
        del parent[path[-1]]
    else:
        parent[path[-1]] = new
    return body


@pytest.mark.parametrize("provider", SLUGS)
@settings(examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_mutated_answer_never_raises_and_never_becomes_another_hit(provider: str, data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(documents(provider)))
    body = document.body
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(paths_in(body)))
        body = changed(body, path, data.draw(JUNK), remove=data.draw(st.booleans()))
    status = data.draw(st.sampled_from((document.status, 200, 202, 204, 301, 404, 418, 500, 599)))
    headers = {"Retry-After": data.draw(st.sampled_from(("", "5", "-1", "1e999", "nan", "Mon, 99 Foo", "9" * 400)))}

    for answer in read(document, read_response(status, headers, msgspec.json.encode(body))):
        if isinstance(answer, Found):
            assert answer.value in documented(provider)
            assert 0 <= answer.confidence <= 100


@pytest.mark.parametrize("provider", SLUGS)
@settings(examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_bytes_that_are_no_document_never_raise_and_never_become_a_hit(provider: str, data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(documents(provider)))
    content = msgspec.json.encode(document.body)
    cut = data.draw(st.integers(0, len(content) - 1))
    noise = data.draw(st.binary(max_size=20))
    broken = data.draw(st.sampled_from((content[:cut], content + b"}", noise, b"<html>" + content, b"[" * 200_000)))

    answers = read(document, read_response(200, {}, broken))
    # A verification that says nothing leaves the address unknown.
    assert not any(isinstance(a, Found) and a.status is not Deliverability.UNKNOWN for a in answers)
