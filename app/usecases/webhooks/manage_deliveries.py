"""Read deliveries, and request attempts: one of them again, or all that failed since a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.broker import QUEUE_WEBHOOKS
from app.domain.accounts.owner import Owner
from app.domain.errors import EndpointClosedError, PayloadExpungedError, RecoveryTooOldError, UnknownIdError
from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.delivery_log import EXPUNGED, DeliveryAttemptView, DeliveryFilter, DeliveryView
from app.domain.webhooks.endpoint import Endpoint
from app.metrics import DELIVERIES_ENDED
from app.services import Services
from app.store.runs import runs
from app.store.webhooks import delivery_log, endpoints, redelivery

# As far back as others look (Svix); what is older is redelivered one by one.
RECOVERY_DAYS = 14


class ManageDeliveries:
    """The deliveries of accounts."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def page(
        self, owner: Owner, wanted: DeliveryFilter, *, limit: int, before: UUID | None
    ) -> Sequence[DeliveryView]:
        """Read a page of an account's deliveries, newest first, older than `before`.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            return await delivery_log.page(connection, owner, wanted, before_id=before, limit=limit)

    async def get(self, owner: Owner, delivery_id: UUID) -> tuple[DeliveryView, Sequence[DeliveryAttemptView]]:
        """Read one delivery with its attempts.

        Raises:
            UnknownIdError: The account has no such delivery.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            return await _read(connection, owner, delivery_id), await delivery_log.attempts(connection, delivery_id)

    async def payload(self, owner: Owner, delivery_id: UUID) -> bytes | None:
        """Read the body that a delivery sends; None once it was deleted.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            return await delivery_log.payload(connection, owner, delivery_id)

    async def redeliver(self, owner: Owner, delivery_id: UUID) -> DeliveryView:
        """Request an attempt now: of a pending delivery the one that is next, of any other exactly one more.

        The message keeps its `webhook-id` and its bytes; an endpoint gets it at the URL that it has now, even while it
        is disabled.

        Raises:
            UnknownIdError: The account has no such delivery.
            PayloadExpungedError: There is nothing left to send.
            EndpointClosedError: Its endpoint was deleted.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            found = await _read(connection, owner, delivery_id, lock=True)
            if found.expunged_at:
                raise PayloadExpungedError
            endpoint = None
            if found.endpoint_id:
                endpoint = (await endpoints.by_ids(connection, [found.endpoint_id])).get(found.endpoint_id)
                if endpoint is None:
                    raise EndpointClosedError("The endpoint of this delivery was deleted, so it cannot be sent again.")
            await redelivery.once_more(connection, delivery_id, endpoint, self._services.now())
            after = await _read(connection, owner, delivery_id)
        self._services.broker.notify(QUEUE_WEBHOOKS, [delivery_id])
        return after

    async def recover(
        self, owner: Owner, *, since: datetime, endpoint_id: UUID | None = None, run_id: UUID | None = None
    ) -> int:
        """Give exactly one more attempt to each delivery that failed, of those created since a time.

        Disabled endpoints are left out: enabling one replays what it missed.

        Args:
            owner: Whose deliveries.
            since: At most 14 days ago.
            endpoint_id: Only those of this endpoint.
            run_id: Only those that report this run.

        Returns:
            How many; they are sent from now on, as there is room.

        Raises:
            RecoveryTooOldError: `since` is longer ago.
            UnknownIdError: The account has no such endpoint or run.
            EndpointClosedError: The endpoint is disabled.
            UnavailableError: The database cannot be reached.
        """
        now = self._services.now()
        if now - since > timedelta(days=RECOVERY_DAYS):
            raise RecoveryTooOldError(RECOVERY_DAYS)
        async with self._services.write() as connection:
            if run_id:
                await _check_run(connection, owner, run_id)
            count = 0
            for endpoint in await self._receivers(connection, owner, endpoint_id):
                count += await redelivery.recover(connection, owner, endpoint, since=since, run_id=run_id, now=now)
        return count

    async def expunge(self, owner: Owner, delivery_id: UUID) -> None:
        """Delete a delivery's payload; when and how often it was sent stays.

        Raises:
            UnknownIdError: The account has no such delivery.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            await _read(connection, owner, delivery_id, lock=True)
            ended = await redelivery.expunge(connection, delivery_id, EXPUNGED, self._services.now())
        DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(ended)

    async def _receivers(
        self, connection: AsyncConnection, owner: Owner, endpoint_id: UUID | None
    ) -> Sequence[Endpoint | None]:
        """List whose deliveries are recovered; None stands for the URLs that requests named."""
        if endpoint_id is None:
            found = await endpoints.of_owners(connection, [owner])
            return [None, *(endpoint for endpoint in found if endpoint.enabled)]
        endpoint = await endpoints.one(connection, owner, endpoint_id, lock=True)
        if endpoint is None:
            raise UnknownIdError("endpoint")
        if not endpoint.enabled:
            raise EndpointClosedError(
                "The endpoint is disabled; enable it with `replay: true`, and it gets what it missed meanwhile."
            )
        return [endpoint]


async def _read(connection: AsyncConnection, owner: Owner, delivery_id: UUID, *, lock: bool = False) -> DeliveryView:
    found = await delivery_log.one(connection, owner, delivery_id, lock=lock)
    if found is None:
        raise UnknownIdError("delivery")
    return found


async def _check_run(connection: AsyncConnection, owner: Owner, run_id: UUID) -> None:
    found = (await runs.by_ids(connection, [run_id])).get(run_id)
    if found is None or found.owner != owner:
        raise UnknownIdError("run")
