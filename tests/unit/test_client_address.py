"""The address that a client is counted by behind proxies, the scheme it uses, and the failures that an address has."""

from ipaddress import ip_network

import pytest

from app.domain.accounts.client_address import client_address, client_scheme, peer_address
from app.domain.accounts.failure_budget import FailureBudget, keep
from tests.rows import each_row

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))
PROXY, CLIENT = "10.1.1.1", "203.0.113.7"


@each_row(
    "peer, forwarded, counted",
    [
        (CLIENT, "", CLIENT),
        ("::ffff:203.0.113.7", "", CLIENT),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "", "fe80::/64"),
        ("", "", ""),
        ("testclient", "", "testclient"),
        # A stranger's word about himself, and that of what is no address, do not count.
        (CLIENT, "198.51.100.1", CLIENT),
        ("testclient", "198.51.100.1", "testclient"),
        ("2001:db8:1:2:3::4", "198.51.100.1", "2001:db8:1:2::/64"),
        (PROXY, CLIENT, CLIENT),
        ("", CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT} ,10.2.2.2", CLIENT),
        (PROXY, "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        (PROXY, "2001:db8:1:2:3::4, 2001:db8:ffff::1", "2001:db8:1:2::/64"),
        (PROXY, "unknown", PROXY),
        (PROXY, f"{CLIENT}, unknown, 10.2.2.2", "10.2.2.2"),
        ("", "unknown", ""),
        # Of more proxies in a row than sixteen the rest is the client's own words.
        (PROXY, ",".join([CLIENT, *["10.2.2.2"] * 15]), CLIENT),
        (PROXY, ",".join([CLIENT, *["10.2.2.2"] * 16]), "10.2.2.2"),
    ],
)
def test_a_client_is_counted_by_the_last_address_that_is_no_trusted_proxy(
    peer: str, forwarded: str, counted: str
) -> None:
    assert client_address(peer, forwarded, TRUSTED) == counted


@pytest.mark.parametrize(
    ("peer", "counted"), [(PROXY, None), ("testclient", None), (CLIENT, CLIENT), ("2001:db8:1::1", "2001:db8:1::/64")]
)
def test_connections_of_trusted_proxies_are_not_counted(peer: str, counted: str | None) -> None:
    assert peer_address(peer, TRUSTED) == counted


@each_row(
    "scheme, forwarded, peer, seen",
    [
        ("http", "https", PROXY, "https"),
        ("http", "http, HTTPS ", PROXY, "https"),
        ("http", "https, http", PROXY, "http"),
        ("http", "", PROXY, "http"),
        ("http", "https", "", "https"),
        ("http", "https", CLIENT, "http"),
        ("http", "https", "testclient", "http"),
        ("https", "http", PROXY, "https"),
    ],
)
def test_the_nearest_trusted_proxy_says_whether_the_client_speaks_https(
    scheme: str, forwarded: str, peer: str, seen: str
) -> None:
    assert client_scheme(scheme, forwarded, peer, TRUSTED) == seen


def test_an_address_waits_for_the_rest_of_a_minute_once_it_has_failed_as_often_as_it_may() -> None:
    budget = FailureBudget(2)
    assert budget.wait(CLIENT, 100.0) == 0
    budget.count(CLIENT, 100.0)
    assert budget.wait(CLIENT, 110.0) == 0
    budget.count(CLIENT, 110.0)
    assert [budget.wait(CLIENT, now) for now in (110.0, 110.5, 159.9, 160.0, 200.0)] == [50, 50, 1, 0, 0]
    assert budget.wait("198.51.100.1", 110.0) == 0
    # The next failure begins a window of its own.
    budget.count(CLIENT, 160.0)
    assert budget.wait(CLIENT, 160.0) == 0
    budget.count(CLIENT, 161.0)
    assert budget.wait(CLIENT, 161.0) == 59


def test_the_oldest_of_too_many_goes_and_what_is_stored_again_is_the_newest() -> None:
    table = {"a": 1, "b": 2}
    keep(table, "a", 3, 3)
    assert list(table.items()) == [("b", 2), ("a", 3)]
    keep(table, "c", 4, 2)
    assert list(table.items()) == [("a", 3), ("c", 4)]
