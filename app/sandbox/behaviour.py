"""The behaviour of a sandbox vendor for one request, before the vendor's own response format."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from app.sandbox.magic import SLOW_FINDERS, SLOW_SHARES, Magic
from app.sandbox.population import MOODY, Person
from app.settings.settings import Settings

FAILS_BELOW, THROTTLES_BELOW, HANGS_BELOW = 0.10, 0.20, 0.22
HANG_SECONDS = 3.0  # longer than the timeout that the moody vendor's declaration sets for an exchange
RETRY_AFTER = "2"


class Act(StrEnum):
    """The kinds of responses; every vendor has its own format for each."""

    ANSWER = "answer"
    THROTTLED = "throttled"
    BROKE = "broke"
    FAULT = "fault"


ACTS = {Magic.BROKEN: Act.FAULT, Magic.LIMITED: Act.THROTTLED, Magic.BROKE: Act.BROKE}


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """One response: its kind, its delay in seconds, and the values that the vendor has (None for those it lacks)."""

    kind: Act = Act.ANSWER
    delay: float = 0.0
    email: str | None = None
    phone: str | None = None
    line: str = "mobile"
    grade: str = "valid"
    confidence: int = 95


def choose_behaviour(
    provider: str, fields: frozenset[str], person: Person, settings: Settings, times: Callable[[], int]
) -> Behaviour:
    """Choose the behaviour for a request.

    Args:
        provider: The vendor's slug.
        fields: The requested fields.
        person: The person in question.
        settings: Latency and slowness.
        times: Counts the request and returns how many came before it for this vendor and person.
    """
    delay = settings.sandbox_latency_ms / 1000
    if person.magic is not None:
        return _magic_behaviour(provider, fields, person, delay, settings.sandbox_slow_seconds)
    known = frozenset(field for field in fields if provider in person.known_by[field])
    failure = _moody_failure(person, delay, times, knows=bool(known)) if provider == MOODY else None
    return failure or _answer(person, known, delay, person.grade)


def _magic_behaviour(provider: str, fields: frozenset[str], person: Person, delay: float, slow: float) -> Behaviour:
    """Return the behaviour for a magic contact."""
    if person.magic in ACTS:
        return Behaviour(kind=ACTS[person.magic], delay=delay)
    if person.magic is Magic.SLOW:
        share = max(SLOW_SHARES.get((provider, field), 0.0) for field in fields)
        found = frozenset(f for f in fields if provider == MOODY or (provider, f) in SLOW_FINDERS)
        return _answer(person, found, max(delay, share * slow), "valid")
    known = frozenset() if person.magic is Magic.MISSING else fields
    return _answer(person, known, delay, "risky" if person.magic is Magic.CATCHALL else "valid")


def _answer(person: Person, known: frozenset[str], delay: float, grade: str) -> Behaviour:
    magic = person.magic is not None
    return Behaviour(
        delay=delay,
        email=person.email if "email" in known else None,
        phone=person.phone if "phone" in known else None,
        line="mobile" if magic else person.line,
        grade=grade,
        confidence={"valid": 97, "risky": 60}[grade] if magic else person.confidence,
    )


def _moody_failure(person: Person, delay: float, times: Callable[[], int], *, knows: bool) -> Behaviour | None:
    """Return a failure of the moody vendor, or None; only people whom it does not know meet lasting failures."""
    if person.luck < FAILS_BELOW:
        return Behaviour(kind=Act.FAULT, delay=delay) if times() == 0 else None
    if person.luck < THROTTLES_BELOW and not knows:
        return Behaviour(kind=Act.THROTTLED, delay=delay) if times() == 0 else None
    if person.luck < HANGS_BELOW and not knows:
        return Behaviour(delay=HANG_SECONDS)
    return None
