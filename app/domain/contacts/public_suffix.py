"""Domains by the public suffix list (publicsuffix.org): the part that one holder registered, and the same company."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    """Read the bundled list on first use, both of its sections."""
    return PublicSuffixList(only_icann=False)


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


def same_company(domain: str, wanted: str) -> bool:
    """Return whether two domains belong to one company: they are equal, or have one registrable domain."""
    return domain == wanted or (registrable_domain(domain) or domain) == (registrable_domain(wanted) or wanted)


def same_name(domain: str, wanted: str) -> bool:
    """Return whether two domains have one name below their suffixes, such as a company's in two countries."""
    names = [(registrable_domain(name) or name).partition(".")[0] for name in (domain, wanted)]
    return names[0] == names[1]
