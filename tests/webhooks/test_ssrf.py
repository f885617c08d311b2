"""Nobody reaches a private network through our dispatcher: a listening canary stays untouched."""

import asyncio
import re
import ssl
from pathlib import Path

import msgspec
import pytest

from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import UrlRejected, Vetted, Vetting
from app.services import Services
from app.settings.settings import Settings
from tests.webhooks.conftest import try_once
from tests.webhooks.lying_dns import LyingDns, always, first_then
from tests.webhooks.receiver import Receiver
from tests.webhooks.ssrf_cases import ADDRESSES, URLS
from webhooks.sender import DeliveryOutcome
from webhooks.transport import BlockedError, UnresolvedError, connect

PUBLIC = ("A", "8.8.8.8")
INSIDE = ("A", "127.0.0.1")


@pytest.fixture
def strict(senders: Services) -> Services:
    """As an operator runs it who allows nothing private."""
    settings = msgspec.structs.replace(senders.settings, webhook_allow_private=())
    return msgspec.structs.replace(senders, settings=settings)


def _vetting(settings: Settings, dns_server: LyingDns) -> Vetting:
    return Vetting(settings, resolver=dns_server.resolver())


def _with_port(url: str, port: int) -> str:
    """Point an http URL without a port at the canary, leaving its oddities as they are."""
    return re.sub(r"\A(http:/*(?:[^/\\?#]*@)?(?:\[[^\]]*\]|[^/\\?#:]+))(?=[/\\?#]|\Z)", rf"\g<1>:{port}", url)


def _host_as_written(url: str) -> str:
    """Take what stands where a host stands, as a careless parser would."""
    return re.sub(r"\A[^:]*:/*|[/?#].*\Z", "", url, flags=re.DOTALL).rpartition("@")[2].partition(":")[0]


def test_s1_each_of_the_ninety_cases_has_a_test() -> None:
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py")]
    named = re.compile(r'(?:\bid=f?"|_case\(|def test_s1_)(\d+)')
    assert {int(number) for text in texts for number in named.findall(text)} >= set(range(1, 91))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "127.1", "2130706433", "0", "::1", "::ffff:127.0.0.1"])
async def test_s1_the_canary_sings_when_it_is_reached(canary: Receiver, host: str) -> None:
    try:
        _, writer = await asyncio.open_connection(host, canary.port)
    except OSError:
        pytest.skip("this machine cannot reach itself that way")
    writer.write(b"POST / HTTP/1.1\r\n\r\n")
    await canary.wait_for(1)
    writer.close()
    assert canary.connections == 1


@pytest.mark.parametrize("url", URLS)
async def test_s1_no_url_of_the_catalogue_gets_past_submit_or_try(
    strict: Services, dns_server: LyingDns, canary: Receiver, url: str
) -> None:
    dns_server.otherwise = always(INSIDE)
    vetting = _vetting(strict.settings, dns_server)
    for spelled in {url, _with_port(url, canary.port)}:
        refused = await vetting.vet_url(spelled)
        assert isinstance(refused, UrlRejected)
        result = await try_once(strict, vetting, spelled)
        assert (result.outcome, result.http_status) == (DeliveryOutcome.BLOCKED, None)
        assert result.error == refused.reason
    assert dns_server.asked == {}
    assert canary.connections == 0


@pytest.mark.parametrize("url", URLS)
async def test_s1_no_host_of_the_catalogue_gets_past_the_connect(
    strict: Services, dns_server: LyingDns, canary: Receiver, url: str
) -> None:
    # As if the text had slipped through every parser: every name in the world leads to the canary.
    dns_server.otherwise = always(INSIDE)
    target = WebhookTarget(scheme="http", host=_host_as_written(url), port=canary.port, path="/")
    # What no DNS query can ask for is stopped before the vetting.
    with pytest.raises((BlockedError, UnresolvedError)):
        await connect(target, vetting=_vetting(strict.settings, dns_server), tls=ssl.create_default_context())
    assert canary.connections == 0


@pytest.mark.parametrize("address", ADDRESSES)
async def test_s1_no_address_of_the_catalogue_is_connected_to(
    strict: Services, dns_server: LyingDns, canary: Receiver, address: str
) -> None:
    vetting = _vetting(strict.settings, dns_server)
    kind = "AAAA" if ":" in address else "A"
    dns_server.lies["hooks.example.com"] = always((kind, address))
    literal = f"[{address}]" if ":" in address else address
    for url in (f"http://{literal}:{canary.port}/", f"http://hooks.example.com:{canary.port}/"):
        assert isinstance(await vetting.vet_url(url), UrlRejected)
        assert (await try_once(strict, vetting, url)).outcome is DeliveryOutcome.BLOCKED
    unchecked = WebhookTarget(scheme="http", host=address, port=canary.port, path="/", address=address)
    with pytest.raises(BlockedError, match="not public"):
        await connect(unchecked, vetting=vetting, tls=ssl.create_default_context())
    assert canary.connections == 0


async def test_the_socket_goes_to_the_address_that_was_judged(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    vetting = _vetting(senders.settings, dns_server)
    # Any further look-up would find nothing: the socket uses the very answer that was vetted.
    dns_server.lies["once.example"] = first_then([INSIDE], [])
    result = await try_once(senders, vetting, f"http://once.example:{receiver.port}/a?b=c")
    assert result.outcome is DeliveryOutcome.DELIVERED
    assert receiver.requests[0].line == "POST /a?b=c HTTP/1.1"
    assert receiver.requests[0].headers["host"] == f"once.example:{receiver.port}"


async def test_submissions_remember_a_host_for_a_while_and_share_a_look_up(
    strict: Services, dns_server: LyingDns
) -> None:
    dns_server.lies["hooks.example.com"] = always(PUBLIC)
    now = [0.0]
    vetting = Vetting(strict.settings, resolver=dns_server.resolver(), monotonic=lambda: now[0])
    many = await asyncio.gather(*(vetting.vet_url(f"https://hooks.example.com/{n}") for n in range(50)))
    assert all(isinstance(one, Vetted) for one in many)
    assert dns_server.asked["hooks.example.com", "A"] == 1
    now[0] = 31.0
    await vetting.vet_url("https://hooks.example.com/")
    assert dns_server.asked["hooks.example.com", "A"] == 2


async def test_s1_87_proxies_of_the_environment_are_not_asked(
    senders: Services, receiver: Receiver, canary: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{canary.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert (await try_once(senders, Vetting(senders.settings), receiver.url)).outcome is DeliveryOutcome.DELIVERED
    assert (len(receiver.requests), canary.connections) == (1, 0)


async def test_a_host_with_several_addresses_is_tried_address_by_address(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    # Nobody listens on 127.0.0.9 at this port; the next address takes the connection.
    dns_server.lies["two.example"] = always(("A", "127.0.0.9"), INSIDE)
    vetting = _vetting(senders.settings, dns_server)
    assert (
        await try_once(senders, vetting, f"http://two.example:{receiver.port}/")
    ).outcome is DeliveryOutcome.DELIVERED
