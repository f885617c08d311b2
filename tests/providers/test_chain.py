"""Look-ups of two tasks: what shows how far one has come, and what a look that buys nothing leaves alone."""

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Failed, Found, Trouble
from app.domain.waterfall.policy import inputs
from app.providers.client.client import ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Spec
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.posting import Letterbox
from tests.providers.replay import CASES, KEY, SECRET, Exchange, Vendor, load

FOUND = load(CASES / "snovio" / "34-company-found.json")
PERSON = Contact(**FOUND.contact)


def started(vendor: Vendor) -> list[str]:
    """List the tasks that were started, the token's exchange apart."""
    asked = [exchange.request for exchange in vendor.exchanges[: vendor.seen]]
    return [request.path for request in asked if request.path.endswith("/start")]


async def look_once(exchanges: list[Exchange], ticket: dict[str, str]) -> tuple[Vendor, object]:
    """Look once for the result of a call that was given up."""
    vendor, clock = Vendor(exchanges), FrozenClock()
    async with vendor.listening() as url, HttpExchange() as http:
        own = ProviderSettings(api_key=KEY, api_secret=SECRET, base_url=url)
        registry = Registry(Settings(providers={"snovio": own}))
        asked = await ProviderClient(http=http, clock=clock).poll_again(
            next(o for o in registry.offers(Mode.LIVE) if (o.provider, o.route) == ("snovio", "company")),
            PERSON,
            inputs(PERSON),
            mode=Mode.LIVE,
            patience=5,
            ticket=Ticket(values=ticket),
            fields=frozenset({Field.EMAIL}),
            callbacks=Letterbox(clock, []),
        )
    assert vendor.complaints == []
    return vendor, asked.answer if asked else None


async def test_a_look_that_buys_nothing_starts_no_second_task() -> None:
    token, _, domain, *_ = FOUND.exchanges

    vendor, answer = await look_once([token, domain], {"company_task": "company-1a"})

    assert answer is None
    assert started(vendor) == []


async def test_a_look_that_buys_nothing_takes_the_second_tasks_result() -> None:
    token, *_, result = FOUND.exchanges

    _, answer = await look_once([token, result], {"company_domain": "acme.example", "task_hash": "task-7f3a"})

    assert isinstance(answer, Found)


async def test_a_second_task_that_may_have_been_started_is_not_started_again() -> None:
    _, answer = await look_once([], {"company_domain": "acme.example"})

    assert isinstance(answer, Failed)
    assert answer.trouble is Trouble.INTERRUPTED


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.slug) for spec in load_specs()])
def test_the_parts_of_a_chain_are_told_apart_by_their_names(spec: Spec) -> None:
    for route in spec.routes:
        if route.before is None:
            continue
        assert route.poll
        names = [*route.before.poll.ticket, *route.before.gives, *route.poll.ticket]
        assert len(names) == len(set(names))
        assert all((route.before.poll.ticket, route.before.gives, route.poll.ticket))
        assert route.before.poll.every is not None
        assert not route.both
        assert route.price.call > 0
