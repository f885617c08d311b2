"""Mail domains: what DNS says of a domain, and which domains are asked about."""

from decimal import Decimal

import pytest

from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.attempt import Offer, Outcome, Price
from app.domain.waterfall.mail_domain import (
    MailDomain,
    by_addresses,
    by_mail_servers,
    domains_to_check,
    skips_without_mail,
)
from app.domain.waterfall.policy import make_plan
from tests.rows import each_row


@pytest.mark.parametrize(
    ("exchanges", "takes", "host"),
    [
        ([(20, "mx2.acme.example."), (10, "MX1.acme.example.")], True, "mx1.acme.example"),
        ([(0, ".")], False, None),
        ([(0, "."), (10, "mx.acme.example.")], True, "mx.acme.example"),
    ],
    ids=["the preferred one", "null MX", "a null MX among others says nothing"],
)
def test_mail_servers_take_mail_unless_the_only_one_is_none(
    exchanges: list[tuple[int, str]], *, takes: bool, host: str | None
) -> None:
    found = by_mail_servers("acme.example", exchanges)
    assert (found.takes_mail, found.host) == (takes, host)


def test_mail_servers_of_the_two_great_hosts_are_families_and_look_alikes_are_none() -> None:
    hosts = {
        "aspmx.l.google.com.": "google",
        "ALT1.ASPMX.L.GOOGLE.COM": "google",
        "aspmx2.googlemail.com": "google",
        "acme-example.mail.protection.outlook.com.": "microsoft",
        "acme-example.a-v1.mx.microsoft": "microsoft",
        "mx.notgoogle.com": "other",
        "google.com.mx.example": "other",
    }
    assert {host: by_mail_servers("acme.example", [(1, host)]).family for host in hosts} == hosts
    assert by_addresses("acme.example", has_address=True).family == "other"
    assert by_mail_servers("acme.example", [(0, ".")]).family is None
    assert MailDomain(takes_mail=None).family is None


def test_an_address_takes_the_mail_of_a_domain_without_mail_servers() -> None:
    assert by_addresses("acme.example", has_address=True).takes_mail
    assert by_addresses("acme.example", has_address=False) == MailDomain(
        takes_mail=False, reason="acme.example has neither a mail server nor an address"
    )


@each_row(
    ("domain", "own", "checked"),
    [
        ("acme.com", False, ("acme.com",)),
        ("jobs.acme.com", False, ("jobs.acme.com", "acme.com")),
        ("acme.example", False, ()),
        ("acme.example", True, ("acme.example",)),
        ("printer.local", False, ()),
    ],
)
def test_the_domain_above_is_checked_and_reserved_names_by_own_servers_alone(
    domain: str, *, own: bool, checked: tuple[str, ...]
) -> None:
    assert domains_to_check(domain, own_servers=own) == checked


def test_every_provider_is_skipped_and_the_check_is_noted_first() -> None:
    def offer(provider: str, unusable: str | None = None) -> Offer:
        return Offer(
            provider=provider,
            tier=Tier.T1,
            field=Field.EMAIL,
            route="name",
            needs=frozenset(),
            price=Price(call=Decimal("0.01")),
            unusable=unusable,
        )

    plan = make_plan(Field.EMAIL, [offer("hunter"), offer("prospeo", "it has no key")])
    skips = skips_without_mail(plan, (), MailDomain(takes_mail=False, reason="acme.example does not exist"))
    assert [(skip.provider, skip.outcome, skip.reason) for skip in skips] == [
        ("preflight", Outcome.REJECTED, "domain_takes_no_mail: acme.example does not exist"),
        ("hunter", Outcome.SKIPPED, "domain_takes_no_mail; see preflight"),
        ("prospeo", Outcome.SKIPPED, "it has no key"),
    ]
