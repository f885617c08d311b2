"""Readers of settings whose text needs more than its type: lists, networks, addresses, choices."""

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from app.domain.accounts.client_address import plain_network
from app.domain.people.credentials import email_fault
from app.domain.vocabulary import Lane
from app.domain.webhooks.delivery import SCHEDULES
from app.settings.fields import MOST, MOST_COUNTED
from app.settings.smtp import SmtpUrl
from app.settings.urls import HIGHEST_PORT, DatabaseUrl, RedisUrl, http_url

ALL_NETWORKS = ("0.0.0.0/0", "::/0")
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", "none", ""}
LONGEST_WINDOW = 31 * 86_400.0
MIN_KEY_LENGTH = 16
DNS_PORT = 53


def switch(text: str) -> bool:
    """Read ``true`` or ``false``.

    Raises:
        ValueError: It is neither.
    """
    if text.lower() not in TRUE | FALSE:
        raise ValueError("must be true or false")
    return text.lower() in TRUE


def names(text: str) -> tuple[str, ...]:
    """Read words separated by commas."""
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def delays(text: str) -> tuple[float, ...]:
    """Read the seconds before each retry, or the name of a schedule.

    Raises:
        ValueError: It is neither.
    """
    if text.lower() in SCHEDULES:
        return SCHEDULES[text.lower()]
    words = f"must be {' or '.join(SCHEDULES)}, or seconds separated by commas, such as 10,60,360"
    try:
        read = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(words) from None
    if any(not 0 <= delay <= MOST for delay in read):
        raise ValueError(words)
    return read


def rates(text: str) -> tuple[tuple[int, float], ...]:
    """Read calls in seconds, ``5/1,300/60``.

    Raises:
        ValueError: It is not that.
    """
    pairs = [part.partition("/") for part in text.split(",") if part.strip()]
    try:
        read = tuple((int(calls), float(seconds)) for calls, _, seconds in pairs)
    except ValueError:
        read = ((0, 0.0),)
    if any(not 1 <= calls <= MOST_COUNTED or not 0 < seconds <= LONGEST_WINDOW for calls, seconds in read):
        raise ValueError("must be calls in seconds separated by commas, such as 5/1,300/60")
    return read


def networks(text: str) -> tuple[str, ...]:
    """Read networks in CIDR notation separated by commas; ``true`` means all, ``false`` none.

    Raises:
        ValueError: One is none.
    """
    if text.lower() in TRUE:
        return ALL_NETWORKS
    if text.lower() in FALSE:
        return ()
    return tuple(_network(part.strip()) for part in text.split(","))


def plain_networks(text: str) -> tuple[str, ...]:
    """Read networks as `networks` does, for addresses in IPv6 form that are compared as the IPv4 ones that they carry.

    Raises:
        ValueError: One is none.
    """
    return tuple(str(plain_network(ipaddress.ip_network(one))) for one in networks(text))


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = f"; did you mean {ipaddress.ip_network(text, strict=False)}?"
    except ValueError:
        meant = ""
    raise ValueError(f"must be networks separated by commas, such as 10.20.0.0/16{meant}")


def name_servers(text: str) -> tuple[str, ...]:
    """Check addresses of name servers, separated by commas.

    Raises:
        ValueError: One is none.
    """
    found = names(text)
    for one in found:
        name_server(one)
    return found


def name_server(text: str) -> tuple[str, int]:
    """Read ``192.0.2.53``, ``192.0.2.53:5353``, ``2001:db8::53`` or ``[2001:db8::53]:5353``.

    Raises:
        ValueError: It is none of these.
    """
    try:
        return str(ipaddress.ip_address(text.strip("[]"))), DNS_PORT
    except ValueError:
        address, _, port = text.rpartition(":")
    try:
        server = str(ipaddress.ip_address(address.strip("[]"))), int(port)
    except ValueError:
        server = "", 0
    if not 0 < server[1] <= HIGHEST_PORT:
        raise ValueError("must be addresses of name servers, such as 192.0.2.53 or 192.0.2.53:5353")
    return server


def proxy(text: str) -> str | None:
    """Check ``http://[user:password@]host:port``.

    Raises:
        ValueError: It is not that.
    """
    words = "must be http://host:port of a proxy that knows CONNECT"
    try:
        parts = urlsplit(text)
        whole = parts.scheme == "http" and parts.hostname and parts.port and parts.path in {"", "/"}
    except ValueError:
        whole = False
    if text and not whole:
        raise ValueError(words)
    return text or None


def smtp_address(text: str) -> str | None:
    """Check the address of the server that takes our mail.

    Raises:
        ValueError: It is none.
    """
    if text:
        SmtpUrl.parse(text)
    return text or None


def mail_address(text: str) -> str | None:
    """Check the address that our mail comes from.

    Raises:
        ValueError: It is none.
    """
    if text and email_fault(text.lower()):
        raise ValueError("must be an e-mail address, such as leadrun@acme.example")
    return text or None


def lanes(text: str) -> tuple[str, ...]:
    """Read the lanes that a worker serves.

    Raises:
        ValueError: One is none, or there is none.
    """
    named = names(text)
    if not named or set(named) - set(Lane):
        raise ValueError(f"must be one or several of {', '.join(Lane)}, separated by commas")
    return tuple(lane.value for lane in Lane if lane in named)


def secret_keys(text: str) -> str | None:
    """Check the keys that encrypt secrets, separated by commas.

    Raises:
        ValueError: One is too short to be a secret.
    """
    if any(len(part.strip()) < MIN_KEY_LENGTH for part in text.split(",") if part.strip()):
        raise ValueError(f"each key must have at least {MIN_KEY_LENGTH} characters")
    return text or None


def database_address(text: str) -> str | None:
    """Check the address of PostgreSQL.

    Raises:
        ValueError: It is none.
    """
    if text:
        DatabaseUrl.parse(text)
    return text or None


def redis_address(text: str) -> str | None:
    """Check the address of Redis.

    Raises:
        ValueError: It is none.
    """
    if text:
        RedisUrl.parse(text)
    return text or None


def http_address(text: str) -> str | None:
    """Check the address of an HTTP server.

    Raises:
        ValueError: It is none.
    """
    return http_url(text) if text else None


def one_of(*allowed: str) -> Callable[[str], str]:
    """Make a reader of one word of several, which raises ValueError for any other."""

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text.lower()

    return parse
