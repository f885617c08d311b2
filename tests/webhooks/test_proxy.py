"""The optional egress proxy: every delivery goes through it, and every address is judged as without it."""

import asyncio
import base64
from collections.abc import AsyncIterator

import msgspec
import pytest

from app.egress import UrlRejected, Vetting
from app.services import Services
from tests.webhooks.conftest import try_once
from tests.webhooks.connect_proxy import ConnectProxy, connect_proxy
from tests.webhooks.lying_dns import LyingDns, always, first_then
from tests.webhooks.receiver import Receiver, answer, listening
from tests.webhooks.test_tls import Issue, issue  # noqa: F401 - a fixture
from webhooks.sender import DeliveryOutcome


@pytest.fixture
async def proxy() -> AsyncIterator[ConnectProxy]:
    async with connect_proxy() as one:
        yield one


def _behind(senders: Services, proxy_url: str, *allowed: str) -> Services:
    settings = msgspec.structs.replace(
        senders.settings, webhook_proxy=proxy_url, webhook_allow_private=allowed, webhook_timeout_seconds=3.0
    )
    return msgspec.structs.replace(senders, settings=settings)


def _vetting(services: Services, dns_server: LyingDns) -> Vetting:
    return Vetting(services.settings, resolver=dns_server.resolver())


async def test_w10_convoy_proxy_http_goes_through_a_tunnel_to_the_vetted_address(
    senders: Services, dns_server: LyingDns, proxy: ConnectProxy, receiver: Receiver
) -> None:
    # A public address, which only the proxy connects to: here it leads to the receiver.
    services = _behind(senders, proxy.url)
    dns_server.lies["hooks.example.com"] = always(("A", "8.8.8.8"))
    result = await try_once(services, _vetting(services, dns_server), f"http://hooks.example.com:{receiver.port}/hook")
    assert result.outcome is DeliveryOutcome.DELIVERED
    assert proxy.asked == [f"CONNECT 8.8.8.8:{receiver.port} HTTP/1.1"]
    assert receiver.requests[0].line == "POST /hook HTTP/1.1"
    assert receiver.requests[0].headers["host"] == f"hooks.example.com:{receiver.port}"
    assert not [name for name in receiver.requests[0].headers if "proxy" in name]


async def test_https_goes_through_a_tunnel_and_the_certificate_is_judged_by_the_name(
    senders: Services,
    dns_server: LyingDns,
    proxy: ConnectProxy,
    issue: Issue,  # noqa: F811 - the fixture
) -> None:
    services = _behind(senders, proxy.url)
    for host, outcome in (
        ("secure.example", DeliveryOutcome.DELIVERED),
        ("another.example", DeliveryOutcome.UNREACHABLE),
    ):
        dns_server.lies["secure.example"] = always(("AAAA", "2606:4700::1111"))
        async with listening(tls=issue(host, 30)) as receiver:
            url = f"https://secure.example:{receiver.port}/hook"
            result = await try_once(services, _vetting(services, dns_server), url)
            assert result.outcome is outcome
            assert proxy.asked[-1] == f"CONNECT [2606:4700::1111]:{receiver.port} HTTP/1.1"


async def test_the_proxy_is_told_who_we_are_and_the_receiver_is_not(
    senders: Services, dns_server: LyingDns, proxy: ConnectProxy, receiver: Receiver
) -> None:
    services = _behind(senders, f"http://us%3Aer:p%40ss@127.0.0.1:{proxy.port}")
    dns_server.lies["hooks.example.com"] = always(("A", "8.8.8.8"))
    url = f"http://hooks.example.com:{receiver.port}/"
    assert (await try_once(services, _vetting(services, dns_server), url)).outcome is DeliveryOutcome.DELIVERED
    credentials = base64.b64encode(b"us:er:p@ss").decode()
    assert f"Proxy-Authorization: Basic {credentials}" in proxy.heads[0]
    assert "webhook-signature" not in proxy.heads[0]
    assert "proxy-authorization" not in receiver.requests[0].headers


async def test_w10_convoy_proxy_addresses_are_judged_before_it_is_asked(
    senders: Services, dns_server: LyingDns, proxy: ConnectProxy, canary: Receiver
) -> None:
    services = _behind(senders, proxy.url)
    vetting = _vetting(services, dns_server)
    dns_server.lies["inside.example"] = always(("A", "127.0.0.1"))
    for host in ("127.0.0.1", "169.254.169.254", "[::1]", "localhost", "inside.example"):
        url = f"http://{host}:{canary.port}/"
        assert isinstance(await vetting.vet_url(url), UrlRejected)
        assert (await try_once(services, vetting, url)).outcome is DeliveryOutcome.BLOCKED
    dns_server.lies["rebind.example"] = first_then([("A", "8.8.8.8")], [("A", "127.0.0.1")])
    url = f"http://rebind.example:{canary.port}/"
    assert (await try_once(services, vetting, url)).outcome is DeliveryOutcome.DELIVERED
    assert (await try_once(services, vetting, url)).outcome is DeliveryOutcome.BLOCKED
    # The proxy cannot be rebound either: it was given an address, not a name.
    assert proxy.asked == [f"CONNECT 8.8.8.8:{canary.port} HTTP/1.1"]


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        pytest.param(403, DeliveryOutcome.BLOCKED, "refuses the receiver (it answered 403)", id="forbidden"),
        pytest.param(407, DeliveryOutcome.BLOCKED, "refuses the receiver (it answered 407)", id="smokescreen-denies"),
        pytest.param(
            502, DeliveryOutcome.UNREACHABLE, "does not reach the receiver (it answered 502)", id="bad-gateway"
        ),
        pytest.param(504, DeliveryOutcome.UNREACHABLE, "does not reach the receiver (it answered 504)", id="timeout"),
        pytest.param(302, DeliveryOutcome.UNREACHABLE, "it answered 302", id="redirect"),
        pytest.param(None, DeliveryOutcome.TIMEOUT, "", id="silence"),
    ],
)
async def test_what_the_proxy_refuses_is_a_failed_try_that_says_so(
    *,
    senders: Services,
    dns_server: LyingDns,
    proxy: ConnectProxy,
    status: int | None,
    outcome: DeliveryOutcome,
    words: str,
) -> None:
    services = _behind(senders, proxy.url)
    proxy.status = status
    dns_server.lies["hooks.example.com"] = always(("A", "8.8.8.8"))
    async with asyncio.timeout(60):
        result = await try_once(services, _vetting(services, dns_server), "https://hooks.example.com/")
    assert (result.outcome, result.http_status) == (outcome, None)
    assert words in (result.error or "")
    # What the proxy knows about our network stays there.
    assert "8.8.8.8" not in (result.error or "")
    assert "10.9.8.7" not in (result.error or "")


async def test_w10_convoy_without_its_proxy_nothing_is_sent_directly(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    async with connect_proxy() as gone:
        pass
    services = _behind(senders, gone.url, "127.0.0.0/8")
    dns_server.lies["hooks.example.com"] = always(("A", "127.0.0.1"))
    url = f"http://hooks.example.com:{receiver.port}/"
    result = await try_once(services, _vetting(services, dns_server), url)
    assert result.outcome is DeliveryOutcome.UNREACHABLE
    assert "egress proxy of this service cannot be reached" in (result.error or "")
    assert receiver.connections == 0


async def test_the_bounds_of_a_try_hold_behind_the_proxy(
    senders: Services, dns_server: LyingDns, proxy: ConnectProxy, receiver: Receiver, canary: Receiver
) -> None:
    services = _behind(senders, proxy.url)
    dns_server.lies["hooks.example.com"] = always(("A", "8.8.8.8"))
    vetting = _vetting(services, dns_server)
    receiver.default = answer(302, Location=f"http://127.0.0.1:{canary.port}/")
    url = f"http://hooks.example.com:{receiver.port}/"
    assert (await try_once(services, vetting, url)).outcome is DeliveryOutcome.REDIRECTED
    receiver.default = answer(200, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2**16)
    result = await try_once(services, vetting, url)
    assert (result.outcome, len(result.answer_excerpt or "")) == (DeliveryOutcome.DELIVERED, 1024)
    assert canary.connections == 0
