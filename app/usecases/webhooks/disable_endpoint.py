"""Disable endpoints that do not work: end what is pending for them, and raise the alarm where the account listens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import AuditAction
from app.domain.time_text import timestamp
from app.domain.webhooks.delivery import Event, event_body
from app.domain.webhooks.endpoint import DISABLED, Endpoint
from app.metrics import ENDPOINTS_DISABLED
from app.services import Services
from app.store.webhooks import deliveries, endpoints, redelivery
from app.store.webhooks.deliveries import NewDelivery
from app.usecases.audit.note import note

log = structlog.get_logger()


async def disable_endpoints(
    connection: AsyncConnection, services: Services, reasons: Mapping[UUID, str], now: datetime
) -> int:
    """Disable endpoints; one that is disabled already is left as it is and raises no second alarm.

    Args:
        connection: In a transaction, which may be the one that records the attempts which decided it.
        services: The process's.
        reasons: Why, a sentence for people, by the endpoint's id.
        now: The time in UTC.

    Returns:
        How many deliveries ended by it, to be counted after the commit.
    """
    ended = 0
    # In one order everywhere, so that two processes do not wait for each other.
    for endpoint_id in sorted(reasons):
        endpoint = await endpoints.disable(connection, endpoint_id, reasons[endpoint_id], now)
        if endpoint is None:
            continue
        await note(connection, services, AuditAction.ENDPOINT_DISABLED, endpoint.account_id, endpoint_id)
        ended += await redelivery.end_pending(connection, endpoint, DISABLED, now)
        others = [
            other
            for other in await endpoints.of_owners(connection, [endpoint.owner])
            if other.enabled and other.wants(Event.DISABLED)
        ]
        alarms = [_alarm(services, endpoint, other, now) for other in others]
        await deliveries.add(connection, alarms, now)
        ENDPOINTS_DISABLED.inc()
        log.warning(
            "endpoint.disabled",
            endpoint_id=str(endpoint.id),
            account_id=str(endpoint.account_id),
            reason=endpoint.disabled_reason,
            alarms=len(alarms),
        )
    return ended


def _alarm(services: Services, endpoint: Endpoint, to: Endpoint, now: datetime) -> NewDelivery:
    members: dict[str, Any] = {
        "endpointId": str(endpoint.id),
        "url": endpoint.url,
        "description": endpoint.description,
        "disabledAt": timestamp(endpoint.disabled_at),
        "disabledReason": endpoint.disabled_reason,
        "failingSince": timestamp(endpoint.failing_since),
    }
    return NewDelivery(
        id=services.new_id(),
        account_id=to.account_id,
        mode=to.mode,
        endpoint_id=to.id,
        event=Event.DISABLED,
        url=to.url,
        body=event_body(Event.DISABLED, now, members),
        due_at=now,
    )
