"""The words in which a catalogue entry tells a vendor's facts; data only, no behaviour."""

from decimal import Decimal
from typing import Literal

import msgspec

from app.domain.attempt import Price, Tier
from app.domain.contact import Field
from app.domain.pacing import Limit
from app.domain.run import Mode
from app.providers.access import Auth, Request, Token
from app.providers.reply import Mark, Path, Reply, header, look, step
from app.providers.rules import Rule, Verdict, on
from app.providers.waits import Unit, Wait

__all__ = [
    "Auth",
    "Balance",
    "Charge",
    "Field",
    "Limit",
    "Many",
    "Mark",
    "Mode",
    "Path",
    "Poll",
    "Price",
    "Reply",
    "Request",
    "Route",
    "Rule",
    "Spec",
    "Tier",
    "Token",
    "Unit",
    "Values",
    "Verdict",
    "Wait",
    "charge",
    "header",
    "look",
    "on",
    "step",
    "usd",
]

Grade = Literal["valid", "risky", "invalid", "unknown"]
Line = Literal["mobile", "landline", "voip", "unknown"]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """How the values of one field are read from an answer.

    Attributes:
        at: Places of candidates in order of preference: a text, an object, or a list of these.
        value: Paths to the value within a candidate, tried in order; "" is the candidate itself.
        only: Path within a candidate and what it may equal, so that a private address is not taken for work.
        prefer: Path within a candidate and its texts in order of preference, among candidates of one grade.
        flags: A bare true or false stands where a value is withheld; otherwise it is malformed.
        grade: Path within a candidate to the vendor's grade (a function gets the whole answer).
        grades: Shell patterns of grades and their meaning, the first match counts; None drops the candidate. Grades are
            compared in lower case with ``_`` for ``-`` and blanks. Unlisted and missing ones are
            what ``*`` says, else unknown.
        confidence: Path within a candidate to a number; times `scale` it is 0-100.
        phone_type: Path within a candidate to the kind of line, translated by `phone_types`.
        line: The kind of line where `phone_type` says nothing.
        company_domain: Path from the top to the domain of the employer that was matched.
        billed: Grades that the vendor charges for.
    """

    at: tuple[Path, ...]
    value: tuple[str, ...] = ("",)
    only: tuple[str, tuple[str | bool, ...]] | None = None
    prefer: tuple[str, tuple[str, ...]] | None = None
    flags: bool = False
    grade: Path | None = None
    grades: dict[str, Grade | None] = {}
    confidence: Path | None = None
    scale: float = 1.0
    phone_type: Path | None = None
    phone_types: dict[str, Line] = {}
    line: Line = "unknown"
    company_domain: Path | None = None
    billed: frozenset[Grade] = frozenset({"valid", "risky", "invalid", "unknown"})


class Many(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the newest look-ups that answers many looks at once; asked where several wait in one process.

    Attributes:
        items: The member of the answer that is the list; each look-up sees the answer with its own entry alone.
        id: The member of an entry that is the ticket's only part.
    """

    request: Request
    items: str
    id: str


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """How an asynchronous vendor is asked for the result.

    Attributes:
        ticket: Names of the ticket's parts and where the first answer has them; empty where the same request is
            repeated.
        request: May use the ticket's parts; None repeats the first request.
        verdicts: Tables of poll answers; empty means as for the first.
        values: How poll answers are read; None means as the first.
        every: Seconds between looks.
        first: Seconds before each of the first looks, where the vendor allows earlier ones.
        waits: Where a pending answer says when to look again.
        limits: Of the looks alone, shared by all who poll this route.
        many: Where looks of several may be one.
        counted: Looks count in the limits of the provider as well.
        young: Looks after our own first call at which a lost ticket is only one that is not known yet.
    """

    ticket: dict[str, Path] = {}
    request: Request | None = None
    verdicts: tuple[Rule, ...] = ()
    values: Values | None = None
    every: float
    first: tuple[float, ...] = ()
    waits: tuple[Wait, ...] = ()
    limits: tuple[Limit, ...] = ()
    many: Many | None = None
    counted: bool = False
    young: int = 0


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
    request: Request
    verdicts: tuple[Rule, ...]
    values: Values
    price: Price = Price()
    both: Request | None = None
    both_price: Price | None = None
    charged: Charge | None = None
    optional: bool = False
    poll: Poll | None = None
    repeatable: bool = False
    resends: int | None = None
    limits: tuple[Limit, ...] = ()
    at_once: int | None = None
    backoff: float = 0.2


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """The free call that tells what is left, by the names of the vendor's pools."""

    request: Request
    pools: dict[str, Path]
    verdicts: tuple[Rule, ...] = (on(200, "answer", "", "object"),)


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
    waits: tuple[Wait, ...] = ()
    balance: Balance | None = None
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
