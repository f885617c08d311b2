"""Which addresses are public, and which of them we may connect to on somebody else's behalf."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

# IANA IPv4 Special-Purpose Address Registry, multicast and reserved space, and what clouds put elsewhere. A list of our
# own, because `ipaddress.is_global` differs between Python versions and lets several of these pass.
_SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's wire server
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# Only 2000::/3 is global unicast space; within it the IANA IPv6 Special-Purpose Address Registry takes these away.
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID, benchmarking and other protocol assignments
            "2001:db8::/32",
            "2002::/16",  # 6to4, which embeds an IPv4 address
            "2620:4f:8000::/48",
            "3ffe::/16",
            "3fff::/20",
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
# The upper half of an ISATAP interface identifier (RFC 5214, section 6.1); the lower half is an IPv4 address.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def parse_networks(texts: Iterable[str]) -> Networks:
    """Read networks in CIDR form."""
    return tuple(ip_network(text) for text in texts)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet; one that carries an IPv4 address inherits its verdict."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _SPECIAL_V4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _GLOBAL_V6 or any(address in network for network in _SPECIAL_V6):
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP and not is_public(IPv4Address(int(address) & 0xFFFF_FFFF)):
        return False
    return address.is_global


def may_connect(address: Address, allowed: Networks, *, local_only: bool = False) -> bool:
    """Tell whether we may connect to an address: it is in a network that the operator allows, or public.

    Args:
        address: As it would be handed to the socket.
        allowed: The operator's networks.
        local_only: Whether being public is not enough.
    """
    if isinstance(address, IPv6Address) and address.scope_id:
        return False
    return any(address in network for network in allowed) or (not local_only and is_public(address))
