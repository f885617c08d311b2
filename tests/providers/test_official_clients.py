"""Client libraries send the same request for the same look-up as our catalogue does, both watched on loopback."""

import asyncio

import pytest
import snovio

from app.domain.waterfall.policy import inputs
from app.providers.client.client import ProviderClient
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Mode
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.libraries import ROWS, SECRET, Row, listening
from tests.providers.replay import KEY
from tests.providers.wire import forget

NO_CLIENT = "neither PyPI nor npm has a client of the vendor's"
WITHOUT = {
    "anymailfinder": NO_CLIENT,
    "apollo": "there are clients of others only, and those match a person by e-mail address alone",
    "contactout": "the vendor publishes a node for n8n, no library",
    "datagma": NO_CLIENT,
    "dropcontact": NO_CLIENT,
    "enrow": "the vendor's Python client is not on PyPI",
    "findymail": "the vendor publishes a node for n8n, no library",
    "icypeas": NO_CLIENT,
    "kaspr": NO_CLIENT,
    "leadmagic": NO_CLIENT,
    "lusha": NO_CLIENT,
    "prospeo": "the vendor publishes an MCP server, no library",
    "skrapp": NO_CLIENT,
    "voilanorbert": NO_CLIENT,
    "wiza": NO_CLIENT,
}


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the library's constant back after each test."""
    monkeypatch.setattr(snovio, "SNOVIO_API_URL", snovio.SNOVIO_API_URL)


async def ours(wanted: Row, url: str) -> None:
    spec = next(spec for spec in load_specs() if spec.slug == wanted.slug)
    optional = tuple({route.name for route in spec.routes if route.optional})
    own = ProviderSettings(api_key=KEY, api_secret=SECRET, base_url=url, routes=optional)
    registry = Registry(Settings(providers={wanted.slug: own}))
    async with HttpExchange() as http:
        client = ProviderClient(http=http, clock=FrozenClock())
        if wanted.contact is None:
            entry = registry.entry(wanted.slug)
            assert entry
            await client.check(entry)
            return
        offer = next(
            offer
            for offer in registry.offers(Mode.LIVE)
            if (offer.provider, offer.field) == (wanted.slug, wanted.field)
            and offer.needs <= inputs(wanted.contact, wanted.email).keys()
        )
        await client.ask(
            offer,
            wanted.contact,
            inputs(wanted.contact, wanted.email),
            mode=Mode.LIVE,
            patience=10,
            ticket=None,
            save_ticket=forget,
            fields=wanted.fields or frozenset({wanted.field}),
        )


@pytest.mark.parametrize("wanted", ROWS)
async def test_a_library_sends_what_we_send(wanted: Row) -> None:
    async with listening(wanted.answers[-1]) as vendor:
        await asyncio.to_thread(wanted.theirs, vendor.url)
        library = vendor.seen[-1]
    async with listening(*wanted.answers) as vendor:
        await ours(wanted, vendor.url)
        own = vendor.seen[wanted.call]

    assert own.method == library.method
    if wanted.paths:
        assert (library.path, own.path) == wanted.paths
    else:
        assert own.path == library.path
    assert {name: value for name, value in own.members.items() if name not in wanted.extra} == library.members
    assert (library.credentials, own.credentials) == wanted.auth


def test_a_provider_is_compared_or_it_is_said_why_not() -> None:
    compared = {param.values[0].slug for param in ROWS}
    live = {spec.slug for spec in load_specs() if spec.mode is Mode.LIVE}

    assert compared | WITHOUT.keys() <= live
    assert not compared & WITHOUT.keys()
