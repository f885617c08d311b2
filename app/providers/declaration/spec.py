"""The words in which a catalogue entry tells a vendor's facts; data only, no behaviour."""

from decimal import Decimal

import msgspec

from app.domain.vocabulary import Field, Mode, Tier
from app.domain.waterfall.attempt import Price
from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.auth import Auth, RequestTemplate, TokenExchange
from app.providers.declaration.polling import FirstTask, Poll, SharedList
from app.providers.declaration.response import NoValue, Path, VendorResponse, header, look, step
from app.providers.declaration.retry_after import RetryAfterHint, TimeUnit
from app.providers.declaration.values import Grade, Line, Values
from app.providers.declaration.verdicts import Verdict, VerdictRule, on

__all__ = [
    "Auth",
    "BalanceRequest",
    "Charge",
    "Field",
    "FirstTask",
    "Grade",
    "Limit",
    "Line",
    "Mode",
    "NoValue",
    "Path",
    "Poll",
    "Price",
    "RequestTemplate",
    "RetryAfterHint",
    "Route",
    "SharedList",
    "Spec",
    "Tier",
    "TimeUnit",
    "TokenExchange",
    "Values",
    "VendorResponse",
    "Verdict",
    "VerdictRule",
    "charge",
    "header",
    "look",
    "on",
    "step",
    "usd",
]


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Where the final answer says how many of the vendor's credits the look-up cost, and what one costs in USD."""

    at: Path
    usd: Decimal


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One way of asking for one field.

    Attributes:
        name: Unique within the field. A route of the same name for the other field belongs to it: see `both`.
        needs: Inputs without which it cannot be asked; `inputs_of` in the waterfall names them.
        both: The request that buys both fields in one call; the other field's values are read as its own route of the
            same name says.
        both_price: Of that request; None is the sum of the two.
        charged: Takes the place of the price where the answer tells the amount.
        before: A task that must end first; the price of a call is then what that task costs when it has an answer.
        optional: Asked only where the operator's settings name it; see `ProviderSettings.routes`.
        repeatable: The vendor documents that repeating costs nothing more, so a lost call may be sent again.
        resends: How often a server error may be answered by sending again; None is 2 where repeatable, else 0.
        limits: Of this route alone.
        at_once: Calls that may be under way at the same time.
        backoff: Seconds before a first resend.
    """

    field: Field
    name: str
    needs: tuple[str, ...]
    request: RequestTemplate
    verdicts: tuple[VerdictRule, ...]
    values: Values
    price: Price = Price()
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


class BalanceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The free call that tells what is left, by the names of the vendor's pools.

    What the first route's table says of keys, credits, throttling and faults counts here before `verdicts`.
    """

    request: RequestTemplate
    pools: dict[str, Path]
    verdicts: tuple[VerdictRule, ...] = (on(200, "answer", "", "object"),)


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A provider.

    Attributes:
        base_url: Without a slash at the end; empty where the operator's settings give it (the sandbox).
        limits: Counted over all routes together.
        at_once: Calls that may be under way at the same time, of the routes that have no such number of their own.
        refused_keys: Keys that the vendor documents as dummies.
        public_key: A key that everybody may know, used where none is set.
        closes_for: Seconds after which a gate closed for a refused key or an empty purse lets a call try again; 0 never
            closes it.
        timeout: Seconds that one HTTP exchange may take, where that is less than the patience of the run.
    """

    slug: str
    title: str
    tier: Tier
    base_url: str
    auth: Auth
    routes: tuple[Route, ...]
    mode: Mode = Mode.LIVE
    headers: dict[str, str] = {}
    limits: tuple[Limit, ...] = ()
    at_once: int | None = None
    waits: tuple[RetryAfterHint, ...] = ()
    balance: BalanceRequest | None = None
    refused_keys: frozenset[str] = frozenset()
    public_key: str | None = None
    closes_for: float = 3600.0
    timeout: float | None = None


def usd(call: str = "0", success: str = "0", *, match_rate: float = 0.5, precision: float = 0.9) -> Price:
    """Write a price in USD: per call, and more per success."""
    return Price(call=Decimal(call), success=Decimal(success), match_rate=match_rate, precision=precision)


def charge(at: Path, usd: str) -> Charge:
    """Write where an answer tells its cost in the vendor's credits, and what a credit costs in USD."""
    return Charge(at=at, usd=Decimal(usd))
