"""Describe the events that are posted to clients, as the specification does: requests that they receive."""

from typing import Any

import msgspec

from app.api.openapi.responses import described
from app.dialects.batches.schemas import BatchEvent
from app.dialects.leadmodule.schemas import RunEventBody
from app.dialects.leadsonar.schemas import ContactEventBody, JobEventBody
from app.dialects.webhooks.schemas import EndpointDisabledEventBody, PingEventBody
from app.domain.vocabulary import Dialect

_HEADERS = {
    "X-LeadModule-Event": "The event, such as `enrichment.completed`.",
    "webhook-id": "The same on every retry (Standard Webhooks).",
    "webhook-timestamp": "Seconds since 1970.",
    "webhook-signature": "`v1,<base64 HMAC-SHA256>`, one for each active secret, separated by blanks.",
}


class DocumentedEvent(msgspec.Struct, frozen=True):
    """One kind of body that is posted; `dialect` is the one whose bodies alone lead to it."""

    body: type[msgspec.Struct]
    summary: str
    dialect: Dialect | None = None


_EVENTS: dict[str, DocumentedEvent] = {
    "runEnded": DocumentedEvent(RunEventBody, "Posted to `webhookUrl` when a run ends"),
    "jobCompleted": DocumentedEvent(
        JobEventBody, "Posted to a job's `webhook_url` when its last run has ended", Dialect.LEADSONAR
    ),
    "contactCompleted": DocumentedEvent(
        ContactEventBody,
        "Posted to a job's `webhook_url` as each run ends, if `webhook_events` asks for it",
        Dialect.LEADSONAR,
    ),
    "batchCompleted": DocumentedEvent(
        BatchEvent, "Posted to a batch's `webhook_url` when it is completed or cancelled"
    ),
    "endpointTested": DocumentedEvent(PingEventBody, "Posted to an endpoint by `POST …/test`"),
    "endpointDisabled": DocumentedEvent(
        EndpointDisabledEventBody, "Posted to endpoints that listen to it when another one is disabled"
    ),
}


def events_of(dialect: Dialect | None) -> dict[str, DocumentedEvent]:
    """List the events by name; of one dialect, or all."""
    return {name: one for name, one in _EVENTS.items() if dialect is None or one.dialect in (None, dialect)}


def webhook(name: str, event: DocumentedEvent) -> dict[str, Any]:
    """Describe the request that posts an event."""
    return {
        "operationId": name,
        "tags": ["Events"],
        "summary": f"{event.summary}; answer 2xx within 15 s",
        "security": [],
        "parameters": [
            {"in": "header", "name": header, "required": True, "description": text, "schema": {"type": "string"}}
            for header, text in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": described(event.body)}},
        "responses": {"2XX": {"description": "Delivered."}, "410": {"description": "Never send this again."}},
    }
