"""The shapes of runs and of what asks for them, from which the specification's schemas are generated."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects import patterns
from app.dialects.body_reader import LEAST_COST, MAX_COST, MAX_PROVIDERS
from app.domain.contacts.contact import MAX_URL
from app.domain.contacts.text import MAX_NAME
from app.domain.vocabulary import EnrichmentType, Field, ResultStatus, RunStatus, Tier
from app.domain.waterfall.answer import Deliverability, PhoneType
from app.domain.waterfall.attempt import Outcome
from app.providers.setup.registry import load_specs

Name = Annotated[str, Meta(max_length=MAX_NAME, pattern=patterns.NO_NUL)]
Provider = Annotated[str, Meta(extra_json_schema={"enum": [spec.slug for spec in load_specs()]})]
Only = Annotated[
    list[Provider],
    Meta(
        min_length=1,
        max_length=MAX_PROVIDERS,
        description="Only these, in this order. Those that the key's mode does not reach are skipped, with a warning.",
        extra_json_schema={"uniqueItems": True},
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
        examples=[0.05],
    ),
]
Force = Annotated[bool, Meta(description="Look up again although the cache has an answer.")]
Percent = Annotated[int, Meta(ge=0, le=100)]
Credits = Annotated[int, Meta(ge=0)]
Metadata = Annotated[
    dict[str, Any],
    Meta(
        description="Any JSON object up to 4 KiB, returned untouched.",
        extra_json_schema={
            "propertyNames": {"pattern": patterns.NO_NUL},
            "additionalProperties": {"$ref": "#/components/schemas/JsonValue"},
        },
        examples=[{"crmId": "42"}],
    ),
]


class EnrichRequest(Struct, kw_only=True, rename="camel"):
    """One contact. At least one of `firstName`, `lastName`, `fullName`, `companyDomain`, `companyName`, `linkedInUrl`.

    Unknown members are ignored and named in `warnings` of the answer.
    """

    first_name: Name | None = None
    last_name: Name | None = None
    full_name: Name | None = None
    company_domain: Domain | None = None
    company_name: Name | None = None
    linked_in_url: Profile | None = None
    enrichment_type: EnrichmentType | None = EnrichmentType.EMAIL
    force_refresh: Force | None = False
    webhook_url: Receiver | None = None
    metadata: Metadata | None = {}
    providers: Only | None = None
    max_cost_usd: MaxCost | None = None


class RunAccepted(Struct, kw_only=True, rename="camel"):
    """An accepted submission whose run goes on."""

    run_id: UUID
    status: Literal["pending", "processing"]
    credits_used: Credits
    warnings: list[str] | UnsetType = UNSET


class Validation(Struct, kw_only=True):
    """How sure it is that mail to the address arrives."""

    status: Deliverability
    score: Percent


class RunResult(Struct, kw_only=True, rename="camel"):
    """What was found; the e-mail's members and the phone's stand side by side."""

    email: str | UnsetType = UNSET
    confidence: Percent | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    validation: Validation | UnsetType = UNSET
    phone: Annotated[str, Meta(description="E.164.", examples=["+15555550123"])] | UnsetType = UNSET
    phone_type: PhoneType | UnsetType = UNSET
    phone_confidence: Percent | UnsetType = UNSET
    phone_provider: str | UnsetType = UNSET
    phone_validated: bool | UnsetType = UNSET


class RunFault(Struct, kw_only=True):
    """Why a run failed."""

    code: str
    message: str


class Run(Struct, kw_only=True, rename="camel"):
    """A run. A terminal `status` (`completed`, `failed`, `cancelled`) never changes again."""

    run_id: UUID
    status: RunStatus
    result_status: ResultStatus | None
    cached: bool
    credits_used: Credits
    enrichment_type: EnrichmentType
    result: RunResult | None
    metadata: Metadata
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    job_id: Annotated[UUID, Meta(description="The job or batch it was submitted with.")] | UnsetType = UNSET
    degraded: Annotated[bool, Meta(description="Some providers gave no proper answer.")] | UnsetType = UNSET
    error: RunFault | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class RunEvent(Run, kw_only=True, rename="camel"):
    """A run as it is posted to its `webhookUrl` when it ends."""

    type: Literal["enrichment.completed", "enrichment.failed", "enrichment.cancelled"]
    timestamp: datetime


class Attempt(Struct, kw_only=True, rename="camel"):
    """One asking of a provider, or why it was not asked; `outcome` is null while it is being asked."""

    provider: str
    tier: Tier
    field: Field
    route: str | None
    outcome: Outcome | None
    reason: str | None
    latency_ms: Annotated[int, Meta(ge=0)] | None
    cost_usd: Annotated[float, Meta(ge=0)]
    http_status: int | None


class Attempts(Struct, kw_only=True, rename="camel"):
    """The cascade of a run, in order."""

    run_id: UUID
    attempts: list[Attempt]


class RunPage(Struct, kw_only=True, rename="camel"):
    """A page of runs, newest first; `nextCursor` is null on the last one."""

    runs: list[Run]
    next_cursor: str | None
