"""What an answer adds up to: one reading for each field that was bought, and what the vendor charges."""

from datetime import datetime
from decimal import Decimal

import msgspec

from app.domain.answer import ZERO, Answer, Failed, Miss, Trouble
from app.domain.contact import Contact, Field
from app.providers.registry import Entry
from app.providers.reply import Reply
from app.providers.spec import Route, Verdict
from app.providers.verdict import failed, read_values

# After these the vendor may have done its work, so its call fee counts; a refusal costs nothing.
_MAY_COST = frozenset({Trouble.TIMEOUT, Trouble.MALFORMED, Trouble.TICKET_LOST})


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one asking came to, before it is priced.

    Attributes:
        also: Other fields that the same call answered.
        billed: Fields for which the vendor charges a success.
        status: Of the last HTTP answer.
    """

    answer: Answer
    also: dict[Field, Answer] = {}
    billed: frozenset[Field] = frozenset()
    status: int | None = None


def conclude(
    reply: Reply,
    verdict: Verdict,
    *,
    entry: Entry,
    route: Route,
    fields: frozenset[Field],
    contact: Contact,
    now: datetime,
) -> Result:
    """Turn a final verdict into answers.

    Args:
        reply: The answer.
        verdict: What it means.
        entry: The provider.
        route: That was asked.
        fields: That were bought; a failure speaks only for the route's own.
        contact: Who was asked for.
        now: The time, for waits given as dates.
    """
    if verdict is Verdict.MISS:
        others = fields - {route.field}
        return Result(answer=Miss(), also={field: Miss() for field in others}, status=reply.status)
    if verdict is not Verdict.ANSWER:
        return Result(answer=failed(verdict, reply, entry.spec.waits, now), status=reply.status)
    own = read_values(reply, route.values, route.field, contact)
    readings = {route.field: own}
    for field in fields - {route.field}:
        sibling = entry.route(field, route.name)
        if sibling is not None:
            readings[field] = read_values(reply, sibling.values, field, contact)
    return Result(
        answer=own.answer,
        also={field: reading.answer for field, reading in readings.items() if field is not route.field},
        billed=frozenset(field for field, reading in readings.items() if reading.billed),
        status=reply.status,
    )


def cost(entry: Entry, route: Route, result: Result) -> Decimal:
    """Price a result in USD: the call where the vendor has worked, a success for each field it bills."""
    worked = not isinstance(result.answer, Failed) or result.answer.trouble in _MAY_COST
    total = entry.price(route).call if worked else ZERO
    for field in result.billed:
        sibling = entry.route(field, route.name)
        total += entry.price(sibling).success if sibling else ZERO
    return total
