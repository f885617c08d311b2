"""The terms of an API key: what it may do, from where, until when; and that no key makes a stronger one."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import msgspec

from app.domain.accounts.client_address import plain_network
from app.domain.errors import FieldError, RequestError

MAX_KEYS = 1000
MAX_NAME = 100
MAX_NETWORKS = 50
MAX_NETWORK = 50


class Scope(StrEnum):
    """A permission of a key: submit and cancel, read, manage webhooks, manage keys."""

    SUBMIT = "submit"
    READ = "read"
    WEBHOOKS = "webhooks"
    ADMIN_KEYS = "admin:keys"


EVERYTHING = tuple(Scope)


class ForbiddenError(RequestError):
    """The key is valid, and may not do this or not from here.

    Attributes:
        scope: The scope that it lacks, if that is the reason.
    """

    code = "forbidden"
    title = "Not allowed for this key"

    def __init__(self, message: str, scope: Scope | None = None) -> None:
        """Keep the scope."""
        super().__init__(message)
        self.scope = scope


class TooManyKeysError(RequestError):
    """The account has as many keys as it may have."""

    code = "too-many-keys"
    title = "Too many keys"
    sentence = f"An account has at most {MAX_KEYS} keys that are not revoked; revoke one first."


class KeyTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a key.

    Attributes:
        name: For people.
        scopes: What it may do.
        networks: Networks it may come from, such as ``192.0.2.0/24``; from anywhere when there are none.
        expires_at: The end of its validity.
        rate_limit: Submissions in any 60 s; None for the installation's default.
    """

    name: str = ""
    scopes: tuple[Scope, ...] = EVERYTHING
    networks: tuple[str, ...] = ()
    expires_at: datetime | None = None
    rate_limit: int | None = None

    @classmethod
    def of(cls, row: object) -> "KeyTerms":
        """Read the terms from the attributes of a stored key."""
        return msgspec.convert(row, cls, from_attributes=True)

    def check(self, scope: Scope, address: str) -> None:
        """Check that a request is within the terms.

        Args:
            scope: What it needs.
            address: Of the client.

        Raises:
            ForbiddenError: It is not.
        """
        if self.networks and not is_within(address, self.networks):
            raise ForbiddenError(f"This key may not be used from {address or 'this address'}.")
        if scope not in self.scopes:
            raise ForbiddenError(f"This key lacks the scope {scope.value}; use one that has it.", scope)

    def excess(self, other: "KeyTerms") -> list[FieldError]:
        """Return in which ways a key of other terms could do more than one of these: no key makes a stronger one."""
        faults: list[FieldError] = []
        if more := [scope.value for scope in other.scopes if scope not in self.scopes]:
            faults.append(FieldError(field="scopes", message=f"must be scopes of your own key, which lacks {more[0]}"))
        if self.networks and not _inside(other.networks, self.networks):
            faults.append(FieldError(field="networks", message="must lie within the networks of your own key"))
        if self.expires_at and (other.expires_at is None or other.expires_at > self.expires_at):
            faults.append(FieldError(field="expiresAt", message="must not be later than that of your own key"))
        if self.rate_limit and (other.rate_limit is None or other.rate_limit > self.rate_limit):
            faults.append(FieldError(field="rateLimit", message=f"must be at most your own key's {self.rate_limit}"))
        return faults


def read_network(text: str) -> str | None:
    """Return the usual spelling of a network or address (RFC 4632, RFC 4291); None when it is none."""
    try:
        return str(_network(text.strip()))
    except ValueError:
        return None


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Return whether an address lies in one of the networks; an IPv4 address in IPv6 form counts as what it is."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    plain = getattr(known, "ipv4_mapped", None) or known
    return any(plain in _network(network) for network in networks)


def _inside(networks: Iterable[str], outer: Iterable[str]) -> bool:
    wide = [_network(one) for one in outer]
    narrow = [_network(one) for one in networks]
    return bool(narrow) and all(
        any(one.version == other.version and one.subnet_of(other) for other in wide)  # type: ignore[arg-type]
        for one in narrow
    )


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network:
    return plain_network(ip_network(text, strict=False))
