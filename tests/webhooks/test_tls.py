"""Receivers over TLS: the certificate is judged by the name in the URL, whatever address the socket uses."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.egress import Vetting
from app.services import Services
from tests.webhooks.conftest import try_once
from tests.webhooks.lying_dns import LyingDns, always
from tests.webhooks.receiver import listening
from webhooks.sender import DeliveryOutcome

Issue = Callable[[str, int], ssl.SSLContext]


@pytest.fixture
def issue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Issue:
    """Make certificates that our sender trusts, because SSL_CERT_FILE names them: for a host, for so many days."""

    def make(host: str, days: int) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)  # noqa: TID251 - TLS compares with the real time
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        both = tmp_path / "both.pem"
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        both.write_bytes(private + trusted.read_bytes())
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
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
