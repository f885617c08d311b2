"""Mail domains: whether mail to a domain can arrive at all, by what DNS says of it."""

from collections.abc import Sequence

import msgspec

from app.domain.contacts.public_suffix import registrable_domain
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.attempt import Offer, Outcome, Skip
from app.domain.waterfall.policy import CascadePlan, not_reached

PREFLIGHT = "preflight"
TAKES_NO_MAIL = "domain_takes_no_mail"
# Names that DNS does not have (RFC 2606, section 2; RFC 6762, section 3): what is said of them means nothing.
_RESERVED = (".example", ".test", ".invalid", ".localhost", ".local")
_NULL = "."
# Domains of the servers of the two hosts that most companies use, by their own instructions for MX records.
_FAMILIES = {"google": ("google.com", "googlemail.com"), "microsoft": ("outlook.com", "mx.microsoft")}


class MailDomain(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of DNS about a domain.

    Attributes:
        takes_mail: None where DNS did not say.
        reason: Why it takes none, or why nothing is known.
        host: The mail server that is asked first; None for a domain that takes mail at its own address.
    """

    takes_mail: bool | None
    reason: str = ""
    host: str | None = None

    @property
    def family(self) -> str | None:
        """The family of the mail servers: ``google``, ``microsoft`` or ``other``; None where DNS did not say."""
        if not self.takes_mail:
            return None
        host = f".{self.host or ''}"
        for family, domains in _FAMILIES.items():
            if host.endswith(tuple(f".{domain}" for domain in domains)):
                return family
        return "other"


def by_mail_servers(domain: str, exchanges: Sequence[tuple[int, str]]) -> MailDomain:
    """Judge a domain by its MX records, of which there is at least one.

    A single record without a host says that the domain takes no mail (RFC 7505, section 3).

    Args:
        domain: The domain.
        exchanges: Preference and host of each record.
    """
    hosts = [host.rstrip(".").lower() for _, host in sorted(exchanges) if host != _NULL]
    if not hosts:
        return MailDomain(takes_mail=False, reason=f"{domain} says that it takes no mail (null MX)")
    return MailDomain(takes_mail=True, host=hosts[0])


def by_addresses(domain: str, *, has_address: bool) -> MailDomain:
    """Judge a domain without MX records: its address takes its mail, if it has one (RFC 5321, section 5.1)."""
    if has_address:
        return MailDomain(takes_mail=True)
    return MailDomain(takes_mail=False, reason=f"{domain} has neither a mail server nor an address")


def domains_to_check(domain: str, *, own_servers: bool) -> tuple[str, ...]:
    """Return the domains at which an address of a company is accepted, the company's own first.

    Args:
        domain: Of the contact's company.
        own_servers: Whether the operator names the name servers, which then may know reserved names.
    """
    if domain.endswith(_RESERVED) and not own_servers:
        return ()
    return tuple(dict.fromkeys((domain, registrable_domain(domain) or domain)))


def skips_without_mail(plan: CascadePlan[Offer], skipped: Sequence[Skip], found: MailDomain) -> list[Skip]:
    """Skip every provider of e-mail addresses, and note the check that says so."""
    note = skip_of_check(f"{TAKES_NO_MAIL}: {found.reason}", Outcome.REJECTED)
    return [note, *not_reached(plan, (), skipped, f"{TAKES_NO_MAIL}; see {PREFLIGHT}")]


def skip_of_check(reason: str, outcome: Outcome) -> Skip:
    """Note a check in the list of attempts."""
    return Skip(provider=PREFLIGHT, tier=Tier.T1, field=Field.EMAIL, reason=reason, outcome=outcome)
