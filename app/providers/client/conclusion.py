"""What an answer adds up to: one reading for each field that was bought, and what the vendor charges."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import ZERO, Answer, Failed, Miss, Trouble
from app.providers.client.interpret import failed, read_values
from app.providers.declaration.response import NoValue, VendorResponse, look
from app.providers.declaration.spec import Route, Values, Verdict
from app.providers.setup.configured_provider import ConfiguredProvider

# After these the vendor may have done its work, so its call fee counts; a refusal costs nothing.
_MAY_COST = frozenset({Trouble.TIMEOUT, Trouble.MALFORMED, Trouble.TICKET_LOST})


MOST_CREDITS = 1_000_000


class CallResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one asking came to, before it is priced.

    Attributes:
        also: Other fields that the same call answered.
        billed: Fields for which the vendor charges a success.
        charged: What the answer itself says that it cost, in the vendor's credits.
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
    entry: ConfiguredProvider,
    route: Route,
    fields: frozenset[Field],
    contact: Contact,
    now: datetime,
    polled: bool = False,
) -> CallResult:
    """Turn a final verdict into answers.

    Args:
        reply: The answer.
        verdict: What it means.
        entry: The provider.
        route: That was asked.
        fields: That were bought; a failure speaks only for the route's own.
        contact: Who was asked for.
        now: The time, for waits given as dates.
        polled: It is the answer to a look, not to the first call.
    """
    charged = _amount(look(reply, route.charged.at)) if route.charged else None
    if verdict is Verdict.MISS:
        others = fields - {route.field}
        return CallResult(answer=Miss(), also={field: Miss() for field in others}, status=reply.status, charged=charged)
    if verdict is not Verdict.ANSWER:
        return CallResult(answer=failed(verdict, reply, entry.spec.waits, now), status=reply.status, charged=charged)
    elsewhere = entry.other_domains
    own = read_values(reply, _values(route, polled=polled), route.field, contact, elsewhere=elsewhere)
    readings = {route.field: own}
    for field in fields - {route.field}:
        sibling = entry.route(field, route.name)
        if sibling is not None:
            readings[field] = read_values(reply, _values(sibling, polled=polled), field, contact, elsewhere=elsewhere)
    return CallResult(
        answer=own.answer,
        also={field: reading.answer for field, reading in readings.items() if field is not route.field},
        billed=frozenset(field for field, reading in readings.items() if reading.billed),
        status=reply.status,
        charged=charged,
        reply=reply,
    )


def _values(route: Route, *, polled: bool) -> Values:
    values = route.poll.values if polled and route.poll and route.poll.values else route.values
    if "linkedin_url" not in route.needs:
        return values
    # Who was asked for by profile is that person, at whatever company they are now.
    found: Values = msgspec.structs.replace(values, company_domain=None)
    return found


def _amount(value: object) -> Decimal | None:
    """Read an amount of credits: a number, or a text of one."""
    if isinstance(value, NoValue | bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # also a whole number of more digits than Python writes
        return None
    return amount if amount.is_finite() and ZERO <= amount <= MOST_CREDITS else None


def cost(entry: ConfiguredProvider, route: Route, result: CallResult, fields: frozenset[Field]) -> Decimal:
    """Price a result in USD: what the answer says, else the call where the vendor has worked and a success a field.

    Args:
        entry: The provider; prices that the operator sets count before what the answer says.
        route: That was asked.
        result: What came of it.
        fields: That were bought in the one call.
    """
    worked = isinstance(result.answer, Failed) and result.answer.trouble in _MAY_COST
    worked |= result.passed if route.before else not isinstance(result.answer, Failed)
    if route.charged and result.charged is not None and not any(map(entry.own_prices, fields)):
        return result.charged * (route.charged.usd if entry.credit is None else entry.credit)
    price = entry.price_of_both(route)
    if price is not None and len(fields) > 1:
        return (price.call if worked else ZERO) + (price.success if result.billed else ZERO)
    total = entry.price(route).call if worked else ZERO
    for field in result.billed:
        sibling = entry.route(field, route.name)
        total += entry.price(sibling).success if sibling else ZERO
    return total
