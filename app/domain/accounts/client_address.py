"""The address that a client is counted by, and the scheme that it uses: its own, or what a trusted proxy names."""

from functools import lru_cache
from ipaddress import IPV4LENGTH, IPV6LENGTH, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_SUBNET = 64
# Proxies in a row; addresses before those are the client's own words.
_MOST_PROXIES = 16

TrustedProxies = tuple[IPv4Network | IPv6Network, ...]


def peer_address(peer: str, trusted: TrustedProxies) -> str | None:
    """Return what the connections of a peer are counted by; None for a trusted proxy, and for what is no address."""
    address = _read(peer)
    return None if address is None or _is_trusted(address, trusted) else _written(address)


def client_address(peer: str, forwarded: str, trusted: TrustedProxies) -> str:
    """Return what the requests of a client are counted by.

    Args:
        peer: The other end of the connection; empty where it has none.
        forwarded: The header ``X-Forwarded-For``: each proxy adds the address that it sees at the end.
        trusted: Networks of proxies, whose word counts.

    Returns:
        The last address that is no trusted proxy's; for IPv6 its network of 64 bits, which one client has to itself.
    """
    if not forwarded:
        return _counted(peer)
    address = _read(peer)
    if peer and (address is None or not _is_trusted(address, trusted)):
        return _written(address) if address else peer
    for text in reversed(forwarded.rsplit(",", _MOST_PROXIES)[-_MOST_PROXIES:]):
        named = _read(text.strip())
        if named is None:
            break
        address = named
        if not _is_trusted(named, trusted):
            break
    return _written(address) if address else peer


def client_scheme(scheme: str, forwarded: str, peer: str, trusted: TrustedProxies) -> str:
    """Return ``https`` where the client speaks it with us, or with a trusted proxy that ends it.

    Args:
        scheme: Of the connection itself.
        forwarded: The header ``X-Forwarded-Proto``, whose last word is the nearest proxy's.
        peer: The other end of the connection; empty where it has none, as with a Unix socket.
        trusted: Networks of proxies, whose word counts.
    """
    address = _read(peer)
    believed = not peer or (address is not None and _is_trusted(address, trusted))
    return "https" if believed and forwarded.rpartition(",")[2].strip().lower() == "https" else scheme


@lru_cache(maxsize=4096)
def _counted(peer: str) -> str:
    address = _read(peer)
    return _written(address) if address else peer


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def plain_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of IPv4 addresses in IPv6 form as what it stands for, as addresses are (RFC 4291, 2.5.5.2).

    The network of all such addresses stays as it is: it means the form, and not every IPv4 address.
    """
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    bits = network.prefixlen - (IPV6LENGTH - IPV4LENGTH)
    return IPv4Network((mapped, bits)) if mapped and bits > 0 else network


def _is_trusted(address: IPv4Address | IPv6Address, trusted: TrustedProxies) -> bool:
    return any(address in network for network in trusted)


def _written(address: IPv4Address | IPv6Address) -> str:
    return str(ip_network((address, _SUBNET), strict=False)) if isinstance(address, IPv6Address) else str(address)
