"""Which URLs and addresses webhooks may go to; the numbers are those of the catalogue of SSRF cases."""

import ipaddress

import pytest

from app.domain.webhooks.ip_policy import is_public, may_connect, parse_networks
from app.domain.webhooks.url_policy import UrlRejected, WebhookTarget, check_url
from tests.rows import each_row
from tests.webhooks.ssrf_cases import ADDRESSES, URLS

LOOPBACK = parse_networks(("127.0.0.0/8", "::1/128"))


@each_row("url", URLS)
def test_no_url_of_the_catalogue_is_accepted(url: str) -> None:
    refused = check_url(url)
    assert isinstance(refused, UrlRejected)
    assert len(refused.reason) > 20


@each_row("address", ADDRESSES)
def test_no_address_of_the_catalogue_is_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert isinstance(check_url(f"https://[{address}]/" if ":" in address else f"https://{address}/"), UrlRejected)


@each_row(
    ("url", "expected"),
    [
        pytest.param(
            "https://hooks.example.com/a/b?c=d%20e",
            WebhookTarget(scheme="https", host="hooks.example.com", port=443, path="/a/b?c=d%20e"),
            id="plain",
        ),
        pytest.param(
            "HTTP://Example.COM.:8080",
            WebhookTarget(scheme="http", host="example.com", port=8080, path="/"),
            id="normalised",
        ),
        pytest.param(
            "https://bücher.example/ü",
            WebhookTarget(scheme="https", host="xn--bcher-kva.example", port=443, path="/%C3%BC"),
            id="idn",
        ),
        pytest.param(
            "https://例え.jp/?q=1",
            WebhookTarget(scheme="https", host="xn--r8jz45g.jp", port=443, path="/?q=1"),
            id="idn-japanese",
        ),
        pytest.param(
            "http://8.8.8.8/",
            WebhookTarget(scheme="http", host="8.8.8.8", port=80, path="/", address="8.8.8.8"),
            id="public-ipv4",
        ),
        pytest.param(
            "https://[2606:4700:0:0::1111]:8443/x",
            WebhookTarget(scheme="https", host="2606:4700::1111", port=8443, path="/x", address="2606:4700::1111"),
            id="public-ipv6",
        ),
    ],
)
def test_public_urls_are_read_once_into_their_parts(url: str, expected: WebhookTarget) -> None:
    assert check_url(url) == expected


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com/", "example.com"),
        ("http://example.com:443/", "example.com:443"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_the_host_header_names_the_port_unless_it_is_the_schemes_own(url: str, authority: str) -> None:
    target = check_url(url)
    assert isinstance(target, WebhookTarget)
    assert target.authority == authority


@each_row(
    ("url", "local_only"),
    [
        pytest.param("http://localhost:8081/hook", True, id="localhost"),
        pytest.param("http://127.0.0.1:6379/hook", True, id="any-port-inside-an-allowed-network"),
        pytest.param("http://[::1]:49152/hook", False, id="ipv6-loopback"),
        pytest.param("http://receiver/hook", True, id="a-container's-name"),
        pytest.param("https://example.com:5432/", True, id="a-closed-port-of-a-name"),
        pytest.param("https://example.com/", False, id="public-name"),
    ],
)
def test_what_the_operator_allows_may_be_named(url: str, *, local_only: bool) -> None:
    target = check_url(url, LOOPBACK)
    assert isinstance(target, WebhookTarget)
    assert target.local_only is local_only


@each_row(
    "url",
    [
        "http://10.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://[::ffff:127.0.0.1]/",
        "http://8.8.8.8:25/",
        "http://[fe80::1%25lo]/",
    ],
)
def test_allowing_loopback_allows_nothing_else(url: str) -> None:
    assert isinstance(check_url(url, LOOPBACK), UrlRejected)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("https://[1::2::3]/", "IPv6 address of the URL is malformed", id="ipv6"),
        pytest.param("https://bü\u2024cher.example/", "not a", id="a dot in disguise"),
        pytest.param("https://\u0300a.example/", "not a valid internationalised name", id="combining mark first"),
    ],
)
def test_a_host_that_cannot_be_read_is_rejected(url: str, reason: str) -> None:
    rejected = check_url(url)
    assert isinstance(rejected, UrlRejected)
    assert reason in rejected.reason


def test_allowing_everything_still_wants_a_proper_url() -> None:
    everything = parse_networks(("0.0.0.0/0", "::/0"))
    assert isinstance(check_url("http://169.254.169.254/", everything), WebhookTarget)
    assert isinstance(check_url("http://good.example@10.0.0.1/", everything), UrlRejected)


@pytest.mark.parametrize("url", ["https://8.8.8.8/", "https://[64:ff9b::808:808]/"])
def test_networks_that_the_operator_has_closed_win(url: str) -> None:
    denied = check_url(url, parse_networks(("8.8.8.0/24", "64:ff9b::/96")), parse_networks(("8.8.8.8/32",)))
    assert isinstance(denied, UrlRejected)
    assert "the operator of this service lets no webhooks go to" in denied.reason


@pytest.mark.parametrize(
    ("text", "allowed"), [("fe80::1%lo", ("fe80::/10",)), ("10.0.0.1", ("10.0.0.0/8",))], ids=["a scope", "closed"]
)
def test_neither_a_scope_nor_a_closed_network_is_ever_connected_to(text: str, allowed: tuple[str, ...]) -> None:
    assert not may_connect(ipaddress.ip_address(text), parse_networks(allowed), parse_networks(("10.0.0.0/8",)))


def test_local_names_must_lead_into_an_allowed_network() -> None:
    public, loopback = ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("127.0.0.1")
    assert may_connect(public, LOOPBACK)
    assert not may_connect(public, LOOPBACK, local_only=True)
    assert may_connect(loopback, LOOPBACK, local_only=True)
