"""The shapes of endpoints and deliveries, from which the specification's schemas are generated."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects import patterns
from app.domain.contacts.contact import MAX_URL
from app.domain.webhooks.delivery import DeliveryState, Event
from app.domain.webhooks.endpoint import (
    MAX_DESCRIPTION,
    MAX_HEADER_NAME,
    MAX_HEADER_VALUE,
    MAX_HEADERS,
    OUR_FAMILIES,
    OUR_HEADERS,
    SUBSCRIBABLE,
)
from app.domain.webhooks.endpoint_rate_limit import MAX_RATE, MIN_RATE

_OURS = "|".join(
    (*(f"{patterns.any_case(name)}.*" for name in OUR_FAMILIES), *map(patterns.any_case, sorted(OUR_HEADERS)))
)
_HEADER_NAME = rf"^(?!(?:{_OURS})$)[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
_HEADER_VALUE = r"^[!-~]([ -~\t]*[!-~])?$"
Subscribable = Annotated[str, Meta(extra_json_schema={"enum": [event.value for event in SUBSCRIBABLE]})]
Url = Annotated[
    str,
    Meta(
        max_length=MAX_URL,
        pattern=patterns.RECEIVER,
        description="http(s) to a public address. Operators may allow more than the pattern says.",
        examples=["https://your-app.example/hook"],
    ),
]
Events = Annotated[
    list[Subscribable],
    Meta(
        description="What it listens to; none means every run, job and batch, but neither `contact.completed` nor the "
        "alarm `endpoint.disabled`."
    ),
]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION, pattern=patterns.NO_NUL)]
Headers = Annotated[
    dict[str, Annotated[str, Meta(min_length=1, max_length=MAX_HEADER_VALUE, pattern=_HEADER_VALUE)]],
    Meta(
        max_length=MAX_HEADERS,
        extra_json_schema={"propertyNames": {"pattern": _HEADER_NAME, "maxLength": MAX_HEADER_NAME}},
        description="Sent with every delivery, instead of all there were; kept encrypted and never shown again. Not "
        "`Content-*`, `Host`, `User-Agent`, `webhook-*`, `X-LeadModule-Event`, or what belongs to one connection.",
        examples=[{"X-Tenant": "acme"}],
    ),
]

RateLimit = Annotated[
    int,
    Meta(
        ge=MIN_RATE,
        le=MAX_RATE,
        description="Tries a second at most, evenly spread; what comes faster waits. Null for no limit.",
    ),
]


class EndpointRequest(Struct, kw_only=True, rename="camel"):
    """A new endpoint."""

    url: Url
    events: Events | None = []
    description: Description | None = ""
    enabled: bool | None = True
    headers: Headers | None = {}
    rate_limit: RateLimit | None = None


class EndpointChange(Struct, kw_only=True, rename="camel"):
    """What changes of an endpoint; what is absent or null stays as it is, but null takes away a `rateLimit`."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = None
    headers: Headers | None = None
    rate_limit: RateLimit | UnsetType | None = UNSET
    replay: (
        Annotated[bool, Meta(description="With `enabled: true`: send what it missed while it was disabled.")] | None
    ) = None


class Endpoint(Struct, kw_only=True, rename="camel"):
    """Where an account wants its events."""

    id: UUID
    url: str
    events: list[Subscribable]
    description: str
    enabled: bool
    header_names: Annotated[list[str], Meta(description="Of its custom headers; their values are not shown.")]
    rate_limit: RateLimit | None
    disabled_at: datetime | None
    disabled_reason: str | None
    failing_since: Annotated[datetime | None, Meta(description="Since when there were only failures.")]
    created_at: datetime
    updated_at: datetime
    replayed: Annotated[int, Meta(ge=0, description="Deliveries that are sent after all.")] | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class Endpoints(Struct, kw_only=True, rename="camel"):
    """Every endpoint of the account, the oldest first."""

    endpoints: list[Endpoint]


class Delivery(Struct, kw_only=True, rename="camel"):
    """An event owed to a URL."""

    id: UUID
    webhook_id: Annotated[str, Meta(description="As every try of it says in the header `webhook-id`.")]
    event: Event
    run_id: UUID | None
    job_id: UUID | None
    endpoint_id: Annotated[UUID | None, Meta(description="Null for a URL that a request named.")]
    url: str
    state: DeliveryState
    reason: Annotated[str | None, Meta(description="Why it ended as it did, or why it waits.")]
    try_count: Annotated[int, Meta(ge=0)]
    next_try_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    payload_deleted_at: datetime | None


class DeliveryTry(Struct, kw_only=True, rename="camel"):
    """One POST of a delivery."""

    number: Annotated[int, Meta(ge=1)]
    started_at: datetime
    latency_ms: Annotated[int, Meta(ge=0)]
    http_status: int | None
    error: Annotated[str | None, Meta(description="In words; null after a success.")]
    answer: Annotated[str | None, Meta(description="How the receiver's answer began, at most 1 KiB.")]


class DeliveryDetail(Delivery, kw_only=True, rename="camel"):
    """A delivery with its tries."""

    tries: list[DeliveryTry]


class DeliveryPage(Struct, kw_only=True, rename="camel"):
    """A page of deliveries, newest first; `nextCursor` is null on the last one."""

    deliveries: list[Delivery]
    next_cursor: str | None


class RecoverRequest(Struct, kw_only=True, rename="camel"):
    """Which failed deliveries get one more try."""

    since: Annotated[
        datetime,
        Meta(
            description="Of deliveries that came to be since then; at most 14 days ago.",
            extra_json_schema={"pattern": patterns.TIME},
        ),
    ]
    endpoint_id: UUID | None = None
    run_id: UUID | None = None


class Recovered(Struct, kw_only=True, rename="camel"):
    """How many deliveries get one more try; they are sent from now on."""

    recovered: Annotated[int, Meta(ge=0)]
    warnings: list[str] | UnsetType = UNSET


class PingEvent(Struct, kw_only=True, rename="camel"):
    """What `POST …/test` sends."""

    type: Literal["webhook.ping"]
    timestamp: datetime
    endpoint_id: UUID


class EndpointDisabledEvent(Struct, kw_only=True, rename="camel"):
    """An endpoint of the account does not work and was disabled; told to the others that listen to it."""

    type: Literal["endpoint.disabled"]
    timestamp: datetime
    endpoint_id: UUID
    url: str
    description: str
    disabled_at: datetime
    disabled_reason: str
    failing_since: datetime | None
