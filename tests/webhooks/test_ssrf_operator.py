"""What the operator says about addresses: networks allowed and denied, https alone, and where we are ourselves."""

from ipaddress import ip_address

import msgspec
import pytest

from app.egress import UrlRejected, Vetted, Vetting, is_own
from app.services import Services
from app.settings.reading import masked, read_settings
from app.settings.settings import Settings, SettingsError
from tests.webhooks.conftest import LOOPBACK, try_once
from tests.webhooks.lying_dns import LyingDns, always
from tests.webhooks.receiver import Receiver
from webhooks.sender import DeliveryOutcome

PUBLIC = ("A", "8.8.8.8")


def _vetting(dns_server: LyingDns, **settings: object) -> Vetting:
    return Vetting(msgspec.convert(settings, Settings), resolver=dns_server.resolver())


@pytest.mark.parametrize(
    ("record", "url"),
    [
        pytest.param(("A", "127.0.0.5"), "http://127.0.0.5/", id="inside-an-allowed-network"),
        pytest.param(("A", "8.8.8.8"), "http://8.8.8.8/", id="public"),
        pytest.param(("AAAA", "2606:4700::1"), "http://[2606:4700::1]/", id="public-ipv6"),
        pytest.param(("AAAA", "64:ff9b::808:808"), "http://[64:ff9b::808:808]/", id="carried-by-nat64"),
        pytest.param(("AAAA", "::ffff:8.8.8.8"), "http://[::ffff:8.8.8.8]/", id="mapped"),
        pytest.param(("AAAA", "2002:808:808::1"), "http://[2002:808:808::1]/", id="carried-by-6to4"),
    ],
)
async def test_a_denied_network_wins_over_an_allowed_one(
    dns_server: LyingDns, record: tuple[str, str], url: str
) -> None:
    everything = ("0.0.0.0/0", "::/0")
    dns_server.otherwise = always(record)
    closed = ("127.0.0.4/30", "8.8.8.0/24", "2606:4700::/32")
    permissive = _vetting(dns_server, webhook_allow_private=everything)
    for one in (url, "http://hooks.example.com/"):
        assert isinstance(await permissive.vet_url(one), Vetted)
        refused = await _vetting(dns_server, webhook_allow_private=everything, webhook_deny=closed).vet_url(one)
        assert isinstance(refused, UrlRejected)
        assert "use" in refused.reason


async def test_a_denied_network_is_denied_at_the_connect(
    senders: Services, dns_server: LyingDns, canary: Receiver
) -> None:
    dns_server.lies["hooks.example.com"] = always(("A", "127.0.0.1"))
    vetting = _vetting(dns_server, webhook_allow_private=LOOPBACK, webhook_deny=("127.0.0.0/8",))
    result = await try_once(senders, vetting, f"http://hooks.example.com:{canary.port}/")
    assert (result.outcome, canary.connections) == (DeliveryOutcome.BLOCKED, 0)


async def test_allowing_a_nat64_network_still_judges_the_ipv4_address_behind_it(dns_server: LyingDns) -> None:
    vetting = _vetting(dns_server, webhook_allow_private=("64:ff9b::/96",))
    assert isinstance(await vetting.vet_url("http://[64:ff9b::808:808]/"), Vetted)
    assert isinstance(await vetting.vet_url("http://[64:ff9b::7f00:1]/"), UrlRejected)
    assert isinstance(await vetting.vet_url("http://[64:ff9b::a9fe:a9fe]/"), UrlRejected)


async def test_w10_svix_endpoint_https_only(dns_server: LyingDns) -> None:
    dns_server.otherwise = always(PUBLIC)
    vetting = _vetting(dns_server, webhook_https_only=True)
    refused = await vetting.vet_url("http://hooks.example.com/")
    assert isinstance(refused, UrlRejected)
    assert "https://" in refused.reason
    assert isinstance(await vetting.vet_url("https://hooks.example.com/"), Vetted)
    assert isinstance(await _vetting(dns_server).vet_url("http://hooks.example.com/"), Vetted)


@pytest.mark.parametrize(
    "url",
    [
        "https://leads.example.com/api/v1/enrich",
        "https://LEADS.example.com./",
        "https://leads.example.com:8443/",
        "http://leads.example.com/",
        "http://ｌｅａｄｓ.example.com/",  # noqa: RUF001 - the case
    ],
)
async def test_s1_83_the_host_of_our_public_url_is_refused_on_every_port(dns_server: LyingDns, url: str) -> None:
    dns_server.otherwise = always(PUBLIC)
    vetting = _vetting(dns_server, public_url="https://Leads.Example.com/leadrun/")
    refused = await vetting.vet_url(url)
    assert isinstance(refused, UrlRejected)
    assert "this service itself" in refused.reason
    assert dns_server.asked == {}
    assert isinstance(await vetting.vet_url("https://hooks.example.com/"), Vetted)


async def test_s1_83_beside_our_public_url_only_what_the_operator_allows_by_network(dns_server: LyingDns) -> None:
    dns_server.otherwise = always(PUBLIC)
    vetting = _vetting(dns_server, public_url="http://localhost:8000", webhook_allow_private=LOOPBACK)
    assert isinstance(await vetting.vet_url("http://localhost:8000/"), UrlRejected)
    dns_server.otherwise = always(("A", "127.0.0.1"))
    vetting = _vetting(dns_server, public_url="http://127.0.0.1:8000", webhook_allow_private=LOOPBACK)
    assert isinstance(await vetting.vet_url("http://127.0.0.1:8000/api/v1/enrich"), UrlRejected)
    assert isinstance(await vetting.vet_url("http://127.0.0.1:8081/"), Vetted)
    dns_server.otherwise = always(PUBLIC)
    vetting = _vetting(dns_server, public_url="https://leads.example.com", webhook_allow_private=LOOPBACK)
    assert isinstance(await vetting.vet_url("http://leads.example.com:8443/"), UrlRejected)


async def test_s1_83_our_own_egress_address_is_refused_once_the_operator_names_it(dns_server: LyingDns) -> None:
    dns_server.otherwise = always(("A", "8.8.4.4"))
    assert isinstance(
        await _vetting(dns_server, webhook_deny=("8.8.4.4/32",)).vet_url("https://hooks.example.com/"), UrlRejected
    )
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("192.0.2.77"))


async def test_local_names_lead_only_where_the_operator_allows(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    # Resolved by the system itself, as a developer's localhost is.
    result = await try_once(senders, Vetting(senders.settings), f"http://localhost:{receiver.port}/hook")
    assert result.outcome is DeliveryOutcome.DELIVERED
    dns_server.otherwise = always(PUBLIC)
    vetting = _vetting(dns_server, webhook_allow_private=LOOPBACK)
    assert isinstance(await vetting.vet_url("http://db.internal/"), UrlRejected)
    assert isinstance(await vetting.vet_url("http://closed-port.example:6379/"), UrlRejected)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "127.0.0.1:4750", "http://proxy", "http://p:0", "x"])
def test_a_proxy_that_cannot_be_used_is_no_setting(proxy: str) -> None:
    with pytest.raises(SettingsError, match=r"LEADRUN_WEBHOOK_PROXY=\*\*\*"):
        read_settings({"LEADRUN_WEBHOOK_PROXY": proxy})


def test_the_password_of_the_proxy_is_never_shown() -> None:
    read = read_settings(
        {"LEADRUN_WEBHOOK_PROXY": "http://us%3Aer:pa%40ss@proxy.example:4750", "LEADRUN_WEBHOOK_DENY": "10.0.0.0/8"}
    )
    assert "pa%40ss" not in str(masked(read))
    assert "proxy.example:4750" in str(masked(read))
    assert read.webhook_deny == ("10.0.0.0/8",)
