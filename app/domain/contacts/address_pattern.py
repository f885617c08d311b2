"""Address patterns: how a company makes addresses of names, learned from addresses that are known to be right."""

import re
from collections import Counter
from collections.abc import Iterable

from app.domain.contacts.contact import Contact
from app.domain.contacts.names.division import is_initial
from app.domain.contacts.text import fold_accents

# By name, the local part that it makes; the first of equally frequent ones counts.
PATTERNS: dict[str, str] = {
    "first.last": "{first}.{last}",
    "f.last": "{f}.{last}",
    "flast": "{f}{last}",
    "first": "{first}",
    "firstlast": "{first}{last}",
    "firstl": "{first}{l}",
    "first.l": "{first}.{l}",
    "first_last": "{first}_{last}",
    "f_last": "{f}_{last}",
    "first-last": "{first}-{last}",
    "f-last": "{f}-{last}",
    "last": "{last}",
    "last.first": "{last}.{first}",
    "last.f": "{last}.{f}",
    "lastf": "{last}{f}",
    "lastfirst": "{last}{first}",
    "last_first": "{last}_{first}",
}
# Two people may have the same pattern by chance of their names, a company has one for nearly all.
LEAST = 2


def fold_letters(name: str) -> str:
    """Return the ASCII letters of a name, without accents; empty where it has letters of another script."""
    letters = fold_accents(name)
    return re.sub(r"[^a-z]", "", letters) if letters.isascii() else ""


def address_by(pattern: str, contact: Contact) -> str | None:
    """Return the address that a pattern makes for a contact; None where its names or its domain do not suffice."""
    parts = _parts(contact)
    if parts is None or contact.company_domain is None:
        return None
    return f"{PATTERNS[pattern].format(**parts)}@{contact.company_domain}"


def known_pattern(known: Iterable[tuple[Contact, str]], domain: str) -> str | None:
    """Return the pattern of a domain.

    Args:
        known: Contacts with their addresses, each known to be right.
        domain: The company's; addresses elsewhere say nothing.

    Returns:
        The pattern that at least two addresses and more than half of them have; None where there is none.
    """
    people = {address.casefold(): contact for contact, address in known}
    mine = {address: contact for address, contact in people.items() if address.endswith(f"@{domain}")}
    counts: Counter[str] = Counter()
    for address, contact in mine.items():
        parts = _parts(contact)
        local = address.partition("@")[0]
        counts.update(name for name, form in PATTERNS.items() if parts and form.format(**parts) == local)
    pattern = max(PATTERNS, key=lambda name: counts[name])
    return pattern if counts[pattern] >= LEAST and 2 * counts[pattern] > len(mine) else None


def _parts(contact: Contact) -> dict[str, str] | None:
    if not contact.first_name or not contact.last_name or is_initial(contact.last_name):
        return None
    first, last = fold_letters(contact.first_name), fold_letters(contact.last_name)
    return {"first": first, "last": last, "f": first[:1], "l": last[:1]} if first and last else None
