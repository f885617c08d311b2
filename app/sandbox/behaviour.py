"""What a sandbox provider does with an asking, before it is dressed as that vendor's answer."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from app.sandbox.magic import SLOW_FINDERS, SLOW_SHARES, Magic
from app.sandbox.population import MOODY, Person
from app.settings.settings import Settings

STUMBLES, STOPS, HANGS = 0.10, 0.20, 0.22
HANG_SECONDS = 3.0  # longer than the moody provider's declaration allows for an exchange
RETRY_AFTER = "2"


class Act(StrEnum):
    """The kinds of answers that every vendor has words for."""

    ANSWER = "answer"
    THROTTLED = "throttled"
    BROKE = "broke"
    FAULT = "fault"


ACTS = {Magic.BROKEN: Act.FAULT, Magic.LIMITED: Act.THROTTLED, Magic.BROKE: Act.BROKE}


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider does: after `delay` seconds, the act; with the values it has (None where it has none)."""

    act: Act = Act.ANSWER
    delay: float = 0.0
    email: str | None = None
    phone: str | None = None
    line: str = "mobile"
    grade: str = "valid"
    confidence: int = 95


def choose_behaviour(
    provider: str, fields: frozenset[str], person: Person, settings: Settings, times: Callable[[], int]
) -> Behaviour:
    """Decide what a provider does.

    Args:
        provider: Its slug.
        fields: What it was asked for.
        person: Who was asked for.
        settings: Of latency and slowness.
        times: Tells how often this provider was asked for this person before.
    """
    delay = settings.sandbox_latency_ms / 1000
    if person.magic is not None:
        return _perform(provider, fields, person, delay, settings.sandbox_slow_seconds)
    known = frozenset(field for field in fields if provider in person.knowers[field])
    mood = _mood(person, delay, times, knows=bool(known)) if provider == MOODY else None
    return mood or _answer(person, known, delay, person.grade)


def _perform(provider: str, fields: frozenset[str], person: Person, delay: float, slow: float) -> Behaviour:
    """Play a magic contact's part."""
    if person.magic in ACTS:
        return Behaviour(act=ACTS[person.magic], delay=delay)
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


def _mood(person: Person, delay: float, times: Callable[[], int], *, knows: bool) -> Behaviour | None:
    """Have one of the moody provider's moods; those that cost a value are kept for people whom it does not know."""
    if person.luck < STUMBLES:
        return Behaviour(act=Act.FAULT, delay=delay) if times() == 0 else None
    if person.luck < STOPS and not knows:
        return Behaviour(act=Act.THROTTLED, delay=delay) if times() == 0 else None
    if person.luck < HANGS and not knows:
        return Behaviour(delay=HANG_SECONDS)
    return None
