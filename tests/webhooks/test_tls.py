"""Receivers over TLS: the certificate is judged by the name in the URL, whatever address the socket uses."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from app.egress import Vetting
from app.services import Services
from tests.play.certificates import make_certificate
from tests.webhooks.conftest import try_once
from tests.webhooks.lying_dns import LyingDns, always
from tests.webhooks.receiver import listening
from webhooks.sender import DeliveryOutcome

Issue = Callable[[str, int], ssl.SSLContext]


@pytest.fixture
def issue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Issue:
    """Make certificates that our sender trusts, because SSL_CERT_FILE names them: for a host, for so many days."""

    def make(host: str, days: int) -> ssl.SSLContext:
        context, trusted = make_certificate(tmp_path, host, days)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        return context

    return make


@pytest.mark.parametrize(
    ("certified", "days", "trusted", "error"),
    [
        pytest.param("secure.example", 30, True, None, id="valid"),
        pytest.param("another.example", 30, True, "Hostname mismatch", id="89-another-host"),
        pytest.param("secure.example", -1, True, "certificate has expired", id="89-expired"),
        pytest.param("secure.example", 30, False, "self-signed certificate", id="89-self-signed"),
    ],
)
async def test_a_certificate_must_be_valid_for_the_name_in_the_url(
    *,
    senders: Services,
    dns_server: LyingDns,
    issue: Issue,
    monkeypatch: pytest.MonkeyPatch,
    certified: str,
    days: int,
    trusted: bool,
    error: str | None,
) -> None:
    context = issue(certified, days)
    if not trusted:
        monkeypatch.delenv("SSL_CERT_FILE")
    dns_server.lies["secure.example"] = always(("A", "127.0.0.1"))
    async with listening(tls=context) as receiver:
        vetting = Vetting(senders.settings, resolver=dns_server.resolver())
        result = await try_once(senders, vetting, f"https://secure.example:{receiver.port}/hook")
        assert len(receiver.requests) == (error is None)
    if error is None:
        assert result.outcome is DeliveryOutcome.DELIVERED
    else:
        assert result.outcome is DeliveryOutcome.UNREACHABLE
        assert error in (result.error or "")
