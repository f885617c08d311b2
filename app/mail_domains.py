"""Ask DNS whether a domain takes mail; a failure of DNS never counts as no."""

import asyncio

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdtypes.ANY.MX
import dns.resolver

from app.domain.waterfall.mail_domain import MailDomain, by_addresses, by_mail_servers

BUDGET = 1.5  # seconds for one domain
_UNKNOWN = MailDomain(takes_mail=None, reason="DNS did not say whether the domain takes mail")


async def look_up(resolver: dns.asyncresolver.Resolver, domain: str) -> MailDomain:
    """Ask for the mail servers of a domain, and for its addresses where it has none."""
    try:
        async with asyncio.timeout(BUDGET):
            return await _look_up(resolver, domain)
    except (dns.exception.DNSException, OSError, TimeoutError, UnicodeError):
        return _UNKNOWN


async def _look_up(resolver: dns.asyncresolver.Resolver, domain: str) -> MailDomain:
    name = dns.name.from_text(domain)
    try:
        servers = await _ask(resolver, name, "MX")
    except dns.resolver.NXDOMAIN:
        # Cut off from the world, a name server may know no name at all: then it says nothing about this one.
        await _ask(resolver, dns.name.Name(name.labels[-2:]), "SOA")
        return MailDomain(takes_mail=False, reason=f"{domain} does not exist")
    exchanges = [
        (record.preference, record.exchange.to_text())
        for record in servers
        if isinstance(record, dns.rdtypes.ANY.MX.MX)
    ]
    if exchanges:
        return by_mail_servers(domain, exchanges)
    found = await asyncio.gather(_ask(resolver, name, "A"), _ask(resolver, name, "AAAA"), return_exceptions=True)
    failures = [one for one in found if isinstance(one, BaseException)]
    has_address = any(one for one in found if isinstance(one, list))
    if failures and not has_address:
        raise failures[0]
    return by_addresses(domain, has_address=has_address)


async def _ask(resolver: dns.asyncresolver.Resolver, name: dns.name.Name, kind: str) -> list[object]:
    answer = await resolver.resolve(name, kind, lifetime=BUDGET, raise_on_no_answer=False, search=False)
    return list(answer.rrset or ())
