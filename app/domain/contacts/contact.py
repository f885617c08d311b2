"""Contacts: the normal form, and the phone regions that it suggests."""

from collections.abc import Mapping

import msgspec

from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.company_name import clean_company
from app.domain.contacts.linkedin_profile import read_profile
from app.domain.contacts.member_warning import MemberWarning, shown
from app.domain.contacts.names.person_name import join_name, read_name
from app.domain.contacts.placeholders import is_placeholder
from app.domain.contacts.public_suffix import public_suffix
from app.domain.contacts.text import MAX_NAME, clean_words
from app.domain.errors import FieldError

MAX_URL = 2048
# Countries' domains that are sold and used all over the world, so that they name no country.
_GENERIC_USE = """
ac ag ai am as bz cc cd cf co cx dj fm ga gd gg gl gq gs gy im io je la lc li ly md me mg ml ms mu nf nu pm pn pw sc sh
so sr st su sx tc tf tk tl tm to tv vc vg vu wf ws
"""
GENERIC_USE = frozenset(_GENERIC_USE.split())


_PERSON = ("first_name", "last_name", "full_name")
_WORDS = (*_PERSON, "company_name")


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact in its normal form; empty members are None.

    Attributes:
        first_name: Without titles, nicknames and the like; so are the others.
        last_name: With its particles; an initial stays, although no provider is asked for it.
        full_name: The whole name, if the client gave one, or if it has more in it than first and last name.
        generation: ``Jr.``, ``III`` and the like: part of the identity, never asked for.
        email: The address to verify, of a run that verifies one and has no other member.
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
    generation: str | None = None
    email: str | None = None

    @property
    def linkedin_slug(self) -> str | None:
        """The last part of the LinkedIn profile URL."""
        return self.linkedin_url.rsplit("/", 1)[-1] if self.linkedin_url else None

    @property
    def name(self) -> str | None:
        """The whole name as given, else first and last name joined."""
        return self.full_name or join_name(self.first_name, self.last_name)


class RawContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact in the client's spelling, before normalisation."""

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    company_domain: str | None = None
    company_name: str | None = None
    linkedin_url: str | None = None


_BOUNDS = dict.fromkeys(RawContact.__struct_fields__, MAX_URL) | dict.fromkeys(_WORDS, MAX_NAME)


def normalise(raw: RawContact, names: Mapping[str, str]) -> tuple[Contact, list[MemberWarning], list[FieldError]]:
    """Normalise a contact; a member that cannot be used is dropped, for the others may suffice.

    Args:
        raw: The contact of the client.
        names: The names of attributes in the client's dialect, where they are others, for the warnings and problems.

    Returns:
        The contact, a warning for each member that was dropped, and the problems of a contact of which nothing is left.
        The contact is only meaningful when there is no problem.
    """
    warnings: list[MemberWarning] = []

    def warn(attribute: str, reason: str | None, *, dropped: bool = True, is_empty: bool = False) -> None:
        if reason:
            message = f"{shown(getattr(raw, attribute))}: {reason}"
            warning = MemberWarning(
                field=names.get(attribute, attribute), message=message, dropped=dropped, is_empty=is_empty
            )
            warnings.append(warning)

    given = {name: getattr(raw, name) or "" for name in _BOUNDS}
    texts = {name: clean_words(text[:MAX_URL]) if text else None for name, text in given.items()}
    empty = {name for name, text in texts.items() if text and is_placeholder(text)}
    # The bound is for the given text, because normalisation can make it longer.
    long = {name for name, bound in _BOUNDS.items() if len(given[name]) > bound}
    first, last, full = [None if name in long else texts[name] for name in _PERSON]
    person = read_name(first, last, full)
    given_whole = texts["full_name"] and "full_name" not in empty | long
    joined = join_name(person.first, person.last)
    known = {
        "first_name": person.first,
        "last_name": person.last,
        "full_name": person.full if given_whole or person.full != joined else None,
        "company_name": None if "company_name" in long else clean_company(texts["company_name"]),
    }
    domain = slug = region = None
    for attribute in (*_WORDS, "company_domain", "linkedin_url"):
        if texts[attribute] is None or known.get(attribute):
            continue
        if attribute in empty:
            warn(attribute, "stands for no value", is_empty=True)
        elif attribute in long:
            warn(attribute, f"must be at most {_BOUNDS[attribute]} characters")
        elif attribute in _WORDS:
            warn(attribute, "names no company" if attribute == "company_name" else "has no name in it")
        elif attribute == "company_domain":
            company = read_domain(raw.company_domain or "", known["company_name"])
            domain = company.domain
            warn(attribute, company.reason, dropped=domain is None)
        else:
            profile = read_profile(raw.linkedin_url or "")
            slug, region = profile.slug, profile.region
            warn(attribute, profile.reason, dropped=slug is None)
    contact = Contact(
        **known,
        generation=person.generation,
        company_domain=domain,
        linkedin_url=f"https://www.linkedin.com/in/{slug}" if slug else None,
        region=region,
    )
    if any((*known.values(), domain, slug)):
        return contact, warnings, []
    wanted = ", ".join(names.get(a, a) for a in ("first_name", "last_name", "company_domain", "linkedin_url"))
    nobody = FieldError(field="", message=f"at least one of {wanted} is needed to look a person up")
    return contact, [], [one.problem for one in warnings] or [nobody]


def region_hints(contact: Contact) -> tuple[str, ...]:
    """Return the countries whose national phone format a number of this contact may use.

    Returns:
        ISO 3166 alpha-2 codes, the most likely first: of the LinkedIn host, then of the domain's country code.
    """
    hints = [contact.region] if contact.region else []
    suffix = (contact.company_domain or "").rsplit(".", 1)[-1]
    # What such a country keeps for its own companies, such as com.co, names it nevertheless.
    is_own = suffix not in GENERIC_USE or "." in public_suffix(contact.company_domain or "")
    if len(suffix) == len("fr") and is_own:
        hints.append({"uk": "GB"}.get(suffix, suffix.upper()))
    return tuple(dict.fromkeys(hints))
