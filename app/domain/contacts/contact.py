"""Contacts: the normal form, its fingerprint, and the phone regions that it suggests."""

import hashlib

import msgspec

from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.linkedin_profile import read_profile
from app.domain.contacts.member_warning import MemberWarning, shown
from app.domain.contacts.text import MAX_NAME, clean_text
from app.domain.errors import FieldError

FINGERPRINT_VERSION = "1"
MAX_URL = 2048
# Countries' domains that are sold and used all over the world, so that they name no country.
_GENERIC_USE = """
ac ag ai am as bz cc cd cf co cx dj fm ga gd gg gl gq gs gy im io je la lc li ly md me mg ml ms mu nf nu pm pn pw sc sh
so sr st su sx tc tf tk tl tm to tv vc vg vu wf ws
"""
GENERIC_USE = frozenset(_GENERIC_USE.split())


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact in its normal form; empty members are None.

    Attributes:
        company_domain: Lower-case ASCII (IDNA) domain without ``www.``.
        linkedin_url: ``https://www.linkedin.com/in/<slug>``, the slug percent-decoded, in lower case unless it is a
            member's token.
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
    """A contact in the client's spelling, before normalisation."""

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    company_domain: str | None = None
    company_name: str | None = None
    linkedin_url: str | None = None


def normalise(raw: RawContact, names: dict[str, str]) -> tuple[Contact, list[MemberWarning], list[FieldError]]:
    """Normalise a contact; a member that cannot be used is dropped, for the others may suffice.

    Args:
        raw: The contact of the client.
        names: For each attribute of `RawContact` its name in the client's dialect, for the warnings and problems.

    Returns:
        The contact, a warning for each member that was dropped, and the problems of a contact of which nothing is left.
        The contact is only meaningful when there is no problem.
    """
    warnings: list[MemberWarning] = []

    def warn(attribute: str, value: str, reason: str | None, *, dropped: bool = True) -> None:
        if reason:
            message = f"{shown(value)}: {reason}"
            warnings.append(MemberWarning(field=names[attribute], message=message, dropped=dropped))

    text: dict[str, str | None] = {}
    for attribute in ("first_name", "last_name", "full_name", "company_name"):
        text[attribute] = clean_text(getattr(raw, attribute))
        # The bound is for the given text, because normalisation can make it longer.
        if len(getattr(raw, attribute) or "") > MAX_NAME:
            warn(attribute, getattr(raw, attribute), f"must be at most {MAX_NAME} characters")
            text[attribute] = None
    domain = slug = region = None
    if (given := raw.company_domain) and clean_text(given):
        company = read_domain(given[:MAX_URL], text["company_name"])
        domain = company.domain
        warn("company_domain", given, company.reason, dropped=domain is None)
    if (given := raw.linkedin_url) and clean_text(given):
        profile = read_profile(given[:MAX_URL])
        slug, region = profile.slug, profile.region
        warn("linkedin_url", given, profile.reason, dropped=slug is None)
    contact = Contact(
        **text,
        company_domain=domain,
        linkedin_url=f"https://www.linkedin.com/in/{slug}" if slug else None,
        region=region,
    )
    if any((*text.values(), domain, slug)):
        return contact, warnings, []
    wanted = ", ".join(names[a] for a in ("first_name", "last_name", "company_domain", "linkedin_url"))
    nobody = FieldError(field="", message=f"at least one of {wanted} is needed to look somebody up")
    return contact, [], [one.problem for one in warnings] or [nobody]


def fingerprint(contact: Contact) -> bytes:
    """Return the fingerprint of a contact: the digest of its normal form, equal for all spellings.

    Returns:
        32 bytes (SHA-256); the version of the rules is part of the hashed text.
    """
    name = " ".join(p for p in (contact.first_name, contact.last_name) if p) or contact.full_name or ""
    identity = (
        FINGERPRINT_VERSION,
        name.casefold(),
        contact.company_domain or "",
        (contact.company_name or "").casefold(),
        contact.linkedin_slug or "",
    )
    return hashlib.sha256("\x1f".join(identity).encode()).digest()


def region_hints(contact: Contact) -> tuple[str, ...]:
    """Return the countries whose national phone format a number of this contact may use.

    Returns:
        ISO 3166 alpha-2 codes, the most likely first: of the LinkedIn host, then of the domain's country code.
    """
    hints = [contact.region] if contact.region else []
    suffix = (contact.company_domain or "").rsplit(".", 1)[-1]
    if len(suffix) == len("fr") and suffix not in GENERIC_USE:
        hints.append({"uk": "GB"}.get(suffix, suffix.upper()))
    return tuple(dict.fromkeys(hints))
