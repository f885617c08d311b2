"""The bodies of endpoints, deliveries and secrets: published, read and written."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.body_members import BLANK, FAULT, RULE
from app.dialects.timestamp import MAX_TIME, NO_TIME, Timestamp, read_time
from app.domain.contacts.contact import MAX_URL
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import DeliveryState, Event
from app.domain.webhooks.endpoint import (
    MAX_DESCRIPTION,
    MAX_HEADER_NAME,
    MAX_HEADER_VALUE,
    MAX_HEADERS,
    SUBSCRIBABLE,
)
from app.domain.webhooks.endpoint_rate_limit import MAX_RATE, MIN_RATE

_CHOICES = ", ".join(SUBSCRIBABLE)


def _unsubscribable(event: str) -> str | None:
    return None if event in SUBSCRIBABLE else f"must be one of {_CHOICES}"


def _header_fault(value: object) -> str:
    return f"must be at most {MAX_HEADERS}" if isinstance(value, dict) else "must be a JSON object of names and values"


Subscribable = Annotated[
    str,
    Meta(
        extra_json_schema={"enum": [event.value for event in SUBSCRIBABLE]},
        extra={FAULT: f"must be one of {_CHOICES}", RULE: _unsubscribable},
    ),
]
Url = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        extra_json_schema={"format": "uri"},
        description="http(s) to a public address. Operators may allow others.",
        examples=["https://your-app.example/hook"],
    ),
]
MAX_EVENTS = 100
Events = Annotated[
    list[Subscribable],
    Meta(
        max_length=MAX_EVENTS,
        description="What it listens to; none means every run, job and batch, but neither `contact.completed` nor the "
        "alarm `endpoint.disabled`.",
        extra={FAULT: f"must be a list of {_CHOICES}"},
    ),
]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION, extra={BLANK: True})]
Headers = Annotated[
    dict[str, Any],
    Meta(
        max_length=MAX_HEADERS,
        extra_json_schema={
            "propertyNames": {"maxLength": MAX_HEADER_NAME},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": MAX_HEADER_VALUE},
        },
        extra={FAULT: _header_fault},
        description="Sent with every delivery, instead of all there were; kept encrypted and never shown again. Names "
        "and values as RFC 9110, sections 5.6.2 and 5.5, in printable ASCII. Not `Content-*`, `Host`, `User-Agent`, "
        "`webhook-*`, `X-LeadModule-Event`, or what belongs to one connection.",
        examples=[{"X-Tenant": "acme"}],
    ),
]
RateLimit = Annotated[
    int,
    Meta(
        ge=MIN_RATE,
        le=MAX_RATE,
        description="Attempts a second at most, evenly spread; what comes faster waits. Null for no limit.",
        extra={FAULT: f"must be a whole number of attempts a second, {MIN_RATE} to {MAX_RATE}, or null"},
    ),
]


def _no_time(text: str) -> str | None:
    return NO_TIME if read_time(text) is None else None


GivenTime = Annotated[
    str,
    Meta(
        description="Of deliveries that were created since then; at most 14 days ago.",
        extra_json_schema={"format": "date-time", "maxLength": MAX_TIME},
        extra={RULE: _no_time},
    ),
]


class EndpointRequestBody(Struct, kw_only=True, rename="camel"):
    """A new endpoint."""

    url: Url
    events: Events | None = []
    description: Description | None = ""
    enabled: bool | None = True
    headers: Headers | None = {}
    rate_limit: RateLimit | None = None


class EndpointChangeBody(Struct, kw_only=True, rename="camel"):
    """The changes of an endpoint; members that are absent or null stay, but null removes a `rateLimit`."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = None
    headers: Headers | None = None
    rate_limit: RateLimit | UnsetType | None = UNSET
    replay: (
        Annotated[bool, Meta(description="With `enabled: true`: send what it missed while it was disabled.")] | None
    ) = None


class EndpointBody(Struct, kw_only=True, rename="camel"):
    """A URL that gets events of an account."""

    id: UUID
    mode: Annotated[Mode, Meta(description="That of the keys that see it, and of the runs that it hears of.")]
    key_id: Annotated[UUID | None, Meta(description="Of the key that made it.")]
    url: str
    events: list[Subscribable]
    description: str
    enabled: bool
    header_names: Annotated[list[str], Meta(description="Of its custom headers; their values are not shown.")]
    rate_limit: RateLimit | None
    disabled_at: Timestamp | None
    disabled_reason: str | None
    failing_since: Annotated[Timestamp | None, Meta(description="Since when there were only failures.")]
    created_at: Timestamp
    updated_at: Timestamp
    warnings: list[str] | UnsetType = UNSET
    replayed: Annotated[int, Meta(ge=0, description="Deliveries that are sent after all.")] | UnsetType = UNSET


class PreviousSecretBody(Struct, kw_only=True, rename="camel"):
    """A secret that signs along until `expiresAt`."""

    secret: str
    created_at: Timestamp
    expires_at: Timestamp


class WebhookSecretBody(Struct, kw_only=True, rename="camel"):
    """The secret that signs the account's webhooks (Standard Webhooks, `whsec_…`), and those before it."""

    secret: str
    created_at: Timestamp
    previous: list[PreviousSecretBody]


class EndpointsBody(Struct, kw_only=True, rename="camel"):
    """Every endpoint of the account, the oldest first."""

    endpoints: list[EndpointBody]


class DeliveryBody(Struct, kw_only=True, rename="camel"):
    """An event owed to a URL."""

    id: UUID
    mode: Mode
    webhook_id: Annotated[str, Meta(description="As every attempt has it in the header `webhook-id`.")]
    event: Event
    run_id: UUID | None
    job_id: UUID | None
    endpoint_id: Annotated[UUID | None, Meta(description="Null for a URL that a request named.")]
    url: str
    state: DeliveryState
    reason: Annotated[str | None, Meta(description="Why it ended as it did, or why it waits.")]
    try_count: Annotated[int, Meta(ge=0)]
    next_try_at: Timestamp | None
    created_at: Timestamp
    ended_at: Timestamp | None
    payload_deleted_at: Timestamp | None


class DeliveryTryBody(Struct, kw_only=True, rename="camel"):
    """One POST of a delivery."""

    number: Annotated[int, Meta(ge=1)]
    started_at: Timestamp
    latency_ms: Annotated[int, Meta(ge=0)]
    http_status: int | None
    error: Annotated[str | None, Meta(description="In words; null after a success.")]
    answer: Annotated[str | None, Meta(description="How the receiver's answer began, at most 1 KiB.")]


class DeliveryDetailBody(DeliveryBody, kw_only=True, rename="camel"):
    """A delivery with its attempts."""

    tries: list[DeliveryTryBody]


class DeliveryPageBody(Struct, kw_only=True, rename="camel"):
    """A page of deliveries, newest first; `nextCursor` is null on the last one."""

    deliveries: list[DeliveryBody]
    next_cursor: str | None


class RecoverRequestBody(Struct, kw_only=True, rename="camel"):
    """Which failed deliveries get one more attempt."""

    since: GivenTime
    endpoint_id: UUID | None = None
    run_id: UUID | None = None


class RecoveredBody(Struct, kw_only=True, rename="camel"):
    """How many deliveries get one more attempt; they are sent from now on."""

    recovered: Annotated[int, Meta(ge=0)]
    warnings: list[str] | UnsetType = UNSET


class PingEventBody(Struct, kw_only=True, rename="camel"):
    """The event that `POST …/test` sends."""

    type: Literal["webhook.ping"]
    timestamp: Timestamp
    endpoint_id: UUID


class EndpointDisabledEventBody(Struct, kw_only=True, rename="camel"):
    """An endpoint of the account that does not work was disabled; the others that listen to this event get it."""

    type: Literal["endpoint.disabled"]
    timestamp: Timestamp
    endpoint_id: UUID
    url: str
    description: str
    disabled_at: Timestamp
    disabled_reason: str
    failing_since: Timestamp | None
