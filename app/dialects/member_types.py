"""Types of members that several bodies share, with the bounds and descriptions that are published."""

import json
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.dialects.body_members import FAULT, RULE
from app.domain.contacts.contact import MAX_URL
from app.domain.contacts.text import MAX_NAME
from app.domain.runs.warnings import MAX_WARNINGS
from app.providers.setup.registry import load_specs

MAX_METADATA = 4096
# A character is escaped with six bytes at most.
MAX_ESCAPED = 6
MAX_PROVIDERS = 50
MAX_WATERFALL_NAME, WATERFALL_NAME = 40, "^[a-z0-9][a-z0-9_-]*$"
MAX_COST = Decimal(100_000)
LEAST_COST = Decimal("0.000001")

_PROVIDERS = {spec.slug: None for spec in load_specs()}


def _unknown_provider(name: str) -> str | None:
    return None if name in _PROVIDERS else f"is not a provider; known are {', '.join(_PROVIDERS)}"


def _oversized(metadata: msgspec.Raw) -> str | None:
    """Return the fault of an object that is larger than 4 KiB in its shortest form, or much larger as it is written."""
    text = bytes(metadata)
    if len(text) <= MAX_METADATA:
        return None
    if len(text) <= MAX_ESCAPED * MAX_METADATA:
        shortest = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
        if len(shortest) <= MAX_METADATA:
            return None
    return f"must be at most {MAX_METADATA} bytes as JSON"


# What a look-up finds; e-mail addresses are verified by an operation of their own.
Findable = Literal["email", "phone"]
# Each may be said more than once, but not without end.
MAX_FIELDS = 10
Fields = Annotated[
    list[Findable], Meta(max_length=MAX_FIELDS, description="Fields to find; `email` when absent or empty.")
]
FindType = Literal["email", "phone", "all"]
Name = Annotated[str, Meta(max_length=MAX_NAME)]
Provider = Annotated[
    str,
    Meta(
        extra_json_schema={"enum": list(_PROVIDERS)},
        extra={FAULT: "must be the name of a provider", RULE: _unknown_provider},
    ),
]
Only = Annotated[
    list[Provider],
    Meta(
        max_length=MAX_PROVIDERS,
        description="Only these, in this order; an empty list counts as absent. Those that the key's mode does not "
        "reach are skipped, with a warning.",
        extra_json_schema={"uniqueItems": True},
        extra={FAULT: f"must be a list of at most {MAX_PROVIDERS} provider names"},
        examples=[["hunter", "prospeo"]],
    ),
]
Domain = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        description="The company's domain, or a URL or e-mail address to take it from.",
        examples=["acme.example"],
    ),
]
Profile = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        description="The address of a LinkedIn profile of a person, in any spelling.",
        examples=["linkedin.com/in/janesmith"],
    ),
]
Receiver = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        extra_json_schema={"format": "uri"},
        description="Where the end is posted: http(s) to a public address. Operators may allow others.",
        examples=["https://your-app.example/hook"],
    ),
]
MaxCost = Annotated[
    float,
    Meta(
        ge=float(LEAST_COST),
        le=float(MAX_COST),
        description="US dollars; no provider is asked whose charge could pass it for a contact.",
        extra={FAULT: f"must be a number of US dollars above 0, at most {MAX_COST}"},
        examples=[0.05],
    ),
]
QuoteId = Annotated[
    UUID,
    Meta(
        description="The quote by which the list is submitted: the same contacts, for the same fields. It is compared "
        "with the list's end (`GET /statistics/quotes`).",
        extra={FAULT: "must be the quote_id of a quote"},
    ),
]
StopAtQuote = Annotated[
    bool,
    Meta(
        description="Stop the list at the upper bounds of its quote, in USD and in credits. Rows left over end with "
        "the reason and cost nothing."
    ),
]
WaterfallName = Annotated[
    str,
    Meta(
        max_length=MAX_WATERFALL_NAME,
        pattern=WATERFALL_NAME,
        description="In which order providers are asked, and which answers are accepted: `tiers`, `cheapest`, "
        "`fastest`, or one of `GET /waterfalls`. `providers` and the cap of the request win.",
        extra={FAULT: "must be the name of a waterfall: small letters, digits, - and _"},
        examples=["cheapest"],
    ),
]
Force = Annotated[bool, Meta(description="Look up again although the cache has an answer.")]
Percent = Annotated[int, Meta(ge=0, le=100)]
Extension = Annotated[str, Meta(description="Digits to dial behind the number of a switchboard.", examples=["4412"])]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Credits = Annotated[int, Meta(ge=0)]
Warnings = Annotated[
    list[str],
    Meta(max_length=MAX_WARNINGS, description="Sentences about parts of the request that were ignored."),
]
Metadata = Annotated[
    msgspec.Raw,
    Meta(
        description="Any JSON object up to 4 KiB without the character NUL, returned as it is written but for blanks.",
        # Said although it is the default: generators of clients take an object without it for an empty one.
        extra_json_schema={"type": "object", "additionalProperties": True},
        extra={FAULT: "must be a JSON object", RULE: _oversized},
        examples=[{"crmId": "42"}],
    ),
]


class RunFaultBody(Struct, kw_only=True):
    """Why a run failed."""

    code: str
    message: str
