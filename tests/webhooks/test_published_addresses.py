"""Cases about addresses and transport that Svix, Convoy and Hook0 publish, under their names, against our sender."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

import dns.asyncresolver
import dns.rcode
import msgspec
import pytest

from app.domain.webhooks.delivery import RetryAt, decide
from app.domain.webhooks.ip_policy import is_public, may_connect, parse_networks
from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import DnsResolver, Unresolved, Vetting
from app.services import Services
from app.settings.settings import Settings
from tests.play.clock import SetClock, retry_after
from tests.rows import each_row
from tests.webhooks.conftest import Box, try_once
from tests.webhooks.lying_dns import LyingDns, Told, always
from tests.webhooks.receiver import Receiver, answer, raw
from webhooks.dispatcher import Dispatcher
from webhooks.sender import DeliveryOutcome
from webhooks.transport import BlockedError, ReceivedResponse, post


async def _post(receiver: Receiver, settings: Settings, headers: Sequence[tuple[str, str]]) -> ReceivedResponse:
    vetting = Vetting(settings)
    target = vetting.check_url(receiver.url)
    assert isinstance(target, WebhookTarget)
    return await post(target, headers, b"{}", vetting=vetting, tls=ssl.create_default_context(), budget=5.0)


@each_row(
    "text",
    [
        *("10.254.3.1", "172.16.9.9", "192.168.10.65", "0.1.2.3", "0.0.0.0", "127.0.0.1", "169.254.45.1"),  # noqa: S104
        *("255.255.255.255", "192.0.2.255", "198.51.100.65", "203.0.113.6", "100.100.0.0", "192.0.0.255"),
        *("250.10.20.30", "198.18.0.0", "::", "::1", "::ffff:10.254.0.0", "fc02::1", "fe80::1", "2001:db8:1::"),
    ],
)
def test_w10_svix_is_allowed_test_refuses(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "80.9.12.3", "191.255.255.255", "2606:4700:4700::1111", "2a00:1450::1"])
def test_w10_svix_is_allowed_test_allows(text: str) -> None:
    assert is_public(ip_address(text))


def test_w10_svix_whitelisted_subnets_are_allowed_and_their_neighbours_are_not() -> None:
    allowed = parse_networks(["10.254.0.0/24", "fd00:1::/32"])
    assert may_connect(ip_address("10.254.0.7"), allowed)
    assert may_connect(ip_address("fd00:1::7"), allowed)
    assert not may_connect(ip_address("10.254.1.7"), allowed)
    assert not may_connect(ip_address("fd00:2::7"), allowed)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_w10_svix_no_redirects_policy(
    services: Services, box: Box, receiver: Receiver, canary: Receiver, status: int
) -> None:
    receiver.default = answer(status, Location=f"http://127.0.0.1:{canary.port}/")
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()
    [tried] = await box.tried(delivery, 1)
    assert (tried.http_status, (await box.row(delivery)).state, canary.connections) == (status, "pending", 0)
    await dispatcher.drain(1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param(timedelta(minutes=2), 120.0, id="date"),
        pytest.param("120", 120.0, id="seconds"),
        pytest.param("120.6", 120.6, id="fraction"),
        pytest.param("in a while", None, id="garbage"),
        pytest.param("", None, id="empty"),
    ],
)
async def test_w10_svix_retry_after(
    senders: Services, receiver: Receiver, clock: SetClock, header: str | timedelta, seconds: float | None
) -> None:
    receiver.default = answer(429, Retry_After=retry_after(clock, header))
    result = await try_once(senders, Vetting(senders.settings), receiver.url)
    assert (result.http_status, result.retry_after) == (429, seconds)
    decided = decide((10.0,), 1, 429, retry_after=result.retry_after, now=clock.now(), jitter=0)
    assert isinstance(decided, RetryAt)
    assert (decided.at - clock.now()).total_seconds() == (seconds or 10.0)


async def test_w10_convoy_blocked_ip_is_a_failed_attempt_with_a_reason(services: Services, box: Box) -> None:
    closed = msgspec.structs.replace(
        services, settings=msgspec.structs.replace(services.settings, webhook_deny=("0.0.0.0/0",))
    )
    [delivery] = await box.owe("http://127.0.0.1:9/hook")
    dispatcher = Dispatcher(closed)
    await dispatcher.deliver_due()
    [tried] = await box.tried(delivery, 1)
    assert tried.http_status is None
    assert "the operator of this service lets no webhooks go to 127.0.0.1" in tried.error
    await dispatcher.drain(1)


async def test_w10_convoy_oversized_body_is_cut_and_does_not_fail_the_attempt(
    senders: Services, receiver: Receiver
) -> None:
    receiver.default = answer(200, b"x" * 200_000)
    result = await try_once(senders, Vetting(senders.settings), receiver.url)
    assert (result.outcome, len(result.answer_excerpt or "")) == (DeliveryOutcome.DELIVERED, 1024)


async def test_w10_convoy_idempotency_header_cannot_be_overridden(senders: Services, receiver: Receiver) -> None:
    ours = [("webhook-id", "msg_1"), ("webhook-signature", "v1,ours"), ("Content-Type", "application/json")]
    theirs = [
        *(("Webhook-Id", "msg_2"), ("WEBHOOK-SIGNATURE", "v1,theirs"), ("content-type", "text/html")),
        *(("Host", "inside.example"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked")),
        *(("Connection", "keep-alive"), ("Upgrade", "h2c"), ("Expect", "100-continue"), ("X-Team", "growth")),
    ]
    await _post(receiver, senders.settings, [*ours, *theirs])
    [request] = receiver.requests
    assert (request.headers["webhook-id"], request.headers["webhook-signature"]) == ("msg_1", "v1,ours")
    assert request.body == b"{}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (request.headers["content-length"], request.headers["connection"]) == ("2", "close")
    assert not {"transfer-encoding", "upgrade", "expect"} & set(request.headers)
    assert request.headers["x-team"] == "growth"


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\0b", "a\u2028b", "\x7f"])
async def test_s1_66_a_line_break_in_a_header_reaches_nobody(senders: Services, receiver: Receiver, value: str) -> None:
    for header in (("X-Team", value), (value, "growth")):
        with pytest.raises(BlockedError):
            await _post(receiver, senders.settings, [header])
    assert receiver.connections == 0


@pytest.mark.parametrize("silent", [True, False], ids=["drops-packets", "closed-port"])
async def test_w10_hook0_unroutable_resolver_gives_up_inside_its_budget(senders: Services, *, silent: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", 0))
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], hole.getsockname()[1]
        if not silent:
            hole.close()
        async with asyncio.timeout(20):
            unresolved = await Vetting(senders.settings, resolver=DnsResolver(resolver)).vet_url("https://a.example/")
    assert isinstance(unresolved, Unresolved)


@pytest.mark.parametrize("told", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NXDOMAIN, []])
async def test_w10_hook0_a_resolver_that_fails_is_a_failed_attempt_not_a_lost_one(
    senders: Services, dns_server: LyingDns, told: Told
) -> None:
    dns_server.otherwise = lambda _: told
    vetting = Vetting(senders.settings, resolver=dns_server.resolver())
    assert (await try_once(senders, vetting, "https://a.example/")).outcome is DeliveryOutcome.UNREACHABLE


async def test_w10_hook0_a_name_with_public_and_private_answers_is_refused(
    senders: Services, dns_server: LyingDns
) -> None:
    dns_server.otherwise = always(("A", "8.8.8.8"), ("A", "10.0.0.1"))
    vetting = Vetting(senders.settings, resolver=dns_server.resolver())
    assert (await try_once(senders, vetting, "https://a.example/")).outcome is DeliveryOutcome.BLOCKED


async def test_w10_hook0_retry_after_only_ever_delays(senders: Services, receiver: Receiver, clock: SetClock) -> None:
    for header in ("0", "1", "9", "11", "3600", "999999999999", "Thu, 01 Jan 1970 00:00:00 GMT", "garbage"):
        receiver.script = [raw(f"HTTP/1.1 503 No\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n".encode())]
        result = await try_once(senders, Vetting(senders.settings), receiver.url)
        decided = decide((10.0,), 1, 503, retry_after=result.retry_after, now=clock.now(), jitter=0)
        assert isinstance(decided, RetryAt)
        assert 10 <= (decided.at - clock.now()).total_seconds() <= 3600
