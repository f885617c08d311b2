"""IPv6 addresses that carry an IPv4 address: they inherit its verdict or are refused, over the whole IPv4 space."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhooks.ip_policy import Address, carried, is_public, may_connect, parse_networks
from tests.examples import examples

# Knuth's multiplier (2**32 divided by the golden ratio): its multiples visit the whole space evenly.
_STEP = 2_654_435_761

# The edges of every IPv4 block that has a meaning of its own, from IANA's registries and clouds' manuals.
_BLOCKS = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
"""

# How an address is embedded, by the paper that says so; `number` is the IPv4 address.
REFUSED_FORMS: dict[str, Callable[[int], int]] = {
    "compatible, RFC 4291 2.5.5.1": lambda number: number,
    "mapped, RFC 4291 2.5.5.2": lambda number: 0xFFFF << 32 | number,
    "translated, RFC 2765 2.1": lambda number: 0xFFFF << 48 | number,
    "NAT64, RFC 6052 2.1": lambda number: 0x64_FF9B << 96 | number,
    "local NAT64, RFC 8215": lambda number: 0x64_FF9B_0001 << 80 | number,
    "6to4, RFC 3056": lambda number: 0x2002 << 112 | number << 80,
    "Teredo client, RFC 4380 4": lambda number: 0x2001 << 112 | 0x4136_E378 << 64 | number ^ 0xFFFF_FFFF,
    "Teredo server, RFC 4380 4": lambda number: 0x2001 << 112 | number << 64 | 0x8000_63BF_3FFF_FDD2,
    "link-local ISATAP, RFC 5214": lambda number: 0xFE80 << 112 | 0x5EFE << 32 | number,
}
INHERITING_FORMS: dict[str, Callable[[int], int]] = {
    "ISATAP, RFC 5214": lambda number: 0x2606_4700 << 96 | 0x5EFE << 32 | number,
    "ISATAP with the universal bit, RFC 5214": lambda number: 0x2606_4700 << 96 | 0x0200_5EFE << 32 | number,
}


def _ipv4_space(count: int) -> Iterator[int]:
    for block in map(ip_network, _BLOCKS.split()):
        for edge in (int(block[0]), int(block[-1])):
            yield from (edge + by for by in (-1, 0, 1) if 0 <= edge + by < 2**32)
    yield from (n * _STEP % 2**32 for n in range(count))


@pytest.mark.parametrize("count", [5000, pytest.param(100_000, marks=pytest.mark.long)])
def test_s2_embedded_ipv4_inherits_or_is_refused_over_the_whole_space(count: int) -> None:
    judged = publics = 0
    for number in _ipv4_space(count):
        verdict = is_public(IPv4Address(number))
        for name, form in REFUSED_FORMS.items():
            assert not is_public(IPv6Address(form(number))), (name, IPv4Address(number))
        for name, form in INHERITING_FORMS.items():
            assert is_public(IPv6Address(form(number))) is verdict, (name, IPv4Address(number))
        judged += 1
        publics += verdict
    assert judged >= count
    # 3.7 thousand million of the addresses are public: neither everything nor nothing was refused.
    assert 0.8 < publics / judged < 0.9


@pytest.mark.parametrize("name", [*REFUSED_FORMS, *INHERITING_FORMS])
@given(number=st.integers(2, 2**32 - 1))
@examples(200)
def test_s2_what_is_carried_is_found_in_every_form(name: str, number: int) -> None:
    form = (REFUSED_FORMS | INHERITING_FORMS)[name]
    assert IPv4Address(number) in carried(IPv6Address(form(number)))


@pytest.mark.parametrize("name", [*REFUSED_FORMS, *INHERITING_FORMS])
@given(number=st.integers(2, 2**32 - 1))
@examples(200)
def test_s2_an_embedding_in_an_allowed_network_inherits_too(name: str, number: int) -> None:
    address, inner = IPv6Address((REFUSED_FORMS | INHERITING_FORMS)[name](number)), IPv4Address(number)
    if may_connect(address, parse_networks(["::/0"])):
        assert is_public(inner)
    # A denied network is denied inside every form, even where everything is allowed.
    everything, denied = parse_networks(["::/0", "0.0.0.0/0"]), parse_networks([str(inner)])
    assert may_connect(address, everything)
    assert not may_connect(address, everything, denied)
    assert not may_connect(inner, everything, denied)


@given(st.integers(0, 2**128 - 1))
@examples(500)
def test_s2_only_global_unicast_space_is_public(number: int) -> None:
    address = IPv6Address(number)
    assert address in ip_network("2000::/3") or not is_public(address)


@pytest.mark.parametrize("network", ["::/8", "2002::/16", "64:ff9b::/32", "64:ff9b:1::/48", "2001::/32"])
@given(data=st.data())
@examples(512)
def test_w10_hook0_nothing_in_a_network_of_translators_is_public(network: str, data: st.DataObject) -> None:
    # Hook0 draws as many from each of these.
    block = ip_network(network)
    number = data.draw(st.integers(int(block[0]), int(block[-1])))
    assert not is_public(IPv6Address(number))


@given(number=st.integers(0, 2**32 - 1))
@examples(512)
def test_w10_hook0_nat64_inherits_the_verdict_of_the_embedded_ipv4(number: int) -> None:
    inner, outer = IPv4Address(number), IPv6Address(REFUSED_FORMS["NAT64, RFC 6052 2.1"](number))
    # Refused unless the operator says that there is such a network, and then it is judged by what it carries.
    assert not is_public(outer)
    assert may_connect(outer, parse_networks(["64:ff9b::/96"])) is is_public(inner)


@pytest.mark.parametrize("text", ["::", "::1", "fd00::1", "2606:4700::1111", "10.0.0.1"])
def test_s2_an_address_of_its_own_carries_nothing(text: str) -> None:
    address: Address = ip_address(text)
    assert carried(address) == ()
