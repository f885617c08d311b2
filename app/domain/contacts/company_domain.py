"""Company domains: take them out of a bare domain, a URL, an e-mail address, or the text around one."""

import re
from functools import lru_cache

import idna
import msgspec

from app.domain.contacts.email_address import is_private_domain
from app.domain.contacts.links.link_text import decoded, parts, without_scheme
from app.domain.contacts.links.redirects import is_redirector, target
from app.domain.contacts.links.service_hosts import without_service
from app.domain.contacts.links.shared_hosts import shared_reason
from app.domain.contacts.public_suffix import is_known_suffix, is_suffix, registrable_domain, same_company
from app.domain.contacts.text import clean_text

_QUERY = re.compile("[?#&]")
# The question to a search engine: with it, even its first page is about another company.
_ASKED = re.compile(r"[?&#](?:q|query|p|text|wd|search)=[^&#]")
_PORT = re.compile("[0-9]{0,5}")
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)
# Without what is taken off a host below, and without two hyphens, as internationalised names have them.
_PLAIN = re.compile(r"(?!.*ww)(?!.*--)[a-z0-9.-]+", re.ASCII)
_WWW = re.compile(r"(?:w{2,4}[0-9]?\.)+(?=.*\.)")
# Addresses are written so that no program reads them: acme[.]example, rita (at) acme (dot) example.
_HIDDEN = re.compile(r" ?[\[({](\.|dot|punkt|punto|point|at|@)[\])}] ?", re.IGNORECASE)
_WWW_ALONE = re.compile(r"www\.[^.]+")
_END_OF_HOST = re.compile("[/?#&]")
_SEVERAL = re.compile("[,;]")
_QUOTES = "'‘’‚"  # noqa: RUF001 - typographic quotes
_MACHINE = re.compile(r"[0-9.]+|0x[0-9a-f]+")
# Names that no public server has (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476), and common names of the same use.
_LOCAL_NAMES = "alt arpa corp home internal intranet invalid lan local localdomain localhost onion private"
LOCAL_NAMES = frozenset(_LOCAL_NAMES.split())
_IMPERSONAL = re.compile(r"(?:https?://)?[\w.-]{1,253}/?", re.ASCII)


class DomainReading(msgspec.Struct, frozen=True, kw_only=True):
    """A company's domain as it was read from a text.

    Attributes:
        domain: ASCII, in lower case, without ``www.``; None when the text holds none of a company.
        reason: Why there is none, or why it is only one of several.
    """

    domain: str | None = None
    reason: str | None = None


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A host in a text; `is_page` where a path follows it, or it stands below the domain that was registered."""

    host: str
    is_page: bool


def parse_domain(value: str) -> str | None:
    """Return the first domain in a text, of a company or not, or None; see `read_domain`."""
    found = _hosts(clean_text(value) or "")
    return without_service(found[0].host) if found else None


def read_domain(value: str, company_name: str | None = None) -> DomainReading:
    """Read a company's domain.

    Args:
        value: A bare domain, URL or e-mail address in any case, perhaps with text around it; internationalised names
            included (IDNA 2008, RFC 5891, with the UTS 46 mapping). A redirect stands for its target.
        company_name: Of the contact, by which the company that runs a social network or the like is known.
    """
    # Most people of a list share their domain with others. What may be a person's address is not kept.
    return _kept(value, company_name) if _IMPERSONAL.fullmatch(value) else _read(value, company_name)


@lru_cache(maxsize=4096)
def _kept(value: str, company_name: str | None) -> DomainReading:
    return _read(value, company_name)


def _read(value: str, company_name: str | None) -> DomainReading:
    text = clean_text(value) or ""
    found = _hosts(_shown(text))
    if not found:
        return DomainReading(reason=_no_domain(text))
    flaws = {one: _flaw(one, company_name) for one in found}
    usable = [without_service(one.host) for one, flaw in flaws.items() if flaw is None]
    if not usable:
        host, flaw = found[0].host, flaws[found[0]]
        return DomainReading(reason=f"{host} is {flaw}; give the company's own domain")
    first, others = usable[0], [host for host in usable[1:] if not same_company(host, usable[0])]
    return DomainReading(domain=first, reason=f"there are several domains, and {first} is taken" if others else None)


def _shown(text: str) -> str:
    return _HIDDEN.sub(lambda found: "@" if found[1].lower() in {"at", "@"} else ".", text)


def _hosts(text: str) -> list[_Found]:
    """List the hosts in a text; where there are several, those of known suffixes."""
    bare = text.lower()
    if _PLAIN.fullmatch(bare) and _DOMAIN.fullmatch(bare):
        # Nothing stands round such a domain; nothing but time depends on it.
        return [_Found(host=bare, is_page=bare != (registrable_domain(bare) or bare))]
    found = [host for part in parts(text) for link in _links(part) if (host := _host(link))]
    known = [one for one in found if len(found) == 1 or is_known_suffix(one.host)]
    return list(dict.fromkeys(known or found))


def _links(part: str) -> list[str]:
    """List the links of a part, which commas may divide; a redirect's is its target."""
    pieces = (piece.strip(_QUOTES) for one in parts(target(part)) for piece in _SEVERAL.split(one.lower()))
    return [piece for piece in pieces if piece]


def _host(link: str) -> _Found | None:
    """Read the host of a link, which may be escaped as a whole."""
    if (found := _plain_host(link)) or "%" not in link:
        return found
    return next(filter(None, map(_plain_host, parts(decoded(link).lower()))), None)


def _plain_host(link: str) -> _Found | None:
    link = without_scheme(link)
    end = _END_OF_HOST.search(link)
    authority, path = (link[: end.start()], link[end.start() :]) if end else (link, "")
    # The text after the host may hold anything, also an @ or a second URL.
    name, _, port = authority.rsplit("@", 1)[-1].partition(":")
    if _WWW_ALONE.fullmatch(name) and not is_known_suffix(name):
        return None
    if not _PORT.fullmatch(port):
        return None
    domain = _ascii(_WWW.sub("", name.strip("."), count=1).strip("."))
    if domain is None:
        return None
    has_path = path.startswith("/") and bool(_QUERY.split(path, maxsplit=1)[0].strip("/"))
    has_path = has_path or bool(_ASKED.search(path))
    is_page = "@" not in authority and (has_path or domain != (registrable_domain(domain) or domain))
    return _Found(host=domain, is_page=is_page)


def _ascii(name: str) -> str | None:
    if name.isascii() and "--" not in name:
        # IDNA leaves such names as they are.
        return name if _DOMAIN.fullmatch(name) else None
    try:
        ascii_form = idna.encode(name, uts46=True).decode("ascii") if name else ""
    except (idna.IDNAError, UnicodeError):
        return None
    return ascii_form if _DOMAIN.fullmatch(ascii_form) else None


def _flaw(found: _Found, company_name: str | None) -> str | None:
    """Return why a host is not a company's domain."""
    if found.host.rsplit(".", 1)[-1] in LOCAL_NAMES:
        return "a name inside a network"
    if is_suffix(found.host):
        return "a suffix, below which companies have their domains"
    reason = shared_reason(found.host, is_page=found.is_page, company_name=company_name)
    if reason is None and found.is_page and is_redirector(found.host):
        return "a link that does not say where it leads"
    return reason or ("a private or disposable mail service" if is_private_domain(found.host) else None)


def _no_domain(text: str) -> str:
    """Return why a text holds no domain."""
    for part in parts(text.lower()):
        host = without_scheme(part).partition("/")[0].partition(":")[0]
        if _MACHINE.fullmatch(host) and any(character.isdigit() for character in host):
            return "it is the address of a machine, not a domain such as acme.example"
        if host.rsplit(".", 1)[-1] in LOCAL_NAMES:
            return "it is a name inside a network, not a domain such as acme.example"
    return "it is no domain such as acme.example, URL or e-mail address of a company"
