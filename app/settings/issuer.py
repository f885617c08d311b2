"""The address of an identity provider: https, except on this machine."""

import ipaddress
from urllib.parse import urlsplit

from app.settings.urls import http_url


def issuer(text: str) -> str | None:
    """Check the issuer of an identity provider (OpenID Connect Core 1.0, section 2).

    Raises:
        ValueError: It is none, or a stranger on the way could answer for it.
    """
    if text and not is_trusted(http_url(text), issuer=text):
        raise ValueError("must be an https address; http is for a provider on this machine alone")
    return text or None


def is_trusted(url: str, *, issuer: str) -> bool:
    """Return whether nobody on the way can read or answer what is sent to an address.

    Args:
        url: Anything.
        issuer: Whose address it is: only one of this machine may do without TLS, and then on this machine.
    """
    try:
        parts, own = urlsplit(url), urlsplit(issuer)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == own.scheme == "http" and _is_loopback(parts.hostname) and _is_loopback(own.hostname)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
