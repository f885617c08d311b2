"""Finders: an endpoint that finds one field, the ways to call it, and what an answer costs."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from app.domain.vocabulary import Field
from app.domain.waterfall.attempt import Price, Prior
from app.domain.waterfall.policy import INPUTS
from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.filling import PLACEHOLDER
from app.providers.declaration.messages import Path, RequestTemplate, narrow
from app.providers.declaration.polling import FirstTask, Poll
from app.providers.declaration.values import Values
from app.providers.declaration.verdicts import VerdictRule

# Ways that most vendors have, by name, and the inputs without which they cannot be called.
WAYS: dict[str, tuple[str, ...]] = {
    "domain": ("first_name", "last_name", "company_domain"),
    "company": ("first_name", "last_name", "company_name"),
    "linkedin": ("linkedin_url",),
    "email": ("email",),
    "verify": ("email",),
}


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Where the final answer has the number of the vendor's credits that the look-up cost, and USD of one credit."""

    at: Path
    usd: Decimal


class Finder(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that finds one field, and the ways to call it.

    Attributes:
        ways: The preferred first: names in `WAYS`, or a name followed by the inputs that this way needs here. A way of
            the same name of the other field belongs to it: see `both`.
        request: Each way fills in the inputs that it needs, and ``{name}`` where it needs the first and last one;
            ``{company}`` is the company's domain or name, whichever the way needs.
        also: Inputs that are sent where they are known, although the way does not need them; of all ways, or by way.
        verdicts: The verdict table; `COMMON` in client/interpret.py follows it.
        price: USD of a call and of a success.
        prior: The belief about it before anything was observed, with its source.
        both: The request that buys both fields in one call; the other field's values are read as its own finder says.
        both_price: Of that request; None is the sum of the two.
        charged: Replaces the price where the answer has the amount.
        before: A task that must end first; the price of a call is then the cost of that task where it had an answer.
        optional: Asked only where the operator's settings name the field or the way (``…_ROUTES``).
        repeatable: The vendor documents that repeating costs nothing more, so a lost call may be sent again.
        resends: How often a server error may be answered by sending again; None is 2 where repeatable, else 0.
        limits: Of all ways, of both fields, that call the same path.
        at_once: Calls of one way that may be under way at the same time.
        backoff: Seconds before a first resend.
        interactive_only: The vendor forbids to walk lists through it.
    """

    ways: tuple[str | tuple[str, ...], ...]
    request: RequestTemplate
    also: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    verdicts: tuple[VerdictRule, ...]
    values: Values
    price: Price = Price()
    prior: Prior = Prior()
    both: RequestTemplate | None = None
    both_price: Price | None = None
    charged: Charge | None = None
    before: FirstTask | None = None
    optional: bool = False
    poll: Poll | None = None
    repeatable: bool = False
    resends: int | None = None
    limits: tuple[Limit, ...] = ()
    at_once: int | None = None
    backoff: float = 0.2
    interactive_only: bool = False

    def but(self, **changes: object) -> "Finder":
        """Return a finder that differs in some words."""
        changed: Finder = msgspec.structs.replace(self, **changes)
        return changed


class Route(Finder, frozen=True, kw_only=True):
    """One way to call it for one field; its requests hold that way's inputs alone.

    Attributes:
        name: Of the way, unique within the field.
        needs: Inputs without which it cannot be asked.
    """

    field: Field
    name: str
    needs: tuple[str, ...]


def routes_of(field: Field, finders: tuple[Finder, ...]) -> Iterator[Route]:
    """Give each way of each finder its own requests."""
    for finder in finders:
        for way in finder.ways:
            name, *needs = (way, *WAYS[way]) if isinstance(way, str) else way
            also = finder.also.get(name, ()) if isinstance(finder.also, dict) else finder.also
            sent = _inputs(needs, (*also, *(finder.before.gives if finder.before else ())))
            members = msgspec.structs.asdict(finder) | {
                "field": field,
                "name": name,
                "needs": tuple(needs),
                "request": _narrow(finder.request, sent),
                "both": _narrow(finder.both, sent) if finder.both else None,
                "values": _of_profile(finder.values) if "linkedin_url" in needs else finder.values,
                "limits": _pooled(finder.limits, finder.request),
                "poll": finder.poll and _pooled_poll(finder.poll, finder.request),
            }
            yield Route(**members)


def _inputs(needs: list[str], also: tuple[str, ...]) -> dict[str, str]:
    """List the inputs of one way, each as the placeholder that stands for it."""
    known = {*needs, *also}
    if {"first_name", "last_name"} <= known:
        known.add("name")
    placeholders = {name: f"{{{name}}}" for name in known}
    for name in ("company_domain", "company_name"):
        if name in needs:
            placeholders["company"] = f"{{{name}}}"
    return placeholders


def _narrow(template: RequestTemplate, sent: dict[str, str]) -> RequestTemplate:
    # Placeholders that are no inputs of the contact, such as {callback_url}, stay for the client.
    others = set(PLACEHOLDER.findall(repr(template))) - {*INPUTS, "company"}
    return narrow(template, sent | {name: f"{{{name}}}" for name in others})


def _of_profile(values: Values) -> Values:
    """Ignore the employer: the owner of a profile is the person, at whatever company they are now."""
    ignoring: Values = msgspec.structs.replace(values, company_domain=None)
    return ignoring


def _pooled(limits: tuple[Limit, ...], request: RequestTemplate) -> tuple[Limit, ...]:
    return tuple(msgspec.structs.replace(limit, pool=request.path) for limit in limits)


def _pooled_poll(poll: Poll, first: RequestTemplate) -> Poll:
    pooled: Poll = msgspec.structs.replace(poll, limits=_pooled(poll.limits, poll.request or first))
    return pooled


def usd(call: str = "0", success: str = "0") -> Price:
    """Declare a price in USD: of a call, and of a success besides."""
    return Price(call=Decimal(call), success=Decimal(success))


def charge(at: Path, usd: str) -> Charge:
    """Declare where an answer has its cost in the vendor's credits, and USD of one credit."""
    return Charge(at=at, usd=Decimal(usd))
