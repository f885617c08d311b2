"""Nobody reaches a private network through our dispatcher: a listening canary stays untouched."""

import asyncio
import os
import re
from ipaddress import ip_address

import dns.rcode
import msgspec
import pytest

from app.config import Settings
from app.context import Services
from app.egress import Refused, Unresolved, Vetted, Vetting, is_own
from tests.webhooks.conftest import try_once
from tests.webhooks.lying_dns import LyingDns, Told, always, first_then
from tests.webhooks.receiver import Receiver
from tests.webhooks.ssrf_cases import ADDRESSES, URLS
from webhooks.sender import Outcome

PUBLIC = ("A", "8.8.8.8")
INSIDE = ("A", "127.0.0.1")


def _strict(senders: Services) -> Services:
    """As an operator runs it who allows nothing private."""
    return msgspec.structs.replace(
        senders, settings=msgspec.structs.replace(senders.settings, webhook_allow_private=())
    )


def _vetting(settings: Settings, dns_server: LyingDns) -> Vetting:
    return Vetting(settings, resolver=dns_server.resolver())


def _with_port(url: str, port: int) -> str:
    """Point an http URL without a port at the canary, leaving its oddities as they are."""
    return re.sub(r"\A(http:/*(?:[^/\\?#]*@)?(?:\[[^\]]*\]|[^/\\?#:]+))(?=[/\\?#]|\Z)", rf"\g<1>:{port}", url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "127.1", "2130706433", "0", "::1", "::ffff:127.0.0.1"])
async def test_the_canary_sings_when_it_is_reached(canary: Receiver, host: str) -> None:
    try:
        _, writer = await asyncio.open_connection(host, canary.port)
    except OSError:
        pytest.skip("this machine cannot reach itself that way")
    writer.write(b"POST / HTTP/1.1\r\n\r\n")
    await canary.wait_for(1)
    writer.close()
    assert canary.connections == 1


@pytest.mark.parametrize("url", URLS)
async def test_no_url_of_the_catalogue_gets_past_submit_or_connect(
    senders: Services, dns_server: LyingDns, canary: Receiver, url: str
) -> None:
    strict = _strict(senders)
    vetting = _vetting(strict.settings, dns_server)
    for spelled in {url, _with_port(url, canary.port)}:
        assert isinstance(await vetting.vet_url(spelled), Refused)
        result = await try_once(strict, vetting, spelled)
        assert (result.outcome, result.http_status) == (Outcome.BLOCKED, None)
        assert result.error
    assert dns_server.asked == {}
    assert canary.connections == 0


@pytest.mark.parametrize("address", ADDRESSES)
async def test_no_address_of_the_catalogue_is_connected_to(
    senders: Services, dns_server: LyingDns, canary: Receiver, address: str
) -> None:
    strict = _strict(senders)
    vetting = _vetting(strict.settings, dns_server)
    kind = "AAAA" if ":" in address else "A"
    dns_server.lies["hooks.example.com"] = always((kind, address))
    literal = f"[{address}]" if ":" in address else address
    for url in (f"http://{literal}:{canary.port}/", f"http://hooks.example.com:{canary.port}/"):
        assert isinstance(await vetting.vet_url(url), Refused)
        assert (await try_once(strict, vetting, url)).outcome is Outcome.BLOCKED
    assert canary.connections == 0


@pytest.mark.parametrize(
    ("records", "why"),
    [
        pytest.param([INSIDE], "not public", id="75-only-private"),
        pytest.param([PUBLIC, INSIDE], "not public", id="76-public-and-private"),
        pytest.param([PUBLIC, ("AAAA", "::1")], "not public", id="77-public-and-private-ipv6"),
        pytest.param([("CNAME", "db.corp.example"), INSIDE], "not public", id="78-cname-to-inside"),
        pytest.param(
            [("CNAME", "a.example"), ("CNAME", "b.example"), ("AAAA", "fd00::1")], "not public", id="78-cname-chain"
        ),
        pytest.param([("A", f"8.8.{n // 256}.{n % 256}") for n in range(100)], "more than 64", id="84-many-answers"),
    ],
)
async def test_a_name_with_any_forbidden_answer_is_refused_without_telling_the_address(
    senders: Services, dns_server: LyingDns, canary: Receiver, records: list[tuple[str, str]], why: str
) -> None:
    strict = _strict(senders)
    vetting = _vetting(strict.settings, dns_server)
    dns_server.lies["127.0.0.1.wildcard.example"] = always(*records)
    url = f"http://127.0.0.1.wildcard.example:{canary.port}/"
    submitted = await vetting.vet_url(url)
    tried = await try_once(strict, vetting, url)
    assert isinstance(submitted, Refused)
    assert why in submitted.reason
    assert tried.error == submitted.reason
    assert all(value not in submitted.reason.replace("127.0.0.1.wildcard", "") for _, value in records)
    assert canary.connections == 0


async def test_79_a_name_that_rebinds_between_submit_and_connect_reaches_nobody(
    senders: Services, dns_server: LyingDns, canary: Receiver
) -> None:
    strict = _strict(senders)
    vetting = _vetting(strict.settings, dns_server)
    dns_server.lies["rebind.example"] = first_then([PUBLIC], [INSIDE])
    url = f"http://rebind.example:{canary.port}/"
    assert isinstance(await vetting.vet_url(url), Vetted)
    result = await try_once(strict, vetting, url)
    assert (result.outcome, canary.connections) == (Outcome.BLOCKED, 0)
    # Once at submit and once at connect: nothing that was found out earlier counted, nothing was asked a third time.
    assert dns_server.asked["rebind.example", "A"] == 2


async def test_80_each_try_asks_anew(senders: Services, dns_server: LyingDns, canary: Receiver) -> None:
    vetting = _vetting(senders.settings, dns_server)
    dns_server.lies["flips.example"] = first_then([INSIDE], [("A", "10.0.0.1")])
    url = f"http://flips.example:{canary.port}/"
    assert (await try_once(senders, vetting, url)).outcome is Outcome.DELIVERED
    assert (await try_once(senders, vetting, url)).outcome is Outcome.BLOCKED
    assert canary.connections == 1


async def test_the_socket_goes_to_the_address_that_was_judged(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    vetting = _vetting(senders.settings, dns_server)
    # Any further look-up would find nothing: the socket uses the very answer that was vetted.
    dns_server.lies["once.example"] = first_then([INSIDE], [])
    result = await try_once(senders, vetting, f"http://once.example:{receiver.port}/a?b=c")
    assert result.outcome is Outcome.DELIVERED
    assert receiver.requests[0].line == "POST /a?b=c HTTP/1.1"
    assert receiver.requests[0].headers["host"] == f"once.example:{receiver.port}"


async def test_83_our_own_address_is_refused(senders: Services, canary: Receiver) -> None:
    own = msgspec.structs.replace(senders.settings, public_url=f"http://127.0.0.1:{canary.port}/")
    vetting = Vetting(own)
    assert isinstance(await vetting.vet_url(f"http://127.0.0.1:{canary.port}/api/v1/enrich"), Refused)
    assert isinstance(await vetting.vet_url("http://127.0.0.1:1/"), Vetted)
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("192.0.2.7"))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param([], "has no address", id="84-no-answer"),
        pytest.param(dns.rcode.SERVFAIL, "cannot be resolved", id="84-servfail"),
        pytest.param(dns.rcode.NXDOMAIN, "has no address", id="nxdomain"),
        pytest.param(None, "did not tell", id="84-silence"),
    ],
)
async def test_a_name_that_does_not_resolve_is_accepted_at_submit_and_tried_later(
    senders: Services, dns_server: LyingDns, told: Told, words: str
) -> None:
    dns_server.lies["quiet.example"] = lambda _: told
    vetting = _vetting(_strict(senders).settings, dns_server)
    async with asyncio.timeout(1.5):
        unresolved = await vetting.vet_url("https://quiet.example/")
    assert isinstance(unresolved, Unresolved)
    assert words in unresolved.reason


async def test_84_a_silent_name_server_costs_five_seconds_and_no_more(senders: Services, dns_server: LyingDns) -> None:
    dns_server.lies["quiet.example"] = lambda _: None
    patient = msgspec.structs.replace(senders, settings=msgspec.structs.replace(senders.settings, webhook_timeout=15.0))
    vetting = _vetting(patient.settings, dns_server)
    async with asyncio.timeout(6.5):
        result = await try_once(patient, vetting, "https://quiet.example/")
    assert result.outcome is Outcome.BLOCKED
    assert "did not tell the address" in (result.error or "")


async def test_submissions_remember_a_host_for_a_while_and_share_a_look_up(
    senders: Services, dns_server: LyingDns
) -> None:
    dns_server.lies["hooks.example.com"] = always(PUBLIC)
    now = [0.0]
    vetting = Vetting(_strict(senders).settings, resolver=dns_server.resolver(), monotonic=lambda: now[0])
    many = await asyncio.gather(*(vetting.vet_url(f"https://hooks.example.com/{n}") for n in range(50)))
    assert all(isinstance(one, Vetted) for one in many)
    assert dns_server.asked["hooks.example.com", "A"] == 1
    now[0] = 31.0
    await vetting.vet_url("https://hooks.example.com/")
    assert dns_server.asked["hooks.example.com", "A"] == 2


async def test_local_names_lead_only_where_the_operator_allows(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    # Resolved by the system itself, as a developer's localhost is.
    result = await try_once(senders, Vetting(senders.settings), f"http://localhost:{receiver.port}/hook")
    assert result.outcome is Outcome.DELIVERED
    dns_server.lies["db.internal"] = always(PUBLIC)
    vetting = _vetting(senders.settings, dns_server)
    assert isinstance(await vetting.vet_url("http://db.internal/"), Refused)
    dns_server.lies["closed-port.example"] = always(PUBLIC)
    assert isinstance(await vetting.vet_url("http://closed-port.example:6379/"), Refused)


async def test_87_proxies_of_the_environment_are_not_asked(
    senders: Services, receiver: Receiver, canary: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{canary.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert os.environ["ALL_PROXY"]
    assert (await try_once(senders, Vetting(senders.settings), receiver.url)).outcome is Outcome.DELIVERED
    assert (len(receiver.requests), canary.connections) == (1, 0)


async def test_a_host_with_several_addresses_is_tried_address_by_address(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    # Nobody listens on 127.0.0.9 at this port; the next address takes the connection.
    dns_server.lies["two.example"] = always(("A", "127.0.0.9"), INSIDE)
    vetting = _vetting(senders.settings, dns_server)
    assert (await try_once(senders, vetting, f"http://two.example:{receiver.port}/")).outcome is Outcome.DELIVERED
