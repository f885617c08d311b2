"""Structs of the LeadModule dialect: submissions, runs and attempts as they are read, written and published."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from app.dialects.member_types import (
    Credits,
    Domain,
    Extension,
    FindType,
    Force,
    MaxCost,
    Metadata,
    Name,
    Only,
    Percent,
    Profile,
    Receiver,
    RunFaultBody,
    Share,
    Warnings,
    WaterfallName,
)
from app.dialects.timestamp import Timestamp
from app.domain.contacts.email_address import MAX_ADDRESS
from app.domain.vocabulary import EnrichmentType, Field, Mode, ResultStatus, RunStatus, Tier
from app.domain.waterfall.answer import Deliverability, PhoneType
from app.domain.waterfall.attempt import Outcome


class RunRequestBody(Struct, kw_only=True, rename="camel"):
    """One contact. At least one of `firstName`, `lastName`, `fullName`, `companyDomain`, `companyName`, `linkedInUrl`.

    Unknown members are ignored and named in `warnings` of the answer.
    """

    first_name: Name | None = None
    last_name: Name | None = None
    full_name: Name | None = None
    company_domain: Domain | None = None
    company_name: Name | None = None
    linkedin_url: Profile | None = field(default=None, name="linkedInUrl")
    enrichment_type: FindType | None = "email"
    force_refresh: Force | None = False
    webhook_url: Receiver | None = None
    metadata: Metadata | None = None
    providers: Only | None = None
    max_cost_usd: MaxCost | None = None
    waterfall: WaterfallName | None = None


class VerifyRequestBody(Struct, kw_only=True, rename="camel"):
    """An e-mail address to verify. Unknown members are ignored and named in `warnings` of the answer."""

    email: Annotated[
        str,
        Meta(
            max_length=MAX_ADDRESS,
            description="The address.",
            examples=["jane.smith@acme.example"],
            extra_json_schema={"format": "email"},
        ),
    ]
    force_refresh: Force | None = False
    webhook_url: Receiver | None = None
    metadata: Metadata | None = None
    providers: Only | None = None
    max_cost_usd: MaxCost | None = None


class InputBody(Struct, kw_only=True, rename="camel"):
    """The contact as it was understood; null is what is not known of it."""

    first_name: str | None
    last_name: str | None
    full_name: str | None
    company_domain: str | None
    company_name: str | None
    linkedin_url: str | None = field(name="linkedInUrl")
    email: Annotated[str, Meta(description="The address to verify, where one was.")] | UnsetType = UNSET


Input = Annotated[InputBody, Meta(description="The contact as it was understood; null where it is not kept.")]


class RunAcceptedBody(Struct, kw_only=True, rename="camel"):
    """An accepted submission whose run goes on."""

    run_id: UUID
    status: Literal["pending", "processing"]
    credits_used: Credits
    mode: Mode
    input: Input | None
    warnings: Warnings | UnsetType = UNSET


class ValidationBody(Struct, kw_only=True):
    """How sure it is that mail to the address arrives."""

    status: Deliverability
    score: Percent


class RunResultBody(Struct, kw_only=True, rename="camel"):
    """The values that were found; the e-mail's members and the phone's stand side by side."""

    email: str | UnsetType = UNSET
    confidence: Percent | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    validation: ValidationBody | UnsetType = UNSET
    phone: Annotated[str, Meta(description="E.164.", examples=["+15555550123"])] | UnsetType = UNSET
    phone_type: PhoneType | UnsetType = UNSET
    phone_extension: Extension | UnsetType = UNSET
    phone_confidence: Percent | UnsetType = UNSET
    phone_provider: str | UnsetType = UNSET
    phone_validated: bool | UnsetType = UNSET


class RunBody(Struct, kw_only=True, rename="camel"):
    """A run. A terminal `status` (`completed`, `failed`, `cancelled`) never changes again."""

    run_id: UUID
    status: RunStatus
    result_status: ResultStatus | None
    cached: bool
    credits_used: Credits
    enrichment_type: EnrichmentType
    mode: Mode
    input: Input | None
    result: RunResultBody | None
    metadata: Metadata
    created_at: Timestamp
    started_at: Timestamp | None
    completed_at: Timestamp | None
    job_id: Annotated[UUID, Meta(description="The job or batch it was submitted with.")] | UnsetType = UNSET
    reason: (
        Annotated[
            str,
            Meta(
                description="Why nothing was found, where no provider said so: `domain_takes_no_mail` if DNS says that "
                "the company's domain takes no mail, so that no provider of e-mail addresses was asked."
            ),
        ]
        | UnsetType
    ) = UNSET
    degraded: Annotated[bool, Meta(description="Some providers gave no proper answer.")] | UnsetType = UNSET
    error: RunFaultBody | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class RunEventBody(RunBody, kw_only=True, rename="camel"):
    """A run as it is posted to its `webhookUrl` when it ends."""

    type: Literal["enrichment.completed", "enrichment.failed", "enrichment.cancelled"]
    timestamp: Timestamp


class ExpectationBody(Struct, kw_only=True, rename="camel"):
    """Why a provider stood where it stood in the order: what asking it was expected to come to."""

    index_usd: Annotated[
        float | None, Meta(description="Expected cost of an accepted value, waiting included; the lowest comes first.")
    ]
    cost_usd: Annotated[float, Meta(ge=0, description="Expected charge of asking it.")]
    chance: Share
    seconds: Annotated[float, Meta(ge=0, description="Until it answers, waiting included.")]
    observations: Annotated[
        float, Meta(ge=0, description="Answers that speak of this case, older ones less; 0 is the prior alone.")
    ]
    prior: Annotated[str, Meta(description="Source of the prior.", examples=["house prior"])]
    explored: Annotated[bool, Meta(description="It was asked before its turn, to learn how good it is.")]
    looked_ahead: Annotated[
        bool,
        Meta(description="It was asked before one of lower index, because its miss says more of the others."),
    ]


class AttemptBody(Struct, kw_only=True, rename="camel"):
    """One call of a provider, or the reason why it was skipped; `outcome` is null while the call is under way."""

    provider: str
    tier: Tier
    field: Field
    route: str | None
    outcome: Outcome | None
    reason: str | None
    latency_ms: Annotated[int, Meta(ge=0)] | None
    cost_usd: Annotated[float, Meta(ge=0)]
    http_status: int | None
    expected: ExpectationBody | UnsetType = UNSET


class AttemptsBody(Struct, kw_only=True, rename="camel"):
    """The cascade of a run, in order."""

    run_id: UUID
    attempts: list[AttemptBody]


class RunPageBody(Struct, kw_only=True, rename="camel"):
    """A page of runs, newest first; `nextCursor` is null on the last one."""

    runs: list[RunBody]
    next_cursor: str | None
