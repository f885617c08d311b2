"""Tokens for which credentials are exchanged, the gate of the looks, and a key that is part of the address."""

import logging
from collections.abc import Sequence

import pytest

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Found, Trouble
from app.domain.waterfall.policy import inputs
from app.domain.waterfall.provider_limits import GateKey, GateOpen, GateWait, Limit
from app.providers.client.client import AttemptResult, ProviderBalance, ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.auth import TokenExchange
from app.providers.declaration.spec import Auth, Finder, Mode, Poll, Spec, Values, get, on, post
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.replay import KEY
from tests.providers.wire import JANE, Wire, answer, forget

SECRET = "secret-of-the-tests"
TOKEN = b'{"access_token": "%s", "expires_in": 3600}'
DONE = b'{"email": "jane.smith@acme.example"}'
FIND = get("/find", {"name": "{name}"})
FINDER = Finder(
    ways=(("person", "name"),),
    request=FIND,
    verdicts=(on(202, "pending"), on(200, "answer", "", "object")),
    values=Values(at=("email",)),
    poll=Poll(every=1, limits=(Limit(calls=30, seconds=60),), counted=True),
)
EXCHANGED = Auth(
    headers={"Authorization": "Bearer {token}"},
    token=TokenExchange(
        request=post("/token", form={"id": "{key}", "secret": "{secret}"}),
        at="access_token",
        lasts="expires_in",
    ),
)


class Session:
    """A client of one made-up provider that asks several times."""

    def __init__(self, url: str, auth: Auth, clock: FrozenClock) -> None:
        """Set up the provider."""
        spec = Spec(
            slug="acme",
            title="Acme",
            tier="T1",
            base_url="https://api.acme.example",
            auth=auth,
            email=FINDER,
            limits=(Limit(calls=60, seconds=60),),
            balance=get("/left"),
            pools={"credits": "left"},
        )
        own = ProviderSettings(api_key=KEY, api_secret=SECRET, base_url=url)
        self.registry = Registry(Settings(providers={"acme": own}), [spec])
        self.clock = clock
        self.entered: list[tuple[GateKey, Sequence[Limit]]] = []
        self.http = HttpExchange()
        self.client = ProviderClient(http=self.http, clock=clock, enter=self.enter)

    async def enter(self, key: GateKey, limits: Sequence[Limit]) -> GateOpen | GateWait:
        self.entered.append((key, limits))
        return GateWait(seconds=9) if len(self.entered) == 1 else GateOpen()

    async def check(self) -> ProviderBalance:
        entry = self.registry.entry("acme")
        assert entry
        return await self.client.check(entry)

    async def ask(self) -> AttemptResult:
        return await self.client.ask(
            self.registry.offers(Mode.LIVE)[0],
            JANE,
            inputs(JANE),
            mode=Mode.LIVE,
            patience=5,
            ticket=None,
            save_ticket=forget,
            fields=frozenset({Field.EMAIL}),
        )


def sent(wire: Wire) -> list[str]:
    """List what was asked for, and with which token."""
    lines = [head.decode().split("\r\n") for head in wire.heads]
    tokens = [next((v[22:] for v in part if v.lower().startswith("authorization: bearer ")), "") for part in lines]
    return [f"{part[0].split('?')[0].split(' ')[1]} {token}".strip() for part, token in zip(lines, tokens, strict=True)]


async def test_a_token_is_exchanged_once_and_used_by_every_call_of_the_process() -> None:
    wire = Wire(answer(TOKEN % b"t1"), answer(DONE), answer(DONE), answer(b'{"left": 5}'))
    async with wire.listening() as url:
        session = Session(url, EXCHANGED, FrozenClock())
        async with session.http:
            assert isinstance((await session.ask()).answer, Found)
            assert isinstance((await session.ask()).answer, Found)
            assert (await session.check()).pools == {"credits": 5}

    assert sent(wire) == ["/token", "/find t1", "/find t1", "/left t1"]


async def test_a_token_is_renewed_before_its_hour_is_over() -> None:
    class Later(FrozenClock):
        seconds = 0.0

        def monotonic(self) -> float:
            return self.seconds

    clock = Later()
    wire = Wire(answer(TOKEN % b"t1"), answer(DONE), answer(TOKEN % b"t2"), answer(DONE))
    async with wire.listening() as url:
        session = Session(url, EXCHANGED, clock)
        async with session.http:
            await session.ask()
            clock.seconds = 3545
            await session.ask()

    assert sent(wire) == ["/token", "/find t1", "/token", "/find t2"]


async def test_a_refused_token_is_renewed_once_and_no_more() -> None:
    refused = answer(b"{}", "401 Unauthorized")
    wire = Wire(answer(TOKEN % b"t1"), refused, answer(TOKEN % b"t2"), refused)
    async with wire.listening() as url:
        session = Session(url, EXCHANGED, FrozenClock())
        async with session.http:
            asked = await session.ask()

    assert isinstance(asked.answer, Failed)
    assert asked.answer.trouble is Trouble.AUTH_ERROR
    assert sent(wire) == ["/token", "/find t1", "/token", "/find t2"]
    assert SECRET not in repr(asked)


async def test_credentials_that_are_refused_never_reach_the_look_up() -> None:
    wire = Wire(answer(b'{"error": "invalid_client"}', "400 Bad Request"))
    async with wire.listening() as url:
        session = Session(url, EXCHANGED, FrozenClock())
        async with session.http:
            asked = await session.ask()

    assert isinstance(asked.answer, Failed)
    assert asked.answer.trouble is Trouble.AUTH_ERROR
    assert asked.http_status == 400
    assert sent(wire) == ["/token"]


async def test_looks_wait_for_their_own_limits_and_count_in_the_providers() -> None:
    wire = Wire(answer(b"{}", "202 Accepted"), answer(DONE))
    async with wire.listening() as url:
        session = Session(url, Auth(headers={"X-Key": "{key}"}), FrozenClock())
        async with session.http:
            assert isinstance((await session.ask()).answer, Found)

    (key, limits), _ = session.entered
    assert key.route == "person+looks"
    assert limits == (Limit(calls=30, seconds=60, pool="/find"), Limit(calls=60, seconds=60, shared=True))
    assert session.clock.slept == [1, 9]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(answer(DONE), id="found"),
        pytest.param(answer(b"no", "500 Internal Server Error"), id="server error"),
        pytest.param(b"220 not HTTP\r\n\r\n", id="not HTTP"),
        pytest.param(answer(b"", "302 Found", "Location: http://127.0.0.1:1/?apiId=key-of-the-tests"), id="redirect"),
    ],
)
async def test_a_key_in_the_address_reaches_no_log_and_no_answer(part: bytes, caplog: pytest.LogCaptureFixture) -> None:
    for noisy in ("httpx", "aiohttp", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=noisy)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    wire = Wire(part)
    async with wire.listening() as url:
        session = Session(url, Auth(query={"apiId": "{key}"}), FrozenClock())
        async with session.http:
            asked = await session.ask()

    assert KEY.encode() in wire.heads[0]
    assert KEY not in repr(asked)
    assert not any(KEY in f"{record.getMessage()}{record.exc_text}" for record in caplog.records)


async def test_a_key_in_an_address_that_nobody_answers_reaches_no_log_and_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    async with Wire(answer(DONE)).listening() as url:
        pass
    session = Session(url, Auth(query={"apiId": "{key}"}), FrozenClock())
    async with session.http:
        asked = await session.ask()

    assert isinstance(asked.answer, Failed)
    assert KEY not in repr(asked)
    assert KEY not in caplog.text


async def test_a_fresh_ticket_that_is_not_known_yet_is_polled_again() -> None:
    acme = Spec(
        slug="acme",
        title="Acme",
        tier="T1",
        base_url="https://api.acme.example",
        auth=Auth(headers={"X-Key": "{key}"}),
        email=FINDER.but(
            verdicts=(on(202, "pending"), on(404, "ticket_lost"), on(200, "answer", "", "object")),
            poll=Poll(every=1, grace=1, ticket={"id": "id"}, request=get("/find/{id}")),
        ),
    )
    lost = answer(b"{}", "404 Not Found")
    outcomes = {}
    for name, parts, ticket in (
        ("fresh", (answer(b'{"id": 7}', "202 Accepted"), lost, answer(DONE)), None),
        ("lost", (answer(b'{"id": 7}', "202 Accepted"), lost, lost), None),
        ("resumed", (lost,), Ticket(values={"id": "7"})),
    ):
        async with Wire(*parts).listening() as url, HttpExchange() as http:
            own = ProviderSettings(api_key=KEY, base_url=url)
            registry = Registry(Settings(providers={"acme": own}), [acme])
            asked = await ProviderClient(http=http, clock=FrozenClock()).ask(
                registry.offers(Mode.LIVE)[0],
                JANE,
                inputs(JANE),
                mode=Mode.LIVE,
                patience=5,
                ticket=ticket,
                save_ticket=forget,
                fields=frozenset({Field.EMAIL}),
            )
            outcomes[name] = asked.answer.trouble if isinstance(asked.answer, Failed) else None

    assert outcomes == {"fresh": None, "lost": Trouble.TICKET_LOST, "resumed": Trouble.TICKET_LOST}
