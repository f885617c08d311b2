"""The made-up population: who exists, who knows them, their addresses and numbers; a pure function of the contact."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping

import msgspec

from app.sandbox.magic import Magic, magic_of

MAIL, DIAL, DUO, LATER, MOODY = "sandbox-mail", "sandbox-dial", "sandbox-duo", "sandbox-later", "sandbox-moody"
KNOWERS: dict[str, tuple[str, ...]] = {"email": (MAIL, DUO, LATER, MOODY), "phone": (DIAL, DUO, MOODY)}
ALSO_KNOWN = 0.35  # chance that a provider knows somebody whom another one knows
RISKY, UNSURE = 0.15, 0.05

EMPLOYERS = ("northwind.example", "contoso.example", "fabrikam.example", "initech.example", "globex.example")
# 555-0100 to 555-0199 are kept for fiction in every North American area code (NANPA), and libphonenumber accepts them.
AREA_CODES = (206, 212, 303, 312, 404, 415, 512, 617)
LINES = ("mobile", "mobile", "mobile", "landline", "voip")


class PersonQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a provider is asked for; empty texts where it was not told."""

    first_name: str = ""
    last_name: str = ""
    name: str = ""
    domain: str = ""
    company: str = ""
    linkedin: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may or may not exist.

    Attributes:
        id: Digest that tells people apart without telling who they are.
        knowers: For each field the providers that know it; nobody where it cannot be found.
        grade: ``valid``, ``risky`` or ``unknown``, the same at every provider.
        luck: 0 to 1, for whatever a provider's mood depends on.
    """

    id: str
    magic: Magic | None
    email: str
    phone: str
    line: str
    grade: str
    confidence: int
    luck: float
    knowers: dict[str, tuple[str, ...]]


def read_query(given: Mapping[str, object]) -> PersonQuery:
    """Read whom a request asks for; names come apart or together, and a LinkedIn profile alone names its person."""
    text = {name: str(given.get(name) or "").strip() for name in PersonQuery.__struct_fields__}
    slug = text["linkedin"].rstrip("/").rsplit("/", 1)[-1].casefold()
    if text["name"] and not (text["first_name"] and text["last_name"]):
        text["first_name"], _, text["last_name"] = text["name"].partition(" ")
    return PersonQuery(**(text | {"linkedin": slug, "domain": text["domain"].casefold()}))


def person_id(asking: PersonQuery) -> str:
    """Identify whom an asking is about: the digest of name and company, or of the LinkedIn profile."""
    named = " ".join(part for part in (asking.first_name, asking.last_name) if part).casefold()
    where = asking.domain or asking.company.casefold() or asking.linkedin
    return hashlib.sha256(f"{named}\x1f{where}".encode()).hexdigest()[:16]


def meet(asking: PersonQuery, match_rate: float) -> Person:
    """Make up the person.

    Args:
        asking: Whom a provider was asked for.
        match_rate: Share of people, 0 to 1, whose e-mail address at least one provider has; the same of numbers.
    """
    identity = person_id(asking)
    first, last = asking.first_name, asking.last_name
    if not (first or last):
        words = [word for word in asking.linkedin.split("-") if word.isalpha()]
        first, last = (words[0], " ".join(words[1:])) if words else ("", "")
    magic = magic_of(asking.first_name, asking.last_name, asking.linkedin)
    nobody = not (first or last) or not (asking.domain or asking.company or asking.linkedin)
    chance = _chance(identity, "grade")
    grade = "risky" if chance < RISKY else "unknown" if chance < RISKY + UNSURE else "valid"
    domain = asking.domain or _domain(asking.company) or EMPLOYERS[_pick(identity, "employer", len(EMPLOYERS))]
    knowers: dict[str, tuple[str, ...]] = {
        field: () if nobody else _knowers(identity, field, match_rate) for field in KNOWERS
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
        knowers=knowers,
    )


def _knowers(identity: str, field: str, match_rate: float) -> tuple[str, ...]:
    if _chance(identity, field) >= match_rate:
        return ()
    names = KNOWERS[field]
    surely = names[_pick(identity, f"{field} knower", len(names))]
    return tuple(n for n in names if n == surely or _chance(identity, f"{field} {n}") < ALSO_KNOWN)


def _local(first: str, last: str, identity: str) -> str:
    one, two = _ascii(first), _ascii(last)
    if not (one and two):
        return one or two or f"p{identity[:6]}"
    patterns = (f"{one}.{two}", f"{one}.{two}", f"{one[0]}{two}", f"{one}_{two}", f"{one}{two}")
    return patterns[_pick(identity, "pattern", len(patterns))]


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", folded)[:30]


def _domain(company: str) -> str:
    folded = unicodedata.normalize("NFKD", company).encode("ascii", "ignore").decode().lower()
    label = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-")
    return f"{label}.example" if label else ""


def _chance(identity: str, what: str) -> float:
    """Draw a number from 0 to below 1 that depends on nothing but the person and the purpose."""
    return int.from_bytes(hashlib.sha256(f"{identity}/{what}".encode()).digest()[:6]) / 2**48


def _pick(identity: str, what: str, count: int) -> int:
    return int(_chance(identity, what) * count)
