"""Vendors that post their result: given a URL, awaited instead of looked at, and never asked twice for it."""

from typing import Any

import msgspec
import pytest

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Found, Trouble
from app.domain.waterfall.policy import inputs
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Auth, Finder, Limit, Mode, Poll, Spec, Values, get, on, post
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.posting import PART, Letterbox
from tests.providers.replay import KEY, Answered, Exchange, Sent, Vendor
from tests.providers.wire import JANE

ONLY_POSTS = Poll(every=None, callback=60, verdicts=(on(200, "answer", "email", "present"), on(200, "miss")))
BOTH = Poll(
    every=1,
    callback=60,
    request=get("/look"),
    verdicts=(on(200, "pending", "state", among=("working",)), on(200, "answer", "email", "present")),
)
START = Exchange(
    request=Sent(method="POST", path="/find", json={"person": {"name": "Jane Smith"}, "tell": "{callback_url}"}),
    response=Answered(status=202, json={}),
)
LOOK = Exchange(request=Sent(method="GET", path="/look"), response=Answered(json={"email": "jane.smith@acme.example"}))
FOUND = {"email": "jane.smith@acme.example"}


def acme(poll: Poll) -> Spec:
    """A vendor that nobody has a word of code for."""
    finder = Finder(
        ways=(("person", "name"),),
        request=post("/find", {"person": {"name": "{name}"}, "tell": "{callback_url}"}),
        verdicts=(on(202, "pending"),),
        values=Values(at=("email",)),
        poll=poll,
    )
    return Spec(
        slug="acme",
        title="Acme",
        tier="T1",
        base_url="https://api.acme.example",
        auth=Auth(headers={"X-Key": "{key}"}),
        email=finder,
        limits=(Limit(calls=60, seconds=60),),
    )


class Played:
    """One call of it."""

    def __init__(self, poll: Poll, exchanges: list[Exchange]) -> None:
        """Prepare vendor and letterbox."""
        self.clock, self.saved = FrozenClock(), list[Ticket]()
        self.letterbox = Letterbox(self.clock, self.saved)
        self.vendor = Vendor(exchanges, self.letterbox, "acme")
        self.spec = acme(poll)

    async def ask(
        self, *, ticket: Ticket | None = None, deaf: bool = False, once: bool = False
    ) -> AttemptResult | None:
        """Ask, or look once for what is late."""

        async def save(made: Ticket) -> None:
            self.saved.append(made)

        async with self.vendor.listening() as url, HttpExchange() as http:
            own = ProviderSettings(api_key=KEY, base_url=url)
            public = url.removesuffix("/vendor")
            registry = Registry(Settings(providers={"acme": own}, public_url=public), [self.spec])
            client, (offer,) = ProviderClient(http=http, clock=self.clock), registry.offers(Mode.LIVE)
            given: dict[str, Any] = {"mode": Mode.LIVE, "patience": 0.3, "fields": frozenset({Field.EMAIL})}
            if once and ticket:
                return await client.poll_again(
                    offer, JANE, inputs(JANE), ticket=ticket, callbacks=self.letterbox, **given
                )
            mailbox = None if deaf else self.letterbox
            return await client.ask(
                offer, JANE, inputs(JANE), ticket=ticket, save_ticket=save, callbacks=mailbox, **given
            )


def trouble(asked: AttemptResult | None) -> Trouble | None:
    return asked.answer.trouble if asked and isinstance(asked.answer, Failed) else None


async def test_a_vendor_that_only_posts_is_never_looked_at() -> None:
    played = Played(ONLY_POSTS, [msgspec.structs.replace(START, posts=FOUND)])
    asked = await played.ask()
    assert played.vendor.complaints == []
    assert asked
    assert isinstance(asked.answer, Found)
    assert [ticket.values for ticket in played.saved] == [{"callback": PART}]


async def test_a_vendor_that_posts_nothing_in_time_is_given_up_and_may_post_later() -> None:
    played = Played(ONLY_POSTS, [START])
    assert trouble(await played.ask()) is Trouble.TIMEOUT
    late = Played(ONLY_POSTS, [])
    assert await late.ask(ticket=played.saved[0], once=True) is None
    late.letterbox.body = msgspec.json.encode(FOUND)
    asked = await late.ask(ticket=played.saved[0], once=True)
    assert asked
    assert isinstance(asked.answer, Found)
    assert late.clock.slept == [0.0]


async def test_a_callback_that_is_over_is_a_lost_ticket() -> None:
    played = Played(ONLY_POSTS, [])
    played.letterbox.gone = True
    assert trouble(await played.ask(ticket=Ticket(values={"callback": PART}))) is Trouble.TICKET_LOST


async def test_a_vendor_whose_callback_is_over_is_still_looked_at() -> None:
    played = Played(BOTH, [LOOK])
    played.letterbox.gone = True
    asked = await played.ask(ticket=Ticket(values={"callback": PART}))
    assert asked
    assert isinstance(asked.answer, Found)


async def test_a_post_that_is_not_the_end_is_read_once_and_looked_after() -> None:
    played = Played(BOTH, [msgspec.structs.replace(START, posts={"state": "working"}), LOOK])
    asked = await played.ask()
    assert played.vendor.complaints == []
    assert asked
    assert isinstance(asked.answer, Found)


async def test_without_a_mailbox_nothing_is_sent() -> None:
    played = Played(ONLY_POSTS, [])
    assert trouble(await played.ask(deaf=True)) is Trouble.BAD_REQUEST
    assert played.vendor.complaints == []


@pytest.mark.parametrize(
    ("public_url", "base_url", "reason"),
    [
        pytest.param(None, None, "LEADRUN_PUBLIC_URL is not set", id="none"),
        pytest.param("http://leads.example", None, "LEADRUN_PUBLIC_URL does not begin with https://", id="http"),
        pytest.param("https://leads.example", None, None, id="https"),
        pytest.param("http://127.0.0.1:1", "http://127.0.0.1:2", None, id="a played vendor"),
    ],
)
def test_the_way_is_open_only_where_the_vendor_can_reach_us(
    public_url: str | None, base_url: str | None, reason: str | None
) -> None:
    own = ProviderSettings(api_key=KEY, base_url=base_url)
    registry = Registry(Settings(providers={"apollo": own}, public_url=public_url))
    offers = [o for o in registry.offers(Mode.LIVE) if o.provider == "apollo"]
    assert {o.unusable for o in offers if o.field is Field.PHONE} == {reason}
    assert {o.unusable for o in offers if o.field is Field.EMAIL} == {None}
    assert next(listed.type for listed in registry.listing(Mode.LIVE) if listed.name == "apollo") == "both"
