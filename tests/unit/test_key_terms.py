"""Terms of keys: what a key may do and from where, and that none makes a stronger one."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts.key_terms import EVERYTHING, ForbiddenError, KeyTerms, Scope, is_within, read_network
from tests.rows import each_row

SOON = datetime(2026, 11, 28, tzinfo=UTC)


@each_row(
    ("address", "networks", "within"),
    [
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24"], False),
        ("192.0.3.7", ["192.0.2.0/24", "192.0.3.7/32"], True),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db9::1", ["2001:db8::/32"], False),
        ("192.0.2.7", ["2001:db8::/32"], False),
        ("2001:db8::1", ["0.0.0.0/0"], False),
        ("", ["0.0.0.0/0"], False),
        ("unix", ["0.0.0.0/0", "::/0"], False),
        ("0300.0.2.7", ["192.0.2.0/24"], False),
        ("192.0.2.7", ["::ffff:192.0.2.7/128"], True),
        ("192.0.2.7", ["::ffff:c000:200/120"], True),
        ("192.0.3.7", ["::ffff:c000:200/120"], False),
        ("192.0.2.7", ["::/0"], False),
    ],
)
def test_an_address_is_within_the_networks_or_not(address: str, networks: list[str], *, within: bool) -> None:
    assert is_within(address, networks) is within


@each_row(
    ("text", "network"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.9/24 ", "192.0.2.0/24"),
        ("192.0.2.9", "192.0.2.9/32"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("::ffff:192.0.2.9", "192.0.2.9/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:0:0/96", "::ffff:0:0/96"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
        *((text, None) for text in ("", "acme.example", "192.0.2.0/33", "192.0.2", "*", "192.0.2.*", "::/129")),
    ],
)
def test_a_network_is_read_in_its_usual_spellings(text: str, network: str | None) -> None:
    assert read_network(text) == network


@pytest.mark.parametrize("scope", EVERYTHING)
def test_a_scope_allows_itself_alone(scope: Scope) -> None:
    for other in EVERYTHING:
        if other is scope:
            KeyTerms(scopes=(scope,)).check(other, "")
        else:
            with pytest.raises(ForbiddenError, match=f"lacks the scope {other.value}") as refused:
                KeyTerms(scopes=(scope,)).check(other, "")
            assert refused.value.scope is other


def test_a_network_counts_before_a_scope() -> None:
    with pytest.raises(ForbiddenError, match=r"may not be used from 198\.51\.100\.1") as refused:
        KeyTerms(networks=("192.0.2.0/24",)).check(Scope.READ, "198.51.100.1")
    assert refused.value.scope is None


@each_row(
    ("mine", "other", "fields"),
    [
        (KeyTerms(), KeyTerms(), []),
        (KeyTerms(), KeyTerms(scopes=(Scope.READ,), networks=("::/0",), expires_at=SOON, rate_limit=1), []),
        (KeyTerms(scopes=(Scope.READ, Scope.ADMIN_KEYS)), KeyTerms(scopes=(Scope.SUBMIT,)), ["scopes"]),
        (KeyTerms(networks=("192.0.2.0/24",)), KeyTerms(), ["networks"]),
        (KeyTerms(networks=("192.0.2.0/24",)), KeyTerms(networks=("192.0.0.0/16",)), ["networks"]),
        (KeyTerms(networks=("192.0.2.0/24",)), KeyTerms(networks=("2001:db8::/32",)), ["networks"]),
        (KeyTerms(networks=("192.0.2.0/24",)), KeyTerms(networks=("192.0.2.8/29",)), []),
        (KeyTerms(expires_at=SOON), KeyTerms(), ["expiresAt"]),
        (KeyTerms(expires_at=SOON), KeyTerms(expires_at=SOON + timedelta(seconds=1)), ["expiresAt"]),
        (KeyTerms(expires_at=SOON), KeyTerms(expires_at=SOON), []),
        (KeyTerms(rate_limit=10), KeyTerms(), ["rateLimit"]),
        (KeyTerms(rate_limit=10), KeyTerms(rate_limit=11), ["rateLimit"]),
        (KeyTerms(rate_limit=10), KeyTerms(rate_limit=10), []),
    ],
)
def test_no_key_makes_a_stronger_one(mine: KeyTerms, other: KeyTerms, fields: list[str]) -> None:
    assert [fault.field for fault in mine.excess(other)] == fields


@given(st.sets(st.sampled_from(EVERYTHING), min_size=1), st.sets(st.sampled_from(EVERYTHING), min_size=1))
def test_scopes_of_a_made_key_are_a_part_of_those_of_its_maker(mine: set[Scope], other: set[Scope]) -> None:
    assert bool(KeyTerms(scopes=tuple(mine)).excess(KeyTerms(scopes=tuple(other)))) == (not other <= mine)


def test_terms_are_read_from_a_stored_key() -> None:
    row = SimpleNamespace(
        id=7, name="CRM", scopes=["read"], networks=["192.0.2.0/24"], expires_at=SOON, rate_limit=None, hash=b""
    )
    terms = KeyTerms(name="CRM", scopes=(Scope.READ,), networks=("192.0.2.0/24",), expires_at=SOON)
    assert KeyTerms.of(row) == terms
