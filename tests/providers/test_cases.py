"""Every provider's declaration against its cases: the documented requests, and what the answers come to."""

from pathlib import Path

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Rejected
from app.domain.waterfall.policy import inputs
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.finder import Route
from app.providers.setup.configured_route import ConfiguredRoute
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.posting import TOKEN, Letterbox
from tests.providers.replay import (
    CASES,
    KEY,
    SECRET,
    Case,
    Expected,
    Vendor,
    account_paths,
    case_paths,
    load,
)
from tests.rows import row

SPECS = load_specs()
PROVIDERS = sorted({path.parent.name for path in case_paths()})


def choose(registry: Registry, provider: str, case: Case, contact: Contact) -> ConfiguredRoute:
    """Take the first way of asking whose inputs are there, as the waterfall does."""
    known = inputs(contact, case.email).keys()
    ways = [
        offer
        for mode in Mode
        for offer in registry.offers(mode)
        if offer.provider == provider and offer.field.value == case.field and offer.needs <= known
    ]
    assert ways, "no way of asking fits the contact"
    assert ways[0].unusable is None
    return ways[0]


def optional_routes(provider: str) -> tuple[str, ...]:
    """Name what the provider has besides what is asked by itself."""
    return tuple({r.name for spec in SPECS if spec.slug == provider for r in spec.routes if r.optional})


def told(answer: Answer) -> dict[str, object]:
    match answer:
        case Found():
            return {
                "outcome": "rejected" if answer.status is Deliverability.INVALID else "hit",
                "value": answer.value,
                "status": answer.status.value,
                "confidence": answer.confidence,
                "phoneType": answer.phone_type.value,
            }
        case Miss():
            return {"outcome": "miss"}
        case Rejected(reason=reason):
            return {"outcome": "rejected", "reason": reason}
        case Failed(trouble=trouble, reason=reason, retry_after=retry_after):
            return {"outcome": "failed", "trouble": trouble.value, "reason": reason, "retryAfter": retry_after}


def compare(expected: Expected, asked: AttemptResult, saved: list[Ticket], clock: FrozenClock) -> None:
    facts = told(asked.answer) | {
        "costUsd": str(asked.cost_usd.normalize()),
        "ticket": saved[0].values if saved else None,
        "tickets": [ticket.values for ticket in saved],
        "waits": clock.slept,
    }
    for name, attribute in zip(expected.__struct_encode_fields__, expected.__struct_fields__, strict=True):
        wanted = getattr(expected, attribute)
        if name == "also":
            assert {f.value: told(a)["outcome"] for f, a in asked.also.items()} == wanted
        elif wanted is not None:
            assert facts.get(name) == wanted, (
                f"{name}: the entry comes to {facts.get(name)!r}, the case expects {wanted!r}"
            )


def stored_after(route: Route, ticket: Ticket) -> list[tuple[str, str]]:
    """Name the requests after which a ticket may be stored: a task's start, or the end of one that comes first."""
    before = route.before
    starts = [route.request] + ([before.request] if before else [])
    if before and before.gives.keys() == ticket.values.keys() and before.poll.request:
        starts = [before.poll.request, route.request]
    return [(request.method, request.path) for request in starts]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_declaration_does_what_the_vendor_documents(provider: str, subtests: pytest.Subtests) -> None:
    for path in case_paths(provider):
        with row(subtests, path.stem):
            await check(path, provider)


async def check(path: Path, provider: str) -> None:
    """Ask as a case says, and compare the requests and what the answers come to."""
    case = load(path)
    contact = Contact(**case.contact)
    clock, saved = FrozenClock(), list[Ticket]()
    letterbox = Letterbox(clock, saved)
    vendor = Vendor(case.exchanges, letterbox, provider)

    async def save(ticket: Ticket) -> None:
        last = case.exchanges[vendor.seen - 1].request
        assert (last.method, last.path) in stored_after(offer.declared, ticket), "stored before the next request"
        saved.append(ticket)

    async with vendor.listening() as url, HttpExchange() as http:
        own = ProviderSettings(
            api_key=None if provider.startswith("sandbox") else KEY,
            api_secret=SECRET,
            base_url=url,
            routes=optional_routes(provider),
        )
        settings = Settings(providers={provider: own}, public_url=url.removesuffix("/vendor"))
        registry = Registry(settings, [spec for spec in SPECS if spec.slug == provider])
        offer = choose(registry, provider, case, contact)
        asked = await ProviderClient(http=http, clock=clock).ask(
            offer,
            contact,
            inputs(contact, case.email),
            mode=Mode.TEST if provider.startswith("sandbox") else Mode.LIVE,
            patience=case.patience,
            ticket=Ticket(values=case.ticket) if case.ticket else None,
            save_ticket=save,
            fields=frozenset(map(Field, case.fields or [case.field])),
            callbacks=letterbox,
        )

    assert vendor.complaints == []
    assert vendor.seen >= len(case.exchanges), "a documented request was not made"
    compare(case.expected, asked, saved, clock)
    if isinstance(asked.answer, Failed | Rejected):
        assert KEY not in asked.answer.reason
        assert TOKEN not in asked.answer.reason
        assert not any(value in asked.answer.reason for value in case.contact.values())


def test_no_case_is_left_out() -> None:
    files = {path for path in CASES.rglob("*") if path.is_file()}

    checked = {path for provider in PROVIDERS for path in case_paths(provider)}
    assert checked == files - set(account_paths())
