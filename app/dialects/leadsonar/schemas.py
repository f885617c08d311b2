"""Structs of the LeadSonar dialect: look-ups and jobs as they are read, written and published."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from app.dialects.body_members import FAULT
from app.dialects.member_types import (
    MAX_FIELDS,
    Count,
    Credits,
    Extension,
    Fields,
    Force,
    MaxCost,
    Metadata,
    Name,
    Only,
    Profile,
    Receiver,
    RunFaultBody,
    Share,
    Warnings,
    WaterfallName,
)
from app.dialects.timestamp import Timestamp
from app.domain.contacts.contact import MAX_URL
from app.domain.contacts.text import MAX_NAME
from app.domain.vocabulary import Mode
from app.domain.waterfall.answer import PhoneType

MAX_CONTACTS = 100

JobState = Literal["processing", "completed"]
ContactStatus = Literal["pending", "processing", "found", "not_found", "error", "cancelled"]

GivenName = Annotated[str, Meta(min_length=1, max_length=MAX_NAME, examples=["Jane"])]
GivenDomain = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_URL,
        description="The company's domain, or a URL or e-mail address to take it from.",
        examples=["acme.example"],
    ),
]


def _not_so_many(contacts: object) -> str:
    has = f", not {len(contacts)}" if isinstance(contacts, list) else ""
    return f"must be a list of 1 to {MAX_CONTACTS} contacts{has}"


class ContactRequestBody(Struct, kw_only=True, omit_defaults=True):
    """A contact to look up. Unknown members are ignored and named in `warnings` of the answer."""

    first_name: GivenName
    last_name: GivenName
    company_domain: GivenDomain = field(name="domain")
    company_name: Name | None = None
    linkedin_url: Profile | None = None


class LookupRequestBody(ContactRequestBody, kw_only=True, omit_defaults=False):
    """One contact to look up while the client waits. Unknown members are ignored and named in `warnings`."""

    force_refresh: Force | None = False
    providers: Only | None = None
    max_cost_usd: MaxCost | None = None
    waterfall: WaterfallName | None = None
    metadata: Metadata | None = None
    webhook_url: Receiver | None = None


class ContactInputBody(Struct, kw_only=True):
    """The contact as it was understood; null is what is not known of it."""

    first_name: str | None
    last_name: str | None
    full_name: str | None
    company_domain: str | None = field(name="domain")
    company_name: str | None
    linkedin_url: str | None


ContactInput = Annotated[
    ContactInputBody, Meta(description="The contact as it was understood; null where it is not kept.")
]


class EmailFoundBody(Struct, kw_only=True):
    """The answer of find-email; `email` is null if no provider has it, or if `error` says why none could answer."""

    email: str | None
    confidence: Share
    provider: str | None
    verified: Annotated[bool, Meta(description="Mail to the address arrives.")]
    cost_credits: Credits
    mode: Mode
    input: ContactInput | None
    error: RunFaultBody | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class PhoneFoundBody(Struct, kw_only=True):
    """The answer of find-phone; `phone` is null if no provider has it, or if `error` says why none could answer."""

    phone: Annotated[str, Meta(description="E.164.", examples=["+15555550123"])] | None
    phone_type: PhoneType | None
    provider: str | None
    validated: Annotated[bool, Meta(description="It is a number in an assigned range.")]
    cost_credits: Credits
    mode: Mode
    input: ContactInput | None
    phone_extension: Extension | UnsetType = UNSET
    error: RunFaultBody | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class JobRequestBody(Struct, kw_only=True):
    """Several contacts, accepted whole or not at all. Unknown members are ignored and named in `warnings`."""

    contacts: Annotated[
        list[ContactRequestBody], Meta(min_length=1, max_length=MAX_CONTACTS, extra={FAULT: _not_so_many})
    ]
    fields: Fields | None = None
    webhook_url: Receiver | None = None
    webhook_events: (
        Annotated[
            list[Literal["contact.completed", "job.completed"]],
            Meta(
                max_length=MAX_FIELDS,
                description="`contact.completed` posts each contact as well; `job.completed` is posted in any case.",
            ),
        ]
        | None
    ) = []
    force_refresh: Force | None = False
    providers: Only | None = None
    max_cost_usd: MaxCost | None = None
    waterfall: WaterfallName | None = None
    metadata: Metadata | None = None


class JobAcceptedBody(Struct, kw_only=True):
    """An accepted job; completed already when every contact was answered from the cache."""

    id: UUID
    status: JobState
    mode: Mode
    total_contacts: Annotated[int, Meta(ge=1, le=MAX_CONTACTS)]
    estimated_seconds: Annotated[int, Meta(ge=0, description="Until the last contact has ended, by recent durations.")]
    warnings: Warnings | UnsetType = UNSET


class ProgressBody(Struct, kw_only=True):
    """How far a job is; `completed` counts contacts that have their answer, whatever it is."""

    total: Count
    completed: Count
    emails_found: Count
    phones_found: Count


class ContactResultBody(Struct, kw_only=True):
    """A contact with its results; null is a field not found or not asked for. `run_id` leads to its attempts."""

    first_name: str
    last_name: str
    domain: str
    email: str | None
    email_confidence: Share | None
    phone: str | None
    phone_type: PhoneType | None
    providers_used: list[str]
    run_id: UUID
    status: Annotated[
        ContactStatus,
        Meta(description="The result of its run, or its state until then."),
    ]
    mode: Mode
    input: ContactInput | None
    phone_extension: Extension | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class JobMetaBody(Struct, kw_only=True):
    """Cost and duration of a job."""

    total_cost_usd: Annotated[
        float, Meta(ge=0, description="Sum of the providers' charges; may rise for an hour if one answers late.")
    ]
    duration_ms: Count


class JobBody(Struct, kw_only=True):
    """A job; `contacts` (in the order in which they were given) and `meta` are there once it is completed."""

    id: UUID
    status: JobState
    mode: Mode
    progress: ProgressBody
    metadata: Metadata | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET
    contacts: list[ContactResultBody] | UnsetType = UNSET
    meta: JobMetaBody | UnsetType = UNSET


class JobEventBody(JobBody, kw_only=True):
    """A completed job as it is posted to its `webhook_url`."""

    type: Literal["job.completed"]
    timestamp: Timestamp


class ContactPlaceBody(Struct, kw_only=True):
    """Where a contact stands in its job; `index` counts from 0."""

    job_id: UUID
    index: Count


class ContactEventBody(ContactResultBody, kw_only=True):
    """A contact of a job as it is posted when its run ends; `index` is its place in the job, from 0."""

    job_id: UUID
    index: Count
    type: Literal["contact.completed"]
    timestamp: Timestamp


class JobLineBody(Struct, kw_only=True):
    """A job in a list of jobs."""

    id: UUID
    status: JobState
    mode: Mode
    progress: ProgressBody
    created_at: Timestamp
    completed_at: Timestamp | None


class JobPageBody(Struct, kw_only=True):
    """A page of jobs, newest first; `next_cursor` is null on the last one."""

    jobs: list[JobLineBody]
    next_cursor: str | None
