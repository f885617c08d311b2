"""The URL policy of webhooks: parse a URL strictly and once, and check all that needs no DNS."""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

import idna
import msgspec

from app.domain.vocabulary import Mode
from app.domain.webhooks.blocked_ports import BLOCKED_PORTS
from app.domain.webhooks.ip_policy import Address, Networks, is_denied, may_connect

MAX_URL = 2048
_MAX_HOST, _MAX_LABEL, _MAX_PORT = 253, 63, 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}

ASK_OPERATOR = (
    "use a URL on the public internet, or ask the operator to allow its network (LEADRUN_WEBHOOK_ALLOW_PRIVATE)"
)

_BLOCKED = (
    "port {} is not one that webhooks may use; use another, or ask the operator to allow the receiver's network "
    "(LEADRUN_WEBHOOK_ALLOW_PRIVATE)"
)

# Names outside the public DNS: RFC 6761, RFC 6762, RFC 7686, RFC 8375, ICANN's .internal, and clusters' own.
_LOCAL_NAMES = frozenset(
    {
        "corp",
        "home",
        "home.arpa",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "onion",
        "private",
    }
    | {"cluster.local", "metadata.goog", "svc"}
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_AUTHORITY = re.compile(r"//([^/?#]*)([^#]*)(#.*)?", re.DOTALL)
_HOST_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,6}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.ASCII)
# The labels that the WHATWG URL standard ("ends in a number") and resolvers (inet_aton) read as IPv4.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class UrlRejected(msgspec.Struct, frozen=True, kw_only=True):
    """The URL is rejected; `reason` is a sentence with the remedy."""

    reason: str


class WebhookTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed URL; later steps use these parts and never the text.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Lower-case ASCII name without a trailing dot, or an address in its canonical form without brackets.
        port: 1-65535.
        path: Path and query, percent-encoded, with a leading slash.
        address: The host when it is an address, else None.
        local_only: Whether only networks that the operator allows count: for a local name, or a blocked port.
        mode: Of the keys whose webhook it is; test keys may reach networks that live keys may not.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: str | None = None
    local_only: bool = False
    mode: Mode = Mode.LIVE

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, allowed: Networks = (), denied: Networks = ()) -> WebhookTarget | UrlRejected:
    """Parse a receiver's URL strictly and check all that needs no DNS.

    A text that two parsers may read differently is rejected, not repaired (RFC 3986 and WHATWG disagree about
    backslashes, whitespace, user-info and numeric hosts).

    Args:
        url: The client's text.
        allowed: Networks that may be reached although they are not public.
        denied: Networks that may not be reached; they take precedence.
    """
    try:
        scheme, authority, path = _split(url)
        host, port = _read_authority(authority, _DEFAULT_PORTS[scheme])
        local_only = _check_target(host, port, allowed, denied)
    except _UrlFaultError as wrong:
        return UrlRejected(reason=str(wrong))
    literal = None if isinstance(host, str) else str(host)
    return WebhookTarget(
        scheme=scheme, host=literal or str(host), port=port, path=path, address=literal, local_only=local_only
    )


class _UrlFaultError(ValueError):
    """The fault of a URL, in a sentence for the client."""


def _split(url: str) -> tuple[str, str, str]:
    if len(url) > MAX_URL:
        raise _UrlFaultError(f"the URL is longer than {MAX_URL} characters; use a shorter one")
    if any(c == "\\" or c.isspace() or not c.isprintable() for c in url):
        raise _UrlFaultError("the URL contains a backslash, whitespace or a control character; percent-encode it")
    match = _SCHEME.fullmatch(url)
    scheme = match[1].lower() if match else ""
    if not match or scheme not in _DEFAULT_PORTS:
        raise _UrlFaultError("the URL must begin with https:// or http://")
    parts = _AUTHORITY.fullmatch(match[2])
    if not parts or not parts[1]:
        raise _UrlFaultError("the URL must name a host right after two slashes, as in https://example.com/hook")
    if "@" in parts[1]:
        raise _UrlFaultError("the URL must not contain a user name or password; remove everything up to the @")
    if parts[3] is not None:
        raise _UrlFaultError("the URL must not contain a fragment; remove # and what follows it")
    path = quote(parts[2], safe="%/:?@!$&'()*+,;=-._~[]")
    return scheme, parts[1], path if path.startswith("/") else f"/{path}"


def _read_authority(authority: str, default: int) -> tuple[str | Address, int]:
    match = _HOST_PORT.fullmatch(authority)
    if not match or not match[1]:
        raise _UrlFaultError("the host or port of the URL is malformed; write it as in https://example.com:8443/hook")
    port = default if match[2] is None else int(match[2] or 0)
    if not 1 <= port <= _MAX_PORT:
        raise _UrlFaultError(f"the port of the URL must be between 1 and {_MAX_PORT}")
    return (_read_ipv6(match[1][1:-1]) if match[1].startswith("[") else _read_name(match[1])), port


def _read_ipv6(text: str) -> Address:
    try:
        address = IPv6Address(text)
    except ValueError as error:
        raise _UrlFaultError("the IPv6 address of the URL is malformed") from error
    if address.scope_id is not None:
        raise _UrlFaultError("the IPv6 address of the URL must not have a zone")
    return address


def _read_name(text: str) -> str | Address:
    name = _to_ascii(text).lower().removesuffix(".")
    labels = name.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        # WHATWG and resolvers read many spellings of IPv4 here; only the usual one is accepted.
        try:
            return IPv4Address(text.removesuffix("."))
        except ValueError as error:
            raise _UrlFaultError(
                "the host of the URL is an address in an odd spelling; write four decimal numbers"
            ) from error
    if len(name) > _MAX_HOST or any(len(label) > _MAX_LABEL for label in labels):
        raise _UrlFaultError(f"the host of the URL is longer than {_MAX_HOST} characters, or a part than {_MAX_LABEL}")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise _UrlFaultError("the host of the URL is not a host name")
    if any(label.startswith("xn--") and not _is_idn(label) for label in labels):
        raise _UrlFaultError("the host of the URL is not a valid internationalised name, or mixes alphabets")
    return name


def _check_target(host: str | Address, port: int, allowed: Networks, denied: Networks) -> bool:
    """Return whether only allowed networks count, or raise the fault."""
    blocked = port in BLOCKED_PORTS
    if isinstance(host, str):
        local = "." not in host or any(f".{host}".endswith(f".{name}") for name in _LOCAL_NAMES)
        if local and not allowed:
            raise _UrlFaultError(f"{host} is a local name; {ASK_OPERATOR}")
        if blocked and not allowed:
            raise _UrlFaultError(_BLOCKED.format(port))
        return local or blocked
    if is_denied(host, denied):
        raise _UrlFaultError(f"the operator of this service lets no webhooks go to {host}; use another URL")
    if not may_connect(host, allowed, denied):
        raise _UrlFaultError(f"{host} is not a public address; {ASK_OPERATOR}")
    if not may_connect(host, allowed, denied, local_only=blocked):
        raise _UrlFaultError(_BLOCKED.format(port))
    return blocked


def _to_ascii(name: str) -> str:
    if name.isascii():
        return name
    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise _UrlFaultError("the host of the URL is not a valid internationalised name") from error


def _is_idn(label: str) -> bool:
    try:
        return _one_alphabet(idna.decode(label))
    except (idna.IDNAError, UnicodeError):
        return False


def _one_alphabet(label: str) -> bool:
    """Return whether a label uses one script; look-alikes mix Latin with Greek or Cyrillic (UTS 39, section 5.2)."""
    scripts = {unicodedata.name(c, "?").split(" ", 1)[0] for c in label if c.isalpha()}
    return len(scripts & {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"}) <= 1
