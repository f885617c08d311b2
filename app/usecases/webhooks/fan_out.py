"""Who is told of what happened: the URL that a request named, and each endpoint of the account that listens to it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.delivery import DeliveryState, Event, event_body
from app.domain.webhooks.endpoint import DISABLED, Endpoint
from app.services import Services
from app.store.webhooks import endpoints
from app.store.webhooks.deliveries import NewDelivery


class AccountEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an account is told.

    Attributes:
        told: The parts of its body, in their order.
        url: Where the request itself wants to be told, if anywhere.
        run_id: The run that it tells of, if any.
        job_id: The job that it tells of, or that the run belongs to, if any.
    """

    account_id: UUID
    event: Event
    told: tuple[msgspec.Struct | dict[str, Any], ...]
    url: str | None = None
    run_id: UUID | None = None
    job_id: UUID | None = None


class FanOut:
    """The endpoints of the accounts of one transaction, read once."""

    def __init__(self, services: Services, listening: Iterable[Endpoint]) -> None:
        """Sort the endpoints by account; `read` is the way in."""
        self._services = services
        self._listening: dict[UUID, list[Endpoint]] = {}
        for endpoint in listening:
            self._listening.setdefault(endpoint.account_id, []).append(endpoint)

    @classmethod
    async def read(cls, connection: AsyncConnection, services: Services, account_ids: Collection[UUID]) -> "FanOut":
        """Read the endpoints of these accounts."""
        return cls(services, await endpoints.of_accounts(connection, account_ids))

    def listens(self, account_id: UUID, event: Event) -> bool:
        """Tell whether any endpoint of an account listens to an event, so that nothing is written for nobody."""
        return any(endpoint.wants(event) for endpoint in self._listening.get(account_id, ()))

    def deliveries(self, happened: Iterable[AccountEvent], now: datetime) -> list[NewDelivery]:
        """Freeze what happened for everybody who is told.

        A URL and an endpoint that lead to the same place are told both: they are signed with different secrets.
        """
        return [one for happening in happened for one in self._of(happening, now)]

    def _of(self, happening: AccountEvent, now: datetime) -> Iterable[NewDelivery]:
        body = event_body(happening.event, now, *happening.told)
        if happening.url:
            yield self._new(happening, happening.url, body, now)
        for endpoint in self._listening.get(happening.account_id, ()):
            if endpoint.wants(happening.event):
                yield self._new(happening, endpoint.url, body, now, endpoint)

    def _new(
        self, happening: AccountEvent, url: str, body: bytes, now: datetime, endpoint: Endpoint | None = None
    ) -> NewDelivery:
        # What happens while an endpoint is disabled is kept, so that it can be asked for later.
        kept = endpoint is not None and not endpoint.enabled
        return NewDelivery(
            id=self._services.new_id(),
            account_id=happening.account_id,
            run_id=happening.run_id,
            job_id=happening.job_id,
            endpoint_id=endpoint.id if endpoint else None,
            event=happening.event,
            url=url,
            body=body,
            due_at=None if kept else now,
            state=DeliveryState.FAILED if kept else DeliveryState.PENDING,
            reason=DISABLED if kept else None,
            ended_at=now if kept else None,
        )
