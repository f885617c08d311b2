"""The words in which a catalogue entry tells a vendor's facts; data only, no behaviour."""

from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from app.domain.attempt import Price, Tier
from app.domain.contact import Field
from app.domain.pacing import Limit
from app.domain.run import Mode
from app.providers.reply import Path, Reply
from app.providers.rules import Rule, Verdict, on

__all__ = [
    "Auth",
    "Balance",
    "Field",
    "Limit",
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
    "Unit",
    "Values",
    "Verdict",
    "Wait",
    "on",
    "usd",
]

Grade = Literal["valid", "risky", "invalid", "unknown"]
Line = Literal["mobile", "landline", "voip", "unknown"]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request template.

    ``{name}`` in any text stands for an input of the contact, a part of the ticket, ``{key}`` or ``{secret}``. A member
    whose inputs are not all known is left out, and so is an object or a list that becomes empty by it.

    Attributes:
        path: Below the provider's base URL; inputs in it are percent-encoded.
        json: Body as JSON; excludes `form`, which is sent URL-encoded.
    """

    method: str
    path: str
    query: dict[str, object] = {}
    json: object = None
    form: dict[str, object] | None = None
    headers: dict[str, str] = {}


class Auth(msgspec.Struct, frozen=True, kw_only=True):
    """Where the key goes, as templates of ``{key}`` and ``{secret}``; `basic` is user name and password."""

    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    basic: tuple[str, str] | None = None


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """How the values of one field are read from an answer.

    Attributes:
        at: Places of candidates in order of preference: a text, an object, or a list of these.
        value: Paths to the value within a candidate, tried in order; "" is the candidate itself.
        only: Path within a candidate and the texts it must equal, so that a private address is not taken for work.
        grade: Path within a candidate to the vendor's grade (a function gets the whole answer).
        grades: Shell patterns of grades and their meaning, the first match counts; None drops the candidate. Grades are
            compared in lower case with ``_`` for ``-`` and blanks. Unlisted ones are unknown.
        confidence: Path within a candidate to a number; times `scale` it is 0-100.
        phone_type: Path within a candidate to the kind of line, translated by `phone_types`.
        company_domain: Path from the top to the domain of the employer that was matched.
        billed: Grades that the vendor charges for.
    """

    at: tuple[Path, ...]
    value: tuple[str, ...] = ("",)
    only: tuple[str, tuple[str, ...]] | None = None
    grade: Path | None = None
    grades: dict[str, Grade | None] = {}
    confidence: Path | None = None
    scale: float = 1.0
    phone_type: Path | None = None
    phone_types: dict[str, Line] = {}
    company_domain: Path | None = None
    billed: frozenset[Grade] = frozenset({"valid", "risky", "invalid", "unknown"})


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """How an asynchronous vendor is asked for the result.

    Attributes:
        ticket: Names of the ticket's parts and where the first answer has them; empty where the same request is
            repeated.
        request: May use the ticket's parts; None repeats the first request.
        verdicts: Tables of poll answers; empty means as for the first.
        every: Seconds between looks.
        first: Seconds before each of the first looks, where the vendor allows earlier ones.
    """

    ticket: dict[str, Path] = {}
    request: Request | None = None
    verdicts: tuple[Rule, ...] = ()
    every: float
    first: tuple[float, ...] = ()


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One way of asking for one field.

    Attributes:
        name: Unique within the field. A route of the same name for the other field belongs to it: see `both`.
        needs: Inputs without which it cannot be asked; `inputs_of` in the waterfall names them.
        both: The request that buys both fields in one call; the other field's values are read as its own route of the
            same name says.
        repeatable: The vendor documents that repeating costs nothing more, so a lost call may be sent again.
        resends: How often a server error may be answered by sending again; None is 2 where repeatable, else 0.
        limits: Of this route alone.
    """

    field: Field
    name: str
    needs: tuple[str, ...]
    request: Request
    verdicts: tuple[Rule, ...]
    values: Values
    price: Price = Price()
    both: Request | None = None
    poll: Poll | None = None
    repeatable: bool = False
    resends: int | None = None
    limits: tuple[Limit, ...] = ()


class Unit(StrEnum):
    """How a vendor writes when to come again."""

    SECONDS = "seconds"
    EPOCH = "epoch"
    ISO = "iso"


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Where a vendor says when to come again, besides ``Retry-After``: a header, or a path into the body."""

    header: str | None = None
    path: Path | None = None
    unit: Unit = Unit.SECONDS


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
    waits: tuple[Wait, ...] = ()
    balance: Balance | None = None
    refused_keys: frozenset[str] = frozenset()
    public_key: str | None = None
    closes_for: float = 3600.0
    timeout: float | None = None


def usd(call: str = "0", success: str = "0", *, match_rate: float = 0.5, precision: float = 0.9) -> Price:
    """Write a price in USD: per call, and more per success."""
    return Price(call=Decimal(call), success=Decimal(success), match_rate=match_rate, precision=precision)
