"""Webhooks lead nowhere near the service itself: its own servers never, its own machine only where that is allowed."""

import socket
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from app.domain.vocabulary import Mode
from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import Unresolved, UrlRejected, Vetted, Vetting
from app.embedded.listen_address import LOCAL_NETWORKS, is_loopback, local_webhooks
from app.settings.reading import load_settings, read_settings
from app.settings.settings import Settings

LOOPBACK = ("127.0.0.0/8", "::1/128")
OURS = Settings(
    port=8123,
    metrics_port=9123,
    sandbox_url="http://127.0.0.1:8124",
    public_url="https://leads.example.com",
    database_url="postgresql://leadrun@127.0.0.1:54321/leadrun",
    redis_url="redis://127.0.0.1:6390/0",
    webhook_allow_private=LOOPBACK,
)


class Names:
    """Resolves each name to the addresses that its first label spells."""

    async def resolve(self, host: str, budget: float) -> Sequence[str]:  # noqa: ARG002 - the protocol's
        return [host.partition(".")[0].replace("-", ".")]


def vetting(settings: Settings) -> Vetting:
    return Vetting(settings, resolver=Names())


@pytest.fixture(scope="module")
def outer() -> Iterator[str]:
    """An address of this machine that is not loopback; it is skipped where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("no network")
        yield probe.getsockname()[0]


@pytest.mark.parametrize("port", [8123, 9123, 8124, 54321, 6390])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "[::1]", "127-0-0-1.example.com"])
@pytest.mark.parametrize("mode", list(Mode))
async def test_b13_no_webhook_leads_to_our_own_servers(host: str, port: int, mode: Mode) -> None:
    if host == "localhost":
        host = "127-0-0-1.localhost"
    found = await vetting(OURS).vet_url(f"http://{host}:{port}/api/v1/webhooks/endpoints/x/test", mode)
    assert isinstance(found, UrlRejected), found
    assert "leads to this service itself" in found.reason


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1"])  # noqa: S104 - a setting, nothing listens
async def test_b13_whatever_the_api_listens_on_is_our_own(host: str, outer: str) -> None:
    settings = msgspec.structs.replace(OURS, host=host, webhook_allow_private=("0.0.0.0/0",))
    assert isinstance(await vetting(settings).vet_url(f"http://{outer}:8123/"), UrlRejected)
    assert isinstance(
        await vetting(settings).vet_url(f"http://{outer.replace('.', '-')}.example.com:8123/"), UrlRejected
    )
    assert isinstance(await vetting(settings).vet_url(f"http://{outer}:8999/"), Vetted)


async def test_b13_a_server_of_ours_elsewhere_is_refused_as_well() -> None:
    settings = msgspec.structs.replace(
        OURS, database_url="postgresql://leadrun@10.0.0.5:5432/leadrun", webhook_allow_private=("10.0.0.0/8",)
    )
    assert isinstance(await vetting(settings).vet_url("http://10.0.0.5:5432/"), UrlRejected)
    assert isinstance(await vetting(settings).vet_url("http://10-0-0-5.example.com:5432/"), UrlRejected)
    assert isinstance(await vetting(settings).vet_url("http://10.0.0.6:8080/"), Vetted)


async def test_b13_a_name_that_leads_to_us_only_when_it_is_connected_to_is_refused() -> None:
    target = WebhookTarget(scheme="http", host="127-0-0-1.example.com", port=8123, path="/")
    assert isinstance(await vetting(OURS).vet_connect(target), UrlRejected)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9999/",
        "http://[::1]:9999/",
        "http://127-0-0-1.localhost:9999/",
        "http://127-0-0-1.example.com/",
    ],
)
async def test_b13_networks_of_test_keys_are_not_those_of_live_keys(url: str) -> None:
    settings = msgspec.structs.replace(OURS, webhook_allow_private=(), webhook_allow_private_test=LOOPBACK)
    vetted = vetting(settings)
    for _ in range(2):  # the cached answer of one is not that of the other
        assert isinstance(await vetted.vet_url(url, Mode.TEST), Vetted)
        assert isinstance(await vetted.vet_url(url, Mode.LIVE), UrlRejected)
        assert isinstance(await vetted.vet_url(url), UrlRejected)
    target = vetted.check_url(url, Mode.TEST)
    assert isinstance(target, WebhookTarget)
    assert isinstance(await vetted.vet_connect(target), Vetted)
    assert not isinstance(
        await vetted.vet_connect(msgspec.structs.replace(target, mode=Mode.LIVE)), Vetted | Unresolved
    )


@pytest.mark.parametrize(
    ("host", "environ", "allowed"),
    [
        ("127.0.0.1", {}, LOCAL_NETWORKS),
        ("localhost", {}, LOCAL_NETWORKS),
        ("::1", {}, LOCAL_NETWORKS),
        ("127.1.2.3", {}, LOCAL_NETWORKS),
        ("0.0.0.0", {}, None),  # noqa: S104
        ("::", {}, None),
        ("", {}, None),
        ("192.0.2.7", {}, None),
        ("leads.example", {}, None),
        ("127.0.0.1", {"LEADRUN_WEBHOOK_ALLOW_PRIVATE": ""}, None),
        ("127.0.0.1", {"LEADRUN_WEBHOOK_ALLOW_PRIVATE": "10.0.0.0/8"}, None),
        ("127.0.0.1", {"LEADRUN_WEBHOOK_ALLOW_PRIVATE_TEST": ""}, None),
    ],
)
def test_b13_leadrun_up_opens_its_machine_to_test_keys_alone(
    host: str, environ: dict[str, str], allowed: str | None
) -> None:
    given = local_webhooks(host, environ)
    assert given == ({"LEADRUN_WEBHOOK_ALLOW_PRIVATE_TEST": allowed} if allowed else {})
    assert is_loopback(host) == (host in {"127.0.0.1", "localhost", "::1", "127.1.2.3"})
    settings = read_settings({**environ, **given})
    assert not set(settings.webhook_allow_private) & set(LOOPBACK)


@pytest.mark.parametrize("text", ["", "  ", "false", "none", "0", "off", "no"])
def test_b13_an_empty_network_means_none(text: str) -> None:
    loaded = load_settings({"LEADRUN_WEBHOOK_ALLOW_PRIVATE": text, "LEADRUN_ENV_FILE": ""})
    assert loaded.problems == ()
    assert loaded.settings.webhook_allow_private == ()
