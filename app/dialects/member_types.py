"""Types of members that several bodies share, with the bounds and descriptions that are published."""

from decimal import Decimal
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta, Struct

from app.dialects import patterns
from app.dialects.body_reader import FAULT, RULE
from app.domain.contacts.contact import MAX_URL, Contact
from app.domain.contacts.text import MAX_NAME
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import EnrichmentType
from app.providers.setup.registry import load_specs

MAX_METADATA = 4096
MAX_PROVIDERS = 50
MAX_COST = Decimal(100_000)
LEAST_COST = Decimal("0.000001")

_PROVIDERS = {spec.slug: None for spec in load_specs()}


def _unknown_provider(name: str) -> str | None:
    return None if name in _PROVIDERS else f"is not a provider; known are {', '.join(_PROVIDERS)}"


def _oversized(metadata: dict[str, Any]) -> str | None:
    size = len(msgspec.json.encode(metadata))
    return None if size <= MAX_METADATA else f"must be at most {MAX_METADATA} bytes as JSON"


Name = Annotated[str, Meta(max_length=MAX_NAME, pattern=patterns.NO_NUL)]
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
        min_length=1,
        max_length=MAX_PROVIDERS,
        description="Only these, in this order. Those that the key's mode does not reach are skipped, with a warning.",
        extra_json_schema={"uniqueItems": True},
        extra={FAULT: f"must be a list of 1 to {MAX_PROVIDERS} provider names"},
        examples=[["hunter", "prospeo"]],
    ),
]
Domain = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        pattern=patterns.DOMAIN_OR_BLANK,
        description="The company's domain, or a URL or e-mail address to take it from.",
        examples=["acme.example"],
    ),
]
Profile = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        pattern=patterns.LINKEDIN_OR_BLANK,
        description="A LinkedIn profile, in any spelling.",
        examples=["linkedin.com/in/janesmith"],
    ),
]
Receiver = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        pattern=patterns.RECEIVER_OR_EMPTY,
        description="Where the end is posted: http(s) to a public address. Operators may allow more than this pattern.",
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
Force = Annotated[bool, Meta(description="Look up again although the cache has an answer.")]
# ISO 8601 in UTC with milliseconds; msgspec writes a datetime with microseconds.
Time = str
Percent = Annotated[int, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Credits = Annotated[int, Meta(ge=0)]
Warnings = Annotated[list[str], Meta(description="What was ignored.")]
Metadata = Annotated[
    dict[str, Any],
    Meta(
        description="Any JSON object up to 4 KiB, returned untouched.",
        extra_json_schema={
            "propertyNames": {"pattern": patterns.NO_NUL},
            "additionalProperties": {"$ref": "#/components/schemas/JsonValue"},
        },
        extra={RULE: _oversized},
        examples=[{"crmId": "42"}],
    ),
]


class RunFaultBody(Struct, kw_only=True):
    """Why a run failed."""

    code: str
    message: str


class SubmissionDraft(Struct, frozen=True, kw_only=True):
    """A submission of one contact as its body states it; `warnings` are sentences for the client."""

    contact: Contact
    options: LookupOptions
    warnings: tuple[str, ...]


class OptionMembers(Protocol):
    """The members of a body that state its options."""

    force_refresh: bool | None
    providers: list[str] | None
    max_cost_usd: float | None
    metadata: dict[str, Any] | None
    webhook_url: str | None


def lookup_options(body: OptionMembers, kind: EnrichmentType) -> LookupOptions:
    """Return the options that a body states.

    Args:
        body: Read without fault; `webhook_url` is not yet vetted.
        kind: What is looked for.
    """
    # The shortest decimal that reads back as the same number is the one that the client wrote.
    cost = None if body.max_cost_usd is None else Decimal(repr(body.max_cost_usd)).quantize(LEAST_COST)
    return LookupOptions(
        type=kind,
        only_providers=None if body.providers is None else tuple(body.providers),
        max_cost_usd=cost,
        force_refresh=bool(body.force_refresh),
        webhook_url=body.webhook_url or None,
        metadata=body.metadata or {},
    )
