"""Who is looked for: a contact, its normal form, its fingerprint and the regions it hints at."""

import hashlib
import re
import unicodedata
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import idna
import msgspec

from app.domain.errors import Problem

FINGERPRINT_VERSION = "1"
MAX_NAME = 200
MAX_URL = 2048

# What a text is blank of if it has nothing else: white space, controls, and format characters that nobody sees. A list
# of our own, so that the specification can say it as a pattern and no version of Unicode changes it.
BLANK = r"\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u1680\u180e"
BLANK += r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb"
_BLANKS = re.compile(f"[{BLANK}]+")
_LINKEDIN_HOST = re.compile(r"(?:[a-z0-9-]+\.)*linkedin\.com", re.ASCII)
_PORT = re.compile("[0-9]{0,5}")
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.ASCII)
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


class EnrichmentType(StrEnum):
    """What a run looks for."""

    EMAIL = "email"
    PHONE = "phone"
    ALL = "all"


class Field(StrEnum):
    """One kind of value; each has a cascade of its own."""

    EMAIL = "email"
    PHONE = "phone"


FIELDS_OF: dict[EnrichmentType, tuple[Field, ...]] = {
    EnrichmentType.EMAIL: (Field.EMAIL,),
    EnrichmentType.PHONE: (Field.PHONE,),
    EnrichmentType.ALL: (Field.EMAIL, Field.PHONE),
}


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact in its normal form; empty members are None.

    Attributes:
        company_domain: Lower-case ASCII (IDNA) domain without ``www.``.
        linkedin_url: ``https://www.linkedin.com/in/<slug>``, the slug lower-case and percent-decoded.
        region: ISO 3166 alpha-2 hint from a LinkedIn host such as ``fr.linkedin.com``; not part of the identity.
    """

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    company_domain: str | None = None
    company_name: str | None = None
    linkedin_url: str | None = None
    region: str | None = None

    @property
    def linkedin_slug(self) -> str | None:
        """The last part of the LinkedIn profile URL."""
        return self.linkedin_url.rsplit("/", 1)[-1] if self.linkedin_url else None

    @property
    def name(self) -> str | None:
        """The full name as given, else first and last name joined."""
        return self.full_name or " ".join(part for part in (self.first_name, self.last_name) if part) or None


class RawContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as a client wrote it, before any rule was applied."""

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    company_domain: str | None = None
    company_name: str | None = None
    linkedin_url: str | None = None


def normalise(raw: RawContact, names: dict[str, str]) -> tuple[Contact, list[Problem]]:
    """Bring a contact into its normal form.

    Args:
        raw: What the client sent.
        names: For each attribute of `RawContact` its name in the client's dialect, for the problems.

    Returns:
        The contact, and every problem found; the contact is only meaningful when there is none.
    """
    problems: list[Problem] = []
    text: dict[str, str | None] = {}
    for attribute in ("first_name", "last_name", "full_name", "company_name"):
        value = clean_text(getattr(raw, attribute))
        # Of what was given: folding can make a text longer.
        if len(getattr(raw, attribute) or "") > MAX_NAME:
            problems.append(Problem(field=names[attribute], message=f"must be at most {MAX_NAME} characters"))
        text[attribute] = value
    domain = slug = region = None
    if clean_text(raw.company_domain):
        domain = parse_domain(raw.company_domain or "")
        if domain is None:
            problems.append(
                Problem(
                    field=names["company_domain"],
                    message="must be a domain such as acme.example, a URL or an e-mail address of the company",
                )
            )
    if clean_text(raw.linkedin_url):
        slug, region = parse_linkedin(raw.linkedin_url or "")
        if slug is None:
            problems.append(
                Problem(
                    field=names["linkedin_url"],
                    message="must be a profile URL such as https://www.linkedin.com/in/janesmith",
                )
            )
    contact = Contact(
        **text,
        company_domain=domain,
        linkedin_url=f"https://www.linkedin.com/in/{slug}" if slug else None,
        region=region,
    )
    if not problems and not identifiable(contact):
        wanted = ", ".join(names[a] for a in ("first_name", "last_name", "company_domain", "linkedin_url"))
        problems.append(Problem(field="", message=f"at least one of {wanted} is needed to look somebody up"))
    return contact, problems


def identifiable(contact: Contact) -> bool:
    """Tell whether anything in the contact names a person or a company."""
    return any((contact.name, contact.company_domain, contact.company_name, contact.linkedin_url))


def clean_text(value: str | None) -> str | None:
    """Fold a text to NFKC without control characters and surplus white space; None when nothing is left."""
    if value is None:
        return None
    if value.isascii() and value.isprintable():
        # What follows changes nothing about most texts but their blanks, and takes longer.
        return " ".join(value.split()) or None
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", value)).strip(" ") or None


def parse_domain(value: str) -> str | None:
    """Read a company's domain from a bare domain, a URL or an e-mail address.

    Args:
        value: In any case, with or without ``www.``, port, path; internationalised names included (IDNA 2008,
            RFC 5891, with the UTS 46 mapping).

    Returns:
        The ASCII domain in lower case, or None when there is none in it.
    """
    text = _after_scheme((clean_text(value) or "").lower())
    # What follows the host may hold anything, an @ or a second URL among it.
    host = re.split(r"[/?#]", text, maxsplit=1)[0].rsplit("@", 1)[-1]
    name, _, port = host.partition(":")
    if not _PORT.fullmatch(port):
        return None
    text = name.rstrip(".")
    if "." in text.removeprefix("www."):
        text = text.removeprefix("www.")
    if text.isascii() and "--" not in text:
        # IDNA leaves such names as they are.
        return text if _DOMAIN.fullmatch(text) else None
    try:
        ascii_form = idna.encode(text, uts46=True).decode("ascii") if text else ""
    except (idna.IDNAError, UnicodeError):
        return None
    return ascii_form if _DOMAIN.fullmatch(ascii_form) else None


def _after_scheme(text: str) -> str:
    found = _SCHEME.match(text)
    return text[found.end() :] if found else text


def parse_linkedin(value: str) -> tuple[str | None, str | None]:
    """Read the slug of a LinkedIn profile, and the region of its host.

    Args:
        value: Any spelling: with or without scheme, ``www.`` or a country's host, trailing parts, query, in any case;
            ``/pub/`` addresses of the older kind too. Sales Navigator and company pages are not profiles.

    Returns:
        Slug and ISO country (both lower and upper case respectively), or None for what is not there.
    """
    text = clean_text(value) or ""
    if not _SCHEME.match(text.lower()):
        text = f"https://{text}"
    elif text.startswith("/"):
        text = f"https:{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None, None
    if parts.scheme.lower() not in {"http", "https"} or not _LINKEDIN_HOST.fullmatch(host):
        return None, None
    segments = [s for s in unquote(parts.path).split("/") if s]
    if len(segments) < 2 or segments[0].lower() not in {"in", "pub"} or len(segments[1]) > MAX_NAME:  # noqa: PLR2004 - kind and slug
        return None, None
    label = host.split(".", 1)[0]
    region = {"uk": "GB"}.get(label, label.upper()) if len(label) == len("fr") else None
    slug = clean_text(segments[1].lower())
    return (slug, region) if slug and " " not in slug else (None, None)


def fingerprint(contact: Contact) -> bytes:
    """Identify a contact whatever its spelling: the digest of its normal form.

    Returns:
        32 bytes (SHA-256); the version of the rules is part of what is hashed.
    """
    name = " ".join(p for p in (contact.first_name, contact.last_name) if p) or contact.full_name or ""
    identity = (
        FINGERPRINT_VERSION,
        name.casefold(),
        contact.company_domain or "",
        (contact.company_name or "").casefold(),
        (contact.linkedin_slug or "").casefold(),
    )
    return hashlib.sha256("\x1f".join(identity).encode()).digest()


def region_hints(contact: Contact) -> tuple[str, ...]:
    """Guess the countries whose national phone format a number of this contact may use.

    Returns:
        ISO 3166 alpha-2 codes, the likeliest first: the LinkedIn host's, then that of the domain's country code.
    """
    hints = [contact.region] if contact.region else []
    suffix = (contact.company_domain or "").rsplit(".", 1)[-1]
    if len(suffix) == len("fr"):
        hints.append({"uk": "GB"}.get(suffix, suffix.upper()))
    return tuple(dict.fromkeys(hints))
