"""DNS that lies: whatever a name leads to, and whenever it changes, no socket goes to a forbidden address."""

import asyncio
import ssl

import dns.rcode
import msgspec
import pytest

from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import Unresolved, UrlRejected, Vetted, Vetting
from app.services import Services
from app.settings.settings import Settings
from tests.webhooks.conftest import Box, try_once
from tests.webhooks.lying_dns import LyingDns, Records, Told, always, first_then
from tests.webhooks.receiver import Receiver, listening
from webhooks.dispatcher import Dispatcher
from webhooks.sender import DeliveryOutcome
from webhooks.transport import BlockedError, UnresolvedError, post

PUBLIC = ("A", "8.8.8.8")
INSIDE = ("A", "127.0.0.1")
MANY = [("A", f"8.8.{n // 250}.{n % 250}") for n in range(1000)]
REBINDING_TRIES = 1000


@pytest.fixture
def strict(senders: Services) -> Services:
    """As an operator runs it who allows nothing private."""
    settings = msgspec.structs.replace(senders.settings, webhook_allow_private=())
    return msgspec.structs.replace(senders, settings=settings)


def _vetting(settings: Settings, dns_server: LyingDns) -> Vetting:
    return Vetting(settings, resolver=dns_server.resolver())


@pytest.mark.parametrize(
    ("records", "why"),
    [
        pytest.param([INSIDE], "not public", id="75-only-private"),
        pytest.param([("AAAA", "::1")], "not public", id="75-only-private-ipv6"),
        pytest.param([PUBLIC, INSIDE], "not public", id="76-public-and-private"),
        pytest.param([PUBLIC, ("AAAA", "::1")], "not public", id="77-public-and-private-ipv6"),
        pytest.param([("CNAME", "db.corp.example"), INSIDE], "not public", id="78-cname-to-inside"),
        pytest.param(
            [("CNAME", "a.example"), ("CNAME", "b.example"), ("AAAA", "fd00::1")], "not public", id="78-cname-chain"
        ),
        pytest.param([*MANY[:30], INSIDE], "not public", id="84-the-last-of-many"),
        pytest.param(MANY[:65], "more than 64", id="84-one-too-many"),
    ],
)
async def test_s1_a_name_with_any_forbidden_answer_is_refused_without_telling_the_address(
    strict: Services, dns_server: LyingDns, canary: Receiver, records: Records, why: str
) -> None:
    vetting = _vetting(strict.settings, dns_server)
    # 81: a wildcard that spells an address in the name.
    dns_server.lies["127.0.0.1.wildcard.example"] = always(*records)
    url = f"http://127.0.0.1.wildcard.example:{canary.port}/"
    submitted = await vetting.vet_url(url)
    tried = await try_once(strict, vetting, url)
    assert isinstance(submitted, UrlRejected)
    assert why in submitted.reason
    assert (tried.outcome, tried.error) == (DeliveryOutcome.BLOCKED, submitted.reason)
    assert all(value not in submitted.reason.replace("127.0.0.1.wildcard", "") for _, value in records)
    assert canary.connections == 0


async def test_s1_84_a_thousand_answers_are_refused_at_the_connect(strict: Services, dns_server: LyingDns) -> None:
    dns_server.lies["many.example"] = always(*MANY)
    patient = msgspec.structs.replace(
        strict, settings=msgspec.structs.replace(strict.settings, webhook_timeout_seconds=15.0)
    )
    result = await try_once(patient, _vetting(strict.settings, dns_server), "https://many.example/")
    assert result.outcome is DeliveryOutcome.BLOCKED
    assert "more than 64" in (result.error or "")


@pytest.mark.parametrize("name", ["127.0.0.1.nip.example", "7f000001.sslip.example"])
async def test_s1_81_a_wildcard_that_spells_an_address_leads_nowhere(
    strict: Services, dns_server: LyingDns, canary: Receiver, name: str
) -> None:
    dns_server.otherwise = always(INSIDE)
    vetting = _vetting(strict.settings, dns_server)
    url = f"http://{name}:{canary.port}/"
    assert isinstance(await vetting.vet_url(url), UrlRejected)
    assert (await try_once(strict, vetting, url)).outcome is DeliveryOutcome.BLOCKED
    assert canary.connections == 0


async def test_s1_79_a_name_that_rebinds_between_submit_and_connect_reaches_nobody(
    strict: Services, dns_server: LyingDns, canary: Receiver
) -> None:
    vetting = _vetting(strict.settings, dns_server)
    dns_server.lies["rebind.example"] = first_then([PUBLIC], [INSIDE])
    url = f"http://rebind.example:{canary.port}/"
    assert isinstance(await vetting.vet_url(url), Vetted)
    result = await try_once(strict, vetting, url)
    assert (result.outcome, canary.connections) == (DeliveryOutcome.BLOCKED, 0)
    # Once at submit and once at connect: nothing that was found out earlier counted, nothing was asked a third time.
    assert dns_server.asked["rebind.example", "A"] == 2


async def test_s1_80_each_try_asks_anew(senders: Services, dns_server: LyingDns, canary: Receiver) -> None:
    vetting = _vetting(senders.settings, dns_server)
    dns_server.lies["flips.example"] = first_then([INSIDE], [("A", "10.0.0.1")])
    url = f"http://flips.example:{canary.port}/"
    assert (await try_once(senders, vetting, url)).outcome is DeliveryOutcome.DELIVERED
    assert (await try_once(senders, vetting, url)).outcome is DeliveryOutcome.BLOCKED
    assert canary.connections == 1


async def test_s1_82_a_single_label_is_never_completed_by_a_search_domain(
    senders: Services, strict: Services, dns_server: LyingDns
) -> None:
    dns_server.otherwise = always(PUBLIC)
    assert isinstance(await _vetting(strict.settings, dns_server).vet_url("http://redis/"), UrlRejected)
    # Where the operator allows networks a short name may be used, and must lead into one of them.
    assert isinstance(await _vetting(senders.settings, dns_server).vet_url("http://redis/"), UrlRejected)
    assert set(dns_server.asked) == {("redis", "A"), ("redis", "AAAA")}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param([], "has no address", id="84-no-answer"),
        pytest.param(dns.rcode.SERVFAIL, "cannot be resolved", id="84-servfail"),
        pytest.param(dns.rcode.NXDOMAIN, "has no address", id="nxdomain"),
        pytest.param(None, "did not return|did not answer", id="84-silence"),
    ],
)
async def test_s1_a_name_that_does_not_resolve_is_accepted_at_submit_and_tried_later(
    strict: Services, dns_server: LyingDns, told: Told, words: str
) -> None:
    dns_server.lies["quiet.example"] = lambda _: told
    vetting = _vetting(strict.settings, dns_server)
    async with asyncio.timeout(60):
        unresolved = await vetting.vet_url("https://quiet.example/")
    assert isinstance(unresolved, Unresolved)
    assert any(word in unresolved.reason for word in words.split("|"))
    async with asyncio.timeout(60):
        result = await try_once(strict, vetting, "https://quiet.example/")
    assert result.outcome in {DeliveryOutcome.UNREACHABLE, DeliveryOutcome.TIMEOUT}
    assert any(word in (result.error or "") for word in words.split("|"))


async def test_s4_a_thousand_tries_at_a_rebinding_name_never_reach_the_canary(
    strict: Services, dns_server: LyingDns
) -> None:
    settings = msgspec.structs.replace(strict.settings, webhook_allow_private=("127.0.0.2/32",))
    vetting, tls = _vetting(settings, dns_server), ssl.create_default_context()
    fine, bad = ("A", "127.0.0.2"), INSIDE
    answers: list[Records] = [[fine], [bad], [fine, bad], [fine, ("AAAA", "::1")], [bad, fine], [("AAAA", "::1")], []]
    dns_server.lies["rebind.example"] = lambda nth: answers[nth % len(answers)]
    at_once = asyncio.Semaphore(20)

    async def send(target: WebhookTarget) -> str:
        async with at_once:
            try:
                answer = await post(target, [], b"{}", vetting=vetting, tls=tls, budget=15.0)
            except (BlockedError, UnresolvedError) as error:
                return type(error).__name__
            return str(answer.status)

    async with listening() as canary, listening(host="127.0.0.2", port=canary.port) as receiver:
        target = WebhookTarget(scheme="http", host="rebind.example", port=receiver.port, path="/")
        came_of = await asyncio.gather(*(send(target) for _ in range(REBINDING_TRIES)))
        assert canary.connections == 0
        assert receiver.connections == came_of.count("200")
    assert min(came_of.count("200"), came_of.count("BlockedError")) > REBINDING_TRIES / 10
    assert set(came_of) == {"200", "BlockedError", "UnresolvedError"}


async def test_s5_a_silent_name_server_costs_five_seconds_and_no_more(strict: Services, dns_server: LyingDns) -> None:
    dns_server.otherwise = lambda _: None
    settings = msgspec.structs.replace(strict.settings, webhook_timeout_seconds=15.0)
    vetting, tls, loop = _vetting(settings, dns_server), ssl.create_default_context(), asyncio.get_running_loop()

    async def send(host: str) -> float:
        began = loop.time()
        target = WebhookTarget(scheme="https", host=host, port=443, path="/")
        with pytest.raises(UnresolvedError, match="within 5 seconds"):
            await post(target, [], b"{}", vetting=vetting, tls=tls, budget=15.0)
        return loop.time() - began

    seconds = await asyncio.gather(*(send(f"q{n}.example") for n in range(20)))
    assert min(seconds) > 4.5
    assert max(seconds) < 9.5  # not twice five, for two addresses or two questions


async def test_s5_a_silent_name_server_holds_no_slot_beyond_the_budget_of_a_try(
    services: Services, box: Box, dns_server: LyingDns, receiver: Receiver
) -> None:
    narrow = msgspec.structs.replace(services.settings, webhook_concurrency=2, webhook_concurrency_per_host=2)
    services = msgspec.structs.replace(services, settings=narrow)
    dns_server.otherwise = lambda _: None
    dispatcher = Dispatcher(services, vetting=_vetting(narrow, dns_server))
    hole = await box.account()
    stuck = await box.owe("http://hole.example/", owner=hole, count=2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await dispatcher.deliver_due()
    [healthy] = await box.owe(receiver.url, owner=hole)
    for delivery in stuck:
        [tried] = await box.tried(delivery, 1)
        assert "within 1 seconds" in tried.error
    [tried] = await box.tried(healthy, 1)
    assert tried.http_status == 200
    assert loop.time() - began < 5
    await dispatcher.drain(1)
