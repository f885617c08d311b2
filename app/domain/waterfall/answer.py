"""Answers of providers: found, miss, rejected or failed; and the policy that decides which one is a hit."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.contact import Contact
from app.domain.contacts.email_address import address_flaw
from app.domain.contacts.phone_number import parse_phone
from app.domain.contacts.public_suffix import same_name
from app.domain.vocabulary import Field

ZERO = Decimal(0)


class Deliverability(StrEnum):
    """The deliverability of an address: how sure it is that mail arrives."""

    VALID = "valid"
    RISKY = "risky"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class PhoneType(StrEnum):
    """The kind of line behind a number."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """Why a provider gave no usable answer."""

    AUTH_ERROR = "auth_error"
    OUT_OF_CREDITS = "out_of_credits"
    RATE_LIMITED = "rate_limited"
    BAD_REQUEST = "bad_request"
    SERVER_ERROR = "server_error"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    TICKET_LOST = "ticket_lost"
    INTERRUPTED = "interrupted"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A value from a vendor, with its grade translated.

    Attributes:
        value: The raw address or number.
        status: The vendor's grade as a deliverability.
        confidence: 0-100, or None where the vendor gives none.
        phone_type: The kind of line of a number.
        company_domain: The domain of the person's employer, if the vendor names it.
    """

    value: str
    status: Deliverability = Deliverability.UNKNOWN
    confidence: int | None = None
    phone_type: PhoneType = PhoneType.UNKNOWN
    company_domain: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True, tag="found"):
    """A value that passed our checks.

    Attributes:
        value: Normalised e-mail address, or phone number in E.164.
        confidence: 0-100.
        score: 0-100, the certainty of the deliverability.
        phone_extension: Digits to dial behind the number of a switchboard.
    """

    field: Field
    value: str
    status: Deliverability
    confidence: int
    score: int
    phone_type: PhoneType = PhoneType.UNKNOWN
    phone_extension: str | None = None


class Miss(msgspec.Struct, frozen=True, kw_only=True, tag="miss"):
    """The provider does not know the person."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag="rejected"):
    """The provider gave a value that is not a hit; `reason` says why without repeating the value."""

    reason: str


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The provider gave no usable answer.

    Attributes:
        reason: For the operator; never holds a secret or the contact.
        retry_after: Seconds that the vendor asks us to wait, if it does.
    """

    trouble: Trouble
    reason: str
    retry_after: float | None = None


Answer = Found | Miss | Rejected | Failed


class AcceptancePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The acceptance policy of a field: the grades that end its cascade, and those that are kept.

    Attributes:
        stops: Deliverabilities that end the cascade at once.
        keeps: Deliverabilities kept in case nothing better comes, the best first.
    """

    stops: tuple[Deliverability, ...]
    keeps: tuple[Deliverability, ...]


# A catch-all address may bounce, so it is kept while the search goes on. A number in an assigned range cannot be graded
# further, so the first one ends the search.
ACCEPTANCE: dict[Field, AcceptancePolicy] = {
    Field.EMAIL: AcceptancePolicy(stops=(Deliverability.VALID,), keeps=(Deliverability.RISKY, Deliverability.UNKNOWN)),
    Field.PHONE: AcceptancePolicy(stops=(Deliverability.VALID, Deliverability.UNKNOWN, Deliverability.RISKY), keeps=()),
    # Every verdict but "unknown" is one; another verifier would be paid to say the same.
    Field.VERIFY: AcceptancePolicy(
        stops=(Deliverability.VALID, Deliverability.INVALID, Deliverability.RISKY), keeps=(Deliverability.UNKNOWN,)
    ),
}

# Of waterfalls that take the address of a catch-all domain.
_RISKY_ACCEPTED = AcceptancePolicy(stops=(Deliverability.VALID, Deliverability.RISKY), keeps=(Deliverability.UNKNOWN,))

# Used where a vendor grades but does not score (or scores but does not grade).
DEFAULT_SCORE: dict[Deliverability, int] = {
    Deliverability.VALID: 100,
    Deliverability.RISKY: 50,
    Deliverability.UNKNOWN: 30,
    Deliverability.INVALID: 0,
}
# Of a verifier that calls an address valid although its domain takes any address: settled, but not as sure.
SETTLED_SCORE = 80
DEFAULT_CONFIDENCE: dict[Deliverability, int] = {
    Deliverability.VALID: 95,
    Deliverability.RISKY: 60,
    Deliverability.UNKNOWN: 50,
    Deliverability.INVALID: 0,
}


def acceptance_of(field: Field, *, takes_risky: bool) -> AcceptancePolicy:
    """Return the acceptance policy of a field; a waterfall may take risky addresses as well."""
    return _RISKY_ACCEPTED if takes_risky and field is Field.EMAIL else ACCEPTANCE[field]


def is_hit(policy: AcceptancePolicy, answer: Answer) -> bool:
    """Return whether an answer ends the cascade."""
    return isinstance(answer, Found) and answer.status in policy.stops


def is_kept(policy: AcceptancePolicy, answer: Answer) -> bool:
    """Return whether an answer is kept while the cascade goes on."""
    return isinstance(answer, Found) and answer.status in policy.keeps


def is_risky(answer: Answer) -> bool:
    """Return whether an answer is a value that may not reach the person."""
    return isinstance(answer, Found) and answer.status is Deliverability.RISKY


def judge(field: Field, candidate: Candidate, contact: Contact, *, elsewhere: bool = False) -> Found | Rejected:
    """Check a vendor's value: syntax, masks, role accounts, private addresses, other companies.

    Args:
        field: Which kind of value was asked for.
        candidate: The vendor's value.
        contact: Who was asked for.
        elsewhere: An address that is not at the company's domain passes where the vendor grades it valid.

    Returns:
        The normalised value, or why it is not a hit.
    """
    wanted, named = contact.company_domain, candidate.company_domain
    employer = read_domain(named, contact.company_name).domain if named else None
    # The name of the company in another country is no sign of another employer.
    if wanted and employer and not same_name(employer, wanted):
        return Rejected(reason="the provider names another company as the person's employer")
    if field is Field.PHONE:
        return _judge_phone(candidate, contact)
    lenient = elsewhere and candidate.status is Deliverability.VALID
    names = [name for name in (contact.first_name, contact.last_name, contact.full_name) if name]
    flaw, address = address_flaw(
        candidate.value, wanted, company_name=contact.company_name, names=names, elsewhere=lenient
    )
    if flaw:
        return Rejected(reason=flaw)
    if candidate.status is Deliverability.INVALID:
        return Rejected(reason="the provider itself grades the address as invalid")
    return _found(field, address, candidate, candidate.status)


def _judge_phone(candidate: Candidate, contact: Contact) -> Found | Rejected:
    number = parse_phone(candidate.value, contact, candidate.phone_type.value)
    if number is None:
        return Rejected(reason="not an assigned phone number, or masked")
    if number.service:
        return Rejected(reason="a toll-free, premium-rate or other service number, not a person's")
    phone_type = candidate.phone_type
    # A country's plan of numbers is surer than a vendor's word, except that a number of any plan may be one of VoIP.
    if number.kind and (phone_type is not PhoneType.VOIP or number.extension):
        phone_type = PhoneType(number.kind)
    found = _found(Field.PHONE, number.e164, candidate, candidate.status)
    return msgspec.structs.replace(found, phone_type=phone_type, phone_extension=number.extension)


def _found(field: Field, value: str, candidate: Candidate, status: Deliverability) -> Found:
    given = candidate.confidence
    confidence = DEFAULT_CONFIDENCE[status] if given is None else max(0, min(100, given))
    return Found(
        field=field,
        value=value,
        status=status,
        confidence=confidence,
        score=DEFAULT_SCORE[status],
    )
