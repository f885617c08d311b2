"""Write endpoints and deliveries."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import asdict

from app.dialects.webhooks.schemas import DeliveryBody, DeliveryDetailBody, DeliveryTryBody, EndpointBody
from app.domain.time_text import time_text, timestamp
from app.domain.webhooks.delivery import Event, message_id
from app.domain.webhooks.delivery_log import DeliveryAttemptView, DeliveryView
from app.domain.webhooks.endpoint import Endpoint


def endpoint_body(
    endpoint: Endpoint,
    header_names: Sequence[str],
    *,
    warnings: Sequence[str] = (),
    replayed: int | None = None,
) -> EndpointBody:
    """Write an endpoint; of its custom headers only the names."""
    return EndpointBody(
        id=endpoint.id,
        mode=endpoint.mode,
        key_id=endpoint.key_id,
        url=endpoint.url,
        events=list(endpoint.events),
        description=endpoint.description,
        enabled=endpoint.enabled,
        header_names=list(header_names),
        rate_limit=endpoint.rate_limit,
        disabled_at=timestamp(endpoint.disabled_at),
        disabled_reason=endpoint.disabled_reason,
        failing_since=timestamp(endpoint.failing_since),
        created_at=time_text(endpoint.created_at),
        updated_at=time_text(endpoint.updated_at),
        warnings=list(warnings) or UNSET,
        replayed=UNSET if replayed is None else replayed,
    )


def delivery_body(delivery: DeliveryView) -> DeliveryBody:
    """Write a delivery as the collection shows it."""
    return DeliveryBody(
        id=delivery.id,
        mode=delivery.mode,
        webhook_id=message_id(delivery.id),
        event=Event(delivery.event),
        run_id=delivery.run_id,
        job_id=delivery.job_id,
        endpoint_id=delivery.endpoint_id,
        url=delivery.url,
        state=delivery.state,
        reason=delivery.reason,
        try_count=delivery.attempts,
        next_try_at=timestamp(delivery.due_at),
        created_at=time_text(delivery.created_at),
        ended_at=timestamp(delivery.ended_at),
        payload_deleted_at=timestamp(delivery.expunged_at),
    )


def delivery_detail_body(delivery: DeliveryView, attempts: Sequence[DeliveryAttemptView]) -> DeliveryDetailBody:
    """Write a delivery with its attempts."""
    tries = [
        DeliveryTryBody(
            number=attempt.number,
            started_at=time_text(attempt.started_at),
            latency_ms=attempt.latency_ms,
            http_status=attempt.http_status,
            error=attempt.error,
            answer=attempt.answer,
        )
        for attempt in attempts
    ]
    return DeliveryDetailBody(**asdict(delivery_body(delivery)), tries=tries)
