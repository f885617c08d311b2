"""Domains by the public suffix list (publicsuffix.org): the part that one holder registered, and the same company."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

# Entries of the list's private section below which companies register domains with mailboxes, as they do below .com.
# All others are hosts of sites and machines.
_REGISTRIES = """
ac.ru ae.org art.pl biz.dk biz.ng biz.ua br.com cc.ua cn.com co.ca co.com co.cz co.de co.dk co.nl co.no co.pl co.ro
co.ua col.ng com.de com.ru com.se de.com edu.ru eu.com eu.org firm.dk firm.ng gb.net gda.pl gen.ng gov.nl gov.ru
gr.com hk.com hk.org hosp.uk hu.net in.net inc.hk inf.ua int.ru it.com jp.net jpn.com jpn.org lodz.pl ltd.hk ltd.ng
ltd.ua med.pl mex.com mil.ru msk.ru msk.su my.at net.ru ngo.ng ngo.us nov.ru nov.su org.ru org.yt plc.ng plock.pl
pp.ru pp.ua priv.at radio.am radio.fm reg.dk ru.com ru.net sa.com sch.ac se.net shop.ro shop.th sopot.pl spb.ru spb.su
store.dk torun.pl uk.com uk.net us.com us.org v.ua web.in wroc.pl za.bz za.com za.net za.org
"""
REGISTRIES = frozenset(_REGISTRIES.split())


@cache
def _suffixes(*, only_icann: bool = False, accept_unknown: bool = True) -> PublicSuffixList:
    """Read the bundled list on first use; both of its sections unless one is asked for."""
    return PublicSuffixList(only_icann=only_icann, accept_unknown=accept_unknown)


def read_lists() -> None:
    """Read the list ahead, in its two readings: a tenth of a second that the first contact would wait for."""
    builder_of("acme.example")


@lru_cache(maxsize=4096)
def registrable_domain(domain: str) -> str | None:
    """Return the registrable domain: the label below the public suffix, with the suffix.

    Args:
        domain: ASCII, in lower case.

    Returns:
        ``acme.co.uk`` for ``mail.acme.co.uk``; None for a public suffix itself.
    """
    found = _suffixes().privatesuffix(domain)
    return found if isinstance(found, str) else None


def public_suffix(domain: str) -> str:
    """Return the suffix of a domain by the list's section of registries, such as ``co.uk``; else its last label."""
    found = _suffixes(only_icann=True).publicsuffix(domain)
    return found if isinstance(found, str) else ""


def is_suffix(domain: str) -> bool:
    """Return whether a domain is a public suffix below which companies register theirs, such as ``co.uk``."""
    return registrable_domain(domain) is None and (domain in REGISTRIES or builder_of(domain) is None)


@lru_cache(maxsize=4096)
def builder_of(host: str) -> str | None:
    """Return the suffix of the list's private section that a host is or stands below, if sites are built there.

    Returns:
        ``github.io`` for ``acme.github.io``; None for ``acme.uk.com``, because a registry runs ``uk.com``.
    """
    suffix = _suffixes().publicsuffix(host)
    if not isinstance(suffix, str) or suffix in REGISTRIES:
        return None
    return None if _suffixes(only_icann=True).publicsuffix(host) == suffix else suffix


def is_known_suffix(domain: str) -> bool:
    """Return whether the list has the suffix of a domain, or the suffix is reserved for examples (RFC 2606)."""
    return domain.endswith((".example", ".test")) or _suffixes(accept_unknown=False).publicsuffix(domain) is not None


def same_company(domain: str, wanted: str) -> bool:
    """Return whether two domains belong to one company: they are equal, or have one registrable domain."""
    return domain == wanted or (registrable_domain(domain) or domain) == (registrable_domain(wanted) or wanted)


def same_name(domain: str, wanted: str) -> bool:
    """Return whether two domains have one name below their suffixes, such as a company's in two countries."""
    names = [(registrable_domain(name) or name).partition(".")[0] for name in (domain, wanted)]
    return names[0] == names[1]
