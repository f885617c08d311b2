"""What anybody else blocks is blocked by us: two libraries, Python itself, IANA's registries and known senders."""

from collections.abc import AsyncIterator, Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import pytest
from AntiSSRF import IPAddressRanges  # type: ignore[import-untyped]
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from app.domain.webhooks.ip_policy import Address, is_public
from tests.webhooks.ssrf_cases import ADDRESSES

# Multiples of these (2**32 and 2**128 divided by the golden ratio) visit their space evenly.
_STEP_V4, _STEP_V6 = 2_654_435_761, 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835
SAMPLES = 2_000

# "Globally reachable: False" or not a unicast address in the registries of IANA, as of November 2026:
# iana-ipv4-special-registry, iana-ipv6-special-registry, and the address spaces that are reserved or multicast.
IANA = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/29 192.0.0.8/32 192.0.0.170/32
192.0.0.171/32 192.0.2.0/24 192.88.99.2/32 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
240.0.0.0/4 255.255.255.255/32
::/128 ::1/128 ::ffff:0:0/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001:2::/48 2001:db8::/32 3fff::/20 5f00::/16
fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::/8 4000::/3 6000::/3 8000::/3 a000::/3 c000::/3 e000::/4
"""
# What these senders deny, as their documents and tests say.
SENDERS = {
    # Not global unicast, private, shared address space, NAT64 of both kinds, 6to4 and Teredo.
    "smokescreen": """
        0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/4
        255.255.255.255/32 ::/128 ::1/128 64:ff9b::/96 64:ff9b:1::/48 2001::/32 2002::/16 fc00::/7 fe80::/10 ff00::/8
    """,
    # Private, shared, loopback, link-local, broadcast, documentation, benchmarking, reserved, protocol assignments.
    "svix": """
        0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
        192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 ::/128 ::1/128 2001:db8::/32 fc00::/7
        fe80::/10
    """,
    # All of ::/8 and 6to4; the rest of the block in which NAT64 lies.
    "hook0": "::/8 2002::/16 64:ff9b::/32",
}


def _inside(texts: Iterator[str] | list[str]) -> Iterator[Address]:
    """Draw from networks: both ends, both neighbours of the ends, and many in between."""
    for network in map(ip_network, texts):
        low, high = int(network[0]), int(network[-1])
        make: Callable[[int], Address] = IPv4Address if network.version == 4 else IPv6Address
        step = _STEP_V4 if network.version == 4 else _STEP_V6
        for number in (low, low + 1, high - 1, high, *(low + n * step % (high - low + 1) for n in range(200))):
            if low <= number <= high:
                yield make(number)


def _around(texts: list[str]) -> Iterator[Address]:
    """Draw from everywhere: what lies in and right next to networks, the catalogue, and both spaces evenly."""
    yield from _inside(texts)
    for network in map(ip_network, texts):
        for number in (int(network[0]) - 1, int(network[-1]) + 1):
            if 0 <= number < 2**network.max_prefixlen:
                yield ip_address(number.to_bytes(network.max_prefixlen // 8))
    yield from (ip_address(str(case.values[0])) for case in ADDRESSES)
    for n in range(SAMPLES):
        yield IPv4Address(n * _STEP_V4 % 2**32)
        yield IPv6Address(0x2 << 124 | n * _STEP_V6 % 2**125 & ~(7 << 125))
        yield IPv6Address(0x64_FF9B << 96 | n * _STEP_V4 % 2**32)


@pytest.fixture
async def secured() -> AsyncIterator[Callable[[Address], object]]:
    """Ask httpx-secure about an address; nothing is ever connected to."""
    looked: list[Address] = []

    def stop_there(_: str, address: Address, __: int) -> bool:
        looked.append(address)
        return False

    async with httpx_ssrf_protection(httpx.AsyncClient(trust_env=False), custom_validator=stop_there) as client:

        async def blocks(address: Address) -> bool:
            looked.clear()
            with pytest.raises(SSRFProtectionError):
                await client.get(f"http://[{address}]/" if address.version == 6 else f"http://{address}/")
            # Its own validator is asked last, about what has passed everything else.
            return not looked

        yield blocks


async def test_s3_what_httpx_secure_blocks_is_blocked(secured: Callable[[Address], object]) -> None:
    drawn = list(_around([*IANA.split(), *IPAddressRanges.recommended_latest]))
    ours = {address for address in drawn if is_public(address)}
    blocked = {address for address in ours if await secured(address)}  # type: ignore[misc]
    assert blocked == set()
    assert len(ours) > SAMPLES / 2
    # It does say no, where asked about what we refuse.
    assert await secured(IPv4Address("10.0.0.1"))  # type: ignore[misc]


def test_s3_what_microsofts_antissrf_blocks_is_blocked() -> None:
    ranges = list(IPAddressRanges.recommended_latest)
    assert len(ranges) > 30
    assert [address for address in _inside(ranges) if is_public(address)] == []
    # Mapped into IPv6, as that library looks at every address.
    mapped = (IPv6Address(0xFFFF << 32 | int(a)) for a in _inside(ranges) if a.version == 4)
    assert [address for address in mapped if is_public(address)] == []


def test_s3_what_python_calls_private_is_blocked() -> None:
    drawn = _around([*IANA.split(), *IPAddressRanges.recommended_latest])
    odd = [a for a in drawn if is_public(a) and (a.is_private or a.is_reserved or a.is_multicast or not a.is_global)]
    assert odd == []


def test_s3_what_iana_does_not_route_is_blocked() -> None:
    assert [address for address in _inside(IANA.split()) if is_public(address)] == []


@pytest.mark.parametrize("sender", SENDERS)
def test_s3_what_other_senders_deny_is_blocked(sender: str) -> None:
    assert [address for address in _inside(SENDERS[sender].split()) if is_public(address)] == []


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "8.8.8.8", "9.9.9.9", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888"]
)
def test_s3_the_public_internet_is_not(text: str) -> None:
    assert is_public(ip_address(text))
