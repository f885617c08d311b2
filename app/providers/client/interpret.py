"""Interpret answers: the verdict of a table, the values in an answer, and its cost."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from math import isfinite

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import (
    ZERO,
    Answer,
    Candidate,
    Deliverability,
    Failed,
    Found,
    Miss,
    PhoneType,
    Trouble,
    judge,
)
from app.providers.client.blank import is_blank
from app.providers.declaration.finder import Charge
from app.providers.declaration.gateways import CLIENT_FAULT, is_foreign, is_marked
from app.providers.declaration.messages import (
    NoValue,
    Path,
    VendorResponse,
    is_flag,
    is_no,
    is_nothing,
    is_yes,
    look,
    only,
    several,
    step,
)
from app.providers.declaration.retry_after import RetryAfterHint, read_retry_after
from app.providers.declaration.values import Grade, Values
from app.providers.declaration.verdicts import Test, Verdict, VerdictRule, on
from app.providers.setup.configured_route import ConfiguredRoute

LONGEST_VALUE = 320  # an address has at most 254 characters (RFC 5321, 4.5.3.1.3), a number far fewer

# The meaning of statuses where a vendor's own table says nothing. A 2xx that no line recognises is not an answer.
COMMON: tuple[VerdictRule, ...] = (
    on((401, 403), "auth_error"),
    on(402, "out_of_credits"),
    on(429, "rate_limited"),
    on((400, 404, 405, 406, 409, 410, 413, 415, 422), "bad_request"),
    on(408, "server_error"),
    on(tuple(range(500, 600)), "server_error"),
)
REASONS: dict[Verdict, str] = {
    Verdict.AUTH_ERROR: "the provider refuses the API key",
    Verdict.OUT_OF_CREDITS: "no credits are left at the provider",
    Verdict.RATE_LIMITED: "the provider wants fewer requests",
    Verdict.BAD_REQUEST: "the provider refuses the request",
    Verdict.SERVER_ERROR: "the provider has a fault",
    Verdict.MALFORMED: "the answer is not what the provider documents",
    Verdict.TICKET_LOST: "the provider no longer knows the look-up",
    Verdict.GIVEN_UP: "the provider gave the look-up up",
    Verdict.PENDING: "the provider is still working, and documents no way to ask again",
}
# After these the vendor may have done its work, so its call fee counts; a rejected request costs nothing.
_MAY_COST = frozenset({Trouble.TIMEOUT, Trouble.MALFORMED, Trouble.TICKET_LOST})
MOST_CREDITS = 1_000_000
OK, CREATED, TRANSFORMED, TOO_MANY_REQUESTS, SERVER_FAULT = 200, 201, 203, 429, 500
_PAGE = "a page or error of a gateway came in place of the provider's answer"
_VALUES = frozenset({Verdict.ANSWER, Verdict.MISS})
# Tests of bodies that are no JSON object or list; only lines with one of them speak of such a body.
_BARE: frozenset[Test] = frozenset({"nothing", "text"})
_RANK = {
    Deliverability.VALID: 0,
    Deliverability.RISKY: 1,
    Deliverability.UNKNOWN: 2,
    Deliverability.INVALID: 3,
}


def rule(reply: VendorResponse, table: Sequence[VerdictRule]) -> Verdict:
    """Return the verdict of an answer: of the first line that fits, the vendor's before the common ones.

    The web page of a proxy or the JSON of a gateway is no answer of the vendor's. It is then no miss, no refused key
    and no empty balance, unless a line says that the vendor itself answers with a body that is no JSON, or what its 403
    means.
    """
    is_declared = any(reply.status in line.statuses and _holds(reply, line) for line in table)
    if is_foreign(reply, is_declared=is_declared):
        for line in () if is_marked(reply) else table:
            if line.test in _BARE and (not line.statuses or reply.status in line.statuses) and _holds(reply, line):
                return line.then
        # Whatever stands in between wants fewer requests too (RFC 6585, 4).
        if reply.status == TOO_MANY_REQUESTS:
            return Verdict.RATE_LIMITED
        return Verdict.SERVER_ERROR if reply.status >= CLIENT_FAULT else Verdict.MALFORMED
    # A created task, and what a proxy has changed on the way (RFC 9110, 15.3.2 and 15.3.4), are as others' 200.
    is_named = any(reply.status in line.statuses for line in table)
    status = OK if reply.status in {CREATED, TRANSFORMED} and not is_named else reply.status
    for line in (*table, *COMMON):
        if (not line.statuses or status in line.statuses) and _holds(reply, line):
            return Verdict.MALFORMED if line.then in _VALUES and status == OK and is_blank(reply, line) else line.then
    return Verdict.MALFORMED


def failed(verdict: Verdict, reply: VendorResponse, waits: Iterable[RetryAfterHint], now: datetime) -> Failed:
    """Turn a verdict that is no answer into a failure; its reason quotes nothing that the vendor wrote."""
    if verdict is Verdict.GIVEN_UP:
        return Failed(trouble=Trouble.SERVER_ERROR, reason=f"{REASONS[verdict]} (HTTP {reply.status})")
    known = {trouble.value for trouble in Trouble}
    trouble = Trouble(verdict.value) if verdict.value in known else Trouble.MALFORMED
    retry_after = (
        read_retry_after(reply, waits, now) if trouble in {Trouble.RATE_LIMITED, Trouble.SERVER_ERROR} else None
    )
    page = trouble is Trouble.SERVER_ERROR and reply.status < SERVER_FAULT and is_foreign(reply)
    reason = _PAGE if page else REASONS[verdict]
    return Failed(trouble=trouble, reason=f"{reason} (HTTP {reply.status})", retry_after=retry_after)


def _holds(reply: VendorResponse, line: VerdictRule) -> bool:
    if line.path is None:
        tested = line.test is None or _passes(line.test, reply.body)
        return tested and (line.like is None or _contains(line.like, reply.text))
    value = look(reply, line.path)
    if line.test is not None and not _passes(line.test, value):
        return False
    if line.among and not any(_same(value, wanted) for wanted in line.among):
        return False
    return line.like is None or (not isinstance(value, NoValue) and _contains(line.like, _written(value)))


def _passes(test: Test, value: object) -> bool:
    return _TESTS[test](value)


_TESTS: dict[Test, Callable[[object], bool]] = {
    # False in place of an error or a value is none.
    "present": lambda value: value is not False and not isinstance(value, NoValue) and not is_nothing(value),
    "absent": lambda value: value is NoValue.MISSING or (not isinstance(value, NoValue) and is_nothing(value)),
    "missing": lambda value: value is NoValue.MISSING,
    "nothing": lambda value: value is NoValue.EMPTY,
    "text": lambda value: value is NoValue.GARBAGE,
    "object": lambda value: isinstance(only(value), dict),
    "list": lambda value: isinstance(value, list),
    "true": is_yes,
    "false": is_no,
}


def _same(value: object, wanted: str | int) -> bool:
    if isinstance(wanted, bool):
        return is_yes(value) is wanted
    if isinstance(value, str) and isinstance(wanted, str):
        return _word(value) == _word(wanted)
    return not isinstance(value, bool) and isinstance(value, int | str) and str(value).strip() == str(wanted)


def _word(text: str) -> str:
    return text.strip().casefold().replace("-", "_").replace(" ", "_")


def _contains(pattern: str, text: str) -> bool:
    return re.search(pattern, text[:4096], re.IGNORECASE) is not None


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


class FieldReading(msgspec.Struct, frozen=True, kw_only=True):
    """The reading of one field, and whether the vendor charges a success for it."""

    answer: Answer
    billed: bool = False


def read_values(
    reply: VendorResponse, values: Values, field: Field, contact: Contact, *, elsewhere: bool = False
) -> FieldReading:
    """Read one field: the best-graded candidate that passes our own checks.

    Args:
        reply: The answer.
        values: Where its values are.
        field: The field.
        contact: The contact.
        elsewhere: A valid address that is not at the company's domain passes.

    Returns:
        A hit, a miss where no candidate is there, a rejection where none passes, or a failure where the value there
        is not of the documented type.
    """
    found: list[tuple[int, Candidate]] = []
    wrong = False
    for place in values.at:
        for item in several(look(reply, place)):
            made = _candidate(reply, item, values)
            wrong |= made is NoValue.WRONG
            found += [(_place(item, values), made)] if isinstance(made, Candidate) else []
    domain = f"@{contact.company_domain}".casefold()
    found.sort(
        key=lambda f: (_RANK[f[1].status], not f[1].value.casefold().endswith(domain), f[0], -(f[1].confidence or 0))
    )
    candidates = [candidate for _, candidate in found]
    judged = [judge(field, candidate, contact, elsewhere=elsewhere) for candidate in candidates]
    billed = any(candidate.status.value in values.billed for candidate in candidates)
    if judged:
        best = next((answer for answer in judged if isinstance(answer, Found)), judged[0])
        return FieldReading(answer=best, billed=billed)
    if wrong:
        return FieldReading(answer=Failed(trouble=Trouble.MALFORMED, reason=REASONS[Verdict.MALFORMED]))
    return FieldReading(answer=Miss())


def _candidate(reply: VendorResponse, item: object, values: Values) -> Candidate | NoValue:
    """Read one candidate; `NoValue.MISSING` when it is none, `NoValue.WRONG` when it is of a wrong type."""
    text = _value(item, values)
    if isinstance(text, NoValue):
        return text
    grade, confidence = within(reply, item, values.grade), values.confidence
    status = grade_of(grade, values.grades)
    if status is None:
        return NoValue.MISSING
    percent = confidence.get(folded(grade)) if isinstance(confidence, dict) else within(reply, item, confidence)
    kind = folded(within(reply, item, values.phone_type))
    domain = look(reply, values.company_domain) if values.company_domain else None
    return Candidate(
        value=text,
        status=status,
        confidence=percent_of(percent, values.scale),
        phone_type=PhoneType(values.phone_types.get(kind, values.line)),
        company_domain=domain if isinstance(domain, str) and domain else None,
    )


def _value(item: object, values: Values) -> str | NoValue:
    if item is None or (values.flags and is_flag(item)):
        return NoValue.MISSING
    if not isinstance(item, dict | str):
        return NoValue.WRONG
    places = [step(item, path) for path in values.value if path or isinstance(item, str)]
    seen = [part for place in places for part in several(place)]
    if not places or (isinstance(item, str) and item.strip() and "" not in values.value):
        return NoValue.WRONG  # an object in place of a text, or the other way round, is no proof of absence
    if values.only and not any(_same(step(item, values.only[0]), text) for text in values.only[1]):
        return NoValue.MISSING
    text = next((v for v in seen if isinstance(v, str) and v.strip()), None)
    if text is not None:
        return text if len(text) <= LONGEST_VALUE else NoValue.WRONG
    if values.flags:
        seen = [v for v in seen if not is_flag(v)]
    return NoValue.MISSING if all(isinstance(v, NoValue | str) or is_nothing(v) for v in seen) else NoValue.WRONG


def _place(item: object, values: Values) -> int:
    """Return the place of a candidate in the order of preference."""
    if values.prefer is None:
        return 0
    path, order = values.prefer
    kind = folded(step(item, path))
    return order.index(kind) if kind in order else len(order)


def within(reply: VendorResponse, item: object, path: Path | None) -> object:
    """Follow a path from a candidate; a function gets the whole answer."""
    if path is None:
        return None
    return step(item, path) if isinstance(path, str) else path(reply)


def grade_of(value: object, grades: Mapping[str, Grade | None]) -> Deliverability | None:
    """Translate a vendor's grade by the first pattern that fits; None drops the candidate."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # some programs write every number so
    if not isinstance(value, str | int) or isinstance(value, bool):
        rest = grades.get("*", "unknown")
        return Deliverability(rest) if rest else None
    word = folded(value)
    for pattern, meaning in grades.items():
        if fnmatchcase(word, pattern):
            return Deliverability(meaning) if meaning else None
    return Deliverability.UNKNOWN


def folded(value: object) -> str:
    """Fold what spellings of one grade differ in."""
    return re.sub(r"[-\s]+", "_", str(value).strip().casefold())


def percent_of(value: object, scale: float) -> int | None:
    """Read a number that times `scale` is 0-100."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value) * scale
    except (ValueError, OverflowError):
        return None
    return round(max(0.0, min(100.0, number))) if isfinite(number) else None


class CallResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one call, before it is priced.

    Attributes:
        also: Other fields that the same call answered.
        billed: Fields for which the vendor charges a success.
        charged: The cost that the answer itself has, in the vendor's credits.
        status: Of the last HTTP answer.
        reply: The answer itself, where the vendor properly answered with more than a miss.
        passed: A task that comes before the route's own had its answer, so that its price is due.
    """

    answer: Answer
    also: dict[Field, Answer] = {}
    billed: frozenset[Field] = frozenset()
    charged: Decimal | None = None
    status: int | None = None
    reply: VendorResponse | None = None
    passed: bool = False


def conclude(
    reply: VendorResponse,
    verdict: Verdict,
    *,
    offer: ConfiguredRoute,
    charge: Charge | None,
    values: dict[Field, Values],
    contact: Contact,
    now: Callable[[], datetime],
) -> CallResult:
    """Turn a final verdict into answers.

    Args:
        reply: The answer.
        verdict: Its meaning.
        offer: The route that was called.
        charge: Where the answer has its cost, if it has.
        values: Where the values of each bought field are; a failure is one of the route's own field alone.
        contact: The contact.
        now: Returns the time, for waits given as dates.
    """
    others = values.keys() - {offer.field}
    charged = amount_of(look(reply, charge.at)) if charge else None
    if verdict is Verdict.MISS:
        return CallResult(answer=Miss(), also={f: Miss() for f in others}, status=reply.status, charged=charged)
    if verdict is not Verdict.ANSWER:
        trouble = failed(verdict, reply, offer.configured.spec.waits, now())
        return CallResult(answer=trouble, status=reply.status, charged=charged)
    elsewhere = offer.configured.other_domains
    readings = {f: read_values(reply, values[f], f, contact, elsewhere=elsewhere) for f in (offer.field, *others)}
    return CallResult(
        answer=readings[offer.field].answer,
        also={field: readings[field].answer for field in others},
        billed=frozenset(field for field, reading in readings.items() if reading.billed),
        status=reply.status,
        charged=charged,
        reply=reply,
    )


def amount_of(value: object) -> Decimal | None:
    """Read an amount of credits: a number, or a text of one."""
    if isinstance(value, NoValue | bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # also a whole number of more digits than Python writes
        return None
    return amount if amount.is_finite() and ZERO <= amount <= MOST_CREDITS else None


def cost(offer: ConfiguredRoute, result: CallResult, fields: frozenset[Field]) -> Decimal:
    """Price a result in USD: as the answer says, else the call where the vendor has worked and a success a field.

    Args:
        offer: The route that was called; prices that the operator sets count before the answer's.
        result: The result.
        fields: The fields that were bought in the one call.
    """
    worked = isinstance(result.answer, Failed) and result.answer.trouble in _MAY_COST
    worked |= result.passed if offer.declared.before else not isinstance(result.answer, Failed)
    if offer.credit is not None and result.charged is not None and not fields & offer.own_prices:
        return result.charged * offer.credit
    both = offer.both_price
    if both is not None and len(fields) > 1:
        return (both.call if worked else ZERO) + (both.success if result.billed else ZERO)
    return (offer.price.call if worked else ZERO) + sum((offer.success[field] for field in result.billed), ZERO)
