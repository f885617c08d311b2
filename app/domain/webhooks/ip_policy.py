"""The IP policy of webhooks: which addresses are public, and which the operator allows or denies."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

# IANA IPv4 Special-Purpose Address Registry, multicast and reserved space, and internal addresses of clouds. A list of
# our own, because `ipaddress.is_global` differs between Python versions and lets several of these pass.
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
# Prefixes before 32 bits of IPv4: compatible, mapped (RFC 4291, section 2.5.5), translated (RFC 2765, section 2.1), and
# NAT64, well known (RFC 6052, section 2.1) and local (RFC 8215).
_CARRIERS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
_TEREDO, _6TO4 = IPv6Network("2001::/32"), IPv6Network("2002::/16")  # RFC 4380, section 4; RFC 3056, section 2
# The upper half of an ISATAP interface identifier (RFC 5214, section 6.1); the lower half is an IPv4 address.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
_LOW, _NOT_COMPATIBLE = 0xFFFF_FFFF, (0, 1)  # the unspecified address and loopback carry nothing


def parse_networks(texts: Iterable[str]) -> Networks:
    """Parse networks in CIDR form."""
    return tuple(ip_network(text) for text in texts)


def carried(address: Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses inside an IPv6 address; a packet to it may reach any of them."""
    if isinstance(address, IPv4Address):
        return ()
    number = int(address)
    found = []
    if address in _TEREDO:
        found += [number >> 64 & _LOW, ~number & _LOW]
    elif address in _6TO4:
        found.append(number >> 80 & _LOW)
    elif number not in _NOT_COMPATIBLE and any(address in network for network in _CARRIERS):
        found.append(number & _LOW)
    if number >> 32 & _LOW in _ISATAP:
        found.append(number & _LOW)
    return tuple(map(IPv4Address, found))


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet.

    Addresses that carry an IPv4 address do not, because a gateway of others decides where they lead. ISATAP lies in
    ordinary networks, so the carried address decides.
    """
    if isinstance(address, IPv6Address) and address not in _GLOBAL_V6:
        return False
    special = _SPECIAL_V4 if isinstance(address, IPv4Address) else _SPECIAL_V6
    if any(address in network for network in special) or not address.is_global:
        return False
    return all(map(is_public, carried(address)))


def is_denied(address: Address, denied: Networks) -> bool:
    """Return whether the operator denies an address, or one that it carries."""
    return any(one in network for one in (address, *carried(address)) for network in denied)


def may_connect(address: Address, allowed: Networks, denied: Networks = (), *, local_only: bool = False) -> bool:
    """Return whether we may connect to an address: it is public, or in a network that the operator allows.

    Args:
        address: The address for the socket.
        allowed: Networks that the operator allows. IPv4 addresses inside an IPv6 address (NAT64) are checked as well.
        denied: Networks that the operator denies; they take precedence.
        local_only: Whether only allowed networks count.
    """
    if (isinstance(address, IPv6Address) and address.scope_id) or is_denied(address, denied):
        return False
    if any(address in network for network in allowed):
        return all(may_connect(inner, allowed, denied) for inner in carried(address))
    return not local_only and is_public(address)
