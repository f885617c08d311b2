"""The made-up population: people, their addresses and numbers, and the vendors that know them; a pure function."""

import hashlib
import re
from collections.abc import Mapping

import msgspec

from app.domain.contacts.text import normal_form
from app.sandbox.magic import Magic, magic_of

MAIL, DIAL, DUO, LATER, MOODY = "sandbox-mail", "sandbox-dial", "sandbox-duo", "sandbox-later", "sandbox-moody"
VENDORS_BY_FIELD: dict[str, tuple[str, ...]] = {"email": (MAIL, DUO, LATER, MOODY), "phone": (DIAL, DUO, MOODY)}
ALSO_KNOWN = 0.35  # chance that a vendor knows a person whom another one knows
RISKY, UNSURE = 0.15, 0.05

EMPLOYERS = ("northwind.example", "contoso.example", "fabrikam.example", "initech.example", "globex.example")
# 555-0100 to 555-0199 are kept for fiction in every North American area code (NANPA), and libphonenumber accepts them.
AREA_CODES = (206, 212, 303, 312, 404, 415, 512, 617)
LINES = ("mobile", "mobile", "mobile", "landline", "voip")


class PersonQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The person that a request names; members that the request lacks are empty."""

    first_name: str = ""
    last_name: str = ""
    name: str = ""
    domain: str = ""
    company: str = ""
    linkedin: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may or may not exist.

    Attributes:
        id: Digest that identifies the person without personal data.
        known_by: For each field the vendors that know it; empty where it cannot be found.
        grade: ``valid``, ``risky`` or ``unknown``, the same at every provider.
        luck: 0 to 1; chooses the failures of the moody vendor.
    """

    id: str
    magic: Magic | None
    email: str
    phone: str
    line: str
    grade: str
    confidence: int
    luck: float
    known_by: dict[str, tuple[str, ...]]


def read_query(given: Mapping[str, object]) -> PersonQuery:
    """Read the person of a request; the name may be whole or in parts, and a LinkedIn profile alone is enough."""
    text = {name: str(given.get(name) or "").strip() for name in PersonQuery.__struct_fields__}
    slug = text["linkedin"].rstrip("/").rsplit("/", 1)[-1].casefold()
    if text["name"] and not (text["first_name"] and text["last_name"]):
        text["first_name"], _, text["last_name"] = text["name"].partition(" ")
    return PersonQuery(**(text | {"linkedin": slug, "domain": text["domain"].casefold()}))


def person_id(query: PersonQuery) -> str:
    """Return the digest of name and company, or of the LinkedIn profile."""
    named = " ".join(part for part in (query.first_name, query.last_name) if part).casefold()
    where = query.domain or query.company.casefold() or query.linkedin
    return hashlib.sha256(f"{named}\x1f{where}".encode()).hexdigest()[:16]


def make_person(query: PersonQuery, match_rate: float) -> Person:
    """Return the made-up person.

    Args:
        query: The person that a request names.
        match_rate: Share of people, 0 to 1, whose e-mail address at least one provider has; the same of numbers.
    """
    identity = person_id(query)
    first, last = query.first_name, query.last_name
    if not (first or last):
        words = [word for word in query.linkedin.split("-") if word.isalpha()]
        first, last = (words[0], " ".join(words[1:])) if words else ("", "")
    magic = magic_of(query.first_name, query.last_name, query.linkedin)
    anonymous = not (first or last) or not (query.domain or query.company or query.linkedin)
    chance = _chance(identity, "grade")
    grade = "risky" if chance < RISKY else "unknown" if chance < RISKY + UNSURE else "valid"
    domain = query.domain or _domain(query.company) or EMPLOYERS[_pick(identity, "employer", len(EMPLOYERS))]
    known_by: dict[str, tuple[str, ...]] = {
        field: () if anonymous else _vendors_that_know(identity, field, match_rate) for field in VENDORS_BY_FIELD
    }
    return Person(
        id=identity,
        magic=magic,
        email=f"{'magic.' + magic.value if magic else _local(first, last, identity)}@{domain}",
        phone=f"1{AREA_CODES[_pick(identity, 'area', len(AREA_CODES))]}55501{_pick(identity, 'line', 100):02d}",
        line=LINES[_pick(identity, "kind", len(LINES))],
        grade=grade,
        confidence={"valid": 90, "risky": 55, "unknown": 40}[grade] + _pick(identity, "confidence", 10),
        luck=_chance(identity, "luck"),
        known_by=known_by,
    )


def _vendors_that_know(identity: str, field: str, match_rate: float) -> tuple[str, ...]:
    if _chance(identity, field) >= match_rate:
        return ()
    names = VENDORS_BY_FIELD[field]
    surely = names[_pick(identity, f"{field} knower", len(names))]
    return tuple(n for n in names if n == surely or _chance(identity, f"{field} {n}") < ALSO_KNOWN)


def _local(first: str, last: str, identity: str) -> str:
    one, two = _ascii(first), _ascii(last)
    if not (one and two):
        return one or two or f"p{identity[:6]}"
    patterns = (f"{one}.{two}", f"{one}.{two}", f"{one[0]}{two}", f"{one}_{two}", f"{one}{two}")
    return patterns[_pick(identity, "pattern", len(patterns))]


def _ascii(text: str) -> str:
    folded = normal_form("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", folded)[:30]


def _domain(company: str) -> str:
    folded = normal_form("NFKD", company).encode("ascii", "ignore").decode().lower()
    label = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-")
    return f"{label}.example" if label else ""


def _chance(identity: str, purpose: str) -> float:
    """Return a number from 0 to below 1 that depends only on the person and the purpose."""
    return int.from_bytes(hashlib.sha256(f"{identity}/{purpose}".encode()).digest()[:6]) / 2**48


def _pick(identity: str, purpose: str, count: int) -> int:
    return int(_chance(identity, purpose) * count)
