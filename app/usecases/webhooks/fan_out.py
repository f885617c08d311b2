"""Fan events out: one delivery for the URL that a request named, and one for each endpoint that listens."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.webhooks.delivery import DeliveryState, Event, event_body
from app.domain.webhooks.endpoint import DISABLED, Endpoint
from app.services import Services
from app.store.webhooks import endpoints
from app.store.webhooks.deliveries import NewDelivery


class AccountEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of an account, in the mode of what it reports.

    Attributes:
        parts: The parts of its body, in their order.
        url: The URL that the request named for it, if any.
        run_id: The run that it reports, if any.
        job_id: The job that it reports, or that the run belongs to, if any.
    """

    owner: Owner
    event: Event
    parts: tuple[msgspec.Struct | dict[str, Any], ...]
    url: str | None = None
    run_id: UUID | None = None
    job_id: UUID | None = None


class FanOut:
    """The endpoints of the owners of one transaction, read once."""

    def __init__(self, services: Services, listening: Iterable[Endpoint]) -> None:
        """Sort the endpoints by owner; `read` is the way in."""
        self._services = services
        self._listening: dict[Owner, list[Endpoint]] = {}
        for endpoint in listening:
            self._listening.setdefault(endpoint.owner, []).append(endpoint)

    @classmethod
    async def read(cls, connection: AsyncConnection, services: Services, owners: Collection[Owner]) -> "FanOut":
        """Read the endpoints of these owners."""
        return cls(services, await endpoints.of_owners(connection, owners))

    def listens(self, owner: Owner, event: Event) -> bool:
        """Return whether any endpoint of an owner listens to an event."""
        return any(endpoint.wants(event) for endpoint in self._listening.get(owner, ()))

    def deliveries(self, events: Iterable[AccountEvent], now: datetime) -> list[NewDelivery]:
        """Write the bodies of events and return their deliveries.

        A URL and an endpoint that lead to the same place get one each: they are signed with different secrets.
        """
        return [one for event in events for one in self._of(event, now)]

    def _of(self, event: AccountEvent, now: datetime) -> Iterable[NewDelivery]:
        body = event_body(event.event, now, *event.parts)
        if event.url:
            yield self._new(event, event.url, body, now)
        for endpoint in self._listening.get(event.owner, ()):
            if endpoint.wants(event.event):
                yield self._new(event, endpoint.url, body, now, endpoint)

    def _new(
        self, event: AccountEvent, url: str, body: bytes, now: datetime, endpoint: Endpoint | None = None
    ) -> NewDelivery:
        # What happens while an endpoint is disabled is kept, so that it can be asked for later.
        kept = endpoint is not None and not endpoint.enabled
        return NewDelivery(
            id=self._services.new_id(),
            account_id=event.owner.account_id,
            mode=event.owner.mode,
            run_id=event.run_id,
            job_id=event.job_id,
            endpoint_id=endpoint.id if endpoint else None,
            event=event.event,
            url=url,
            body=body,
            due_at=None if kept else now,
            state=DeliveryState.FAILED if kept else DeliveryState.PENDING,
            reason=DISABLED if kept else None,
            ended_at=now if kept else None,
        )
