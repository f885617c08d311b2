"""Create, change, test and delete an account's endpoints; their deliveries follow in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from app.broker import QUEUE_WEBHOOKS
from app.domain.accounts.audit import AuditAction
from app.domain.accounts.owner import Owner
from app.domain.errors import TooManyEndpointsError, UnknownIdError
from app.domain.webhooks.delivery import DeliveryState, Event, event_body
from app.domain.webhooks.delivery_log import DeliveryView
from app.domain.webhooks.endpoint import DELETED, DISABLED, DISABLED_BY_HAND, MAX_ENDPOINTS, Endpoint
from app.metrics import DELIVERIES_ENDED
from app.services import Services
from app.store.accounts import keys, ledger
from app.store.webhooks import deliveries, delivery_log, endpoints, redelivery, signing_secrets
from app.store.webhooks.deliveries import NewDelivery
from app.store.webhooks.signing_secrets import SecretCipher
from app.usecases.audit.note import note
from app.usecases.webhooks.signing_secrets import open_cipher


class EndpointChange(msgspec.Struct, frozen=True, kw_only=True):
    """The checked and vetted changes of an endpoint; unset members stay as they are.

    Attributes:
        headers: Instead of all custom headers there were.
        rate_limit: Attempts a second; None for as many as there are.
        replay: When it becomes enabled, whether what it missed is sent after all.
    """

    url: str | UnsetType = UNSET
    events: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    headers: Mapping[str, str] | UnsetType = UNSET
    rate_limit: int | UnsetType | None = UNSET
    replay: bool = False


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as its account sees it: of its custom headers only the names."""

    endpoint: Endpoint
    header_names: tuple[str, ...] = ()


class ManageEndpoints:
    """The endpoints of accounts."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def create(self, owner: Owner, wanted: EndpointChange, key_id: UUID | None = None) -> EndpointView:
        """Make an endpoint; its URL must be set.

        Args:
            owner: Whose it is.
            wanted: Its members.
            key_id: The key that makes it, so that an operator finds what a stolen key left behind.

        Raises:
            TooManyEndpointsError: The account has as many as it may have.
            UnavailableError: The database cannot be reached.
            SecretSealedError: It has headers, and LEADRUN_SECRET_KEY is not set.
        """
        now = self._services.now()
        blank = Endpoint(
            id=self._services.new_id(),
            account_id=owner.account_id,
            mode=owner.mode,
            key_id=key_id,
            url="",
            events=(),
            description="",
            enabled=True,
            encrypted_headers=None,
            disabled_reason=None,
            disabled_at=None,
            failing_since=None,
            created_at=now,
            updated_at=now,
        )
        endpoint = self._changed(blank, wanted, now)
        async with self._services.write() as connection:
            # The lock makes the count hold until the commit.
            await ledger.lock(connection, [owner.account_id])
            if await endpoints.count(connection, owner) >= MAX_ENDPOINTS:
                raise TooManyEndpointsError(MAX_ENDPOINTS)
            await endpoints.add(connection, endpoint)
            await note(connection, self._services, AuditAction.ENDPOINT_CREATED, owner.account_id, endpoint.id)
        return self._view(endpoint)

    async def list(self, owner: Owner) -> Sequence[EndpointView]:
        """Read an account's endpoints, the oldest first.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            return [self._view(one) for one in await endpoints.of_owners(connection, [owner])]

    async def get(self, owner: Owner, endpoint_id: UUID) -> EndpointView:
        """Read one endpoint.

        Raises:
            UnknownIdError: The account has no such endpoint.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            return self._view(await self._one(connection, owner, endpoint_id))

    async def change(self, owner: Owner, endpoint_id: UUID, wanted: EndpointChange) -> tuple[EndpointView, int]:
        """Change an endpoint, and with it its deliveries.

        Disabling ends what is pending for it. Enabling forgets the failures before. A new URL takes over what is
        pending. A new rate holds at once, also for what waits because of the old one.

        Returns:
            The endpoint, and how many deliveries are replayed.

        Raises:
            UnknownIdError: The account has no such endpoint.
            UnavailableError: The database cannot be reached.
        """
        now, replayed, ended, hurried = self._services.now(), 0, 0, list[UUID]()
        async with self._services.write() as connection:
            before = await self._one(connection, owner, endpoint_id, lock=True)
            after = self._changed(before, wanted, now)
            await endpoints.change(connection, after)
            await note(connection, self._services, AuditAction.ENDPOINT_CHANGED, owner.account_id, endpoint_id)
            if after.url != before.url:
                await redelivery.move(connection, before, after.url)
            if before.enabled and not after.enabled:
                ended = await redelivery.end_pending(connection, after, DISABLED, now)
            elif after.rate_limit != before.rate_limit:
                hurried = await redelivery.unplan(connection, after, now)
            if before.disabled_at and after.enabled and wanted.replay:
                replayed = await redelivery.replay(connection, after, since=before.disabled_at, now=now)
        DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(ended)
        # One message is enough: the dispatcher that gets it looks for all that is due.
        self._services.broker.notify(QUEUE_WEBHOOKS, hurried[:1])
        return self._view(after), replayed

    async def delete(self, owner: Owner, endpoint_id: UUID) -> None:
        """Delete an endpoint with its secrets and headers; what was pending for it ends, its deliveries stay.

        Raises:
            UnknownIdError: The account has no such endpoint.
            UnavailableError: The database cannot be reached.
        """
        now = self._services.now()
        async with self._services.write() as connection:
            endpoint = await self._one(connection, owner, endpoint_id, lock=True)
            await endpoints.delete(connection, endpoint, now)
            ended = await redelivery.end_pending(connection, endpoint, DELETED, now)
            await signing_secrets.forget(connection, endpoint_id)
            await note(connection, self._services, AuditAction.ENDPOINT_DELETED, owner.account_id, endpoint_id)
        DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(ended)

    async def everywhere(self, account: str | None, key_id: UUID | None) -> Sequence[Endpoint]:
        """Read the endpoints of all accounts, of the one of a name, or those that a key made: for the operator.

        Raises:
            UnknownIdError: There is no such account.
        """
        async with self._services.read() as connection:
            account_id = await keys.account_named(connection, account) if account else None
            if account and account_id is None:
                raise UnknownIdError("account")
            return await endpoints.everywhere(connection, account_id=account_id, key_id=key_id)

    async def remove(self, endpoint_id: UUID) -> None:
        """Delete an endpoint of whatever account: for the operator.

        Raises:
            UnknownIdError: There is no such endpoint.
        """
        async with self._services.read() as connection:
            found = (await endpoints.by_ids(connection, [endpoint_id])).get(endpoint_id)
        if found is None:
            raise UnknownIdError("endpoint")
        await self.delete(found.owner, endpoint_id)

    async def test(self, owner: Owner, endpoint_id: UUID) -> DeliveryView:
        """Enqueue a ping for an endpoint, even a disabled one, so that it can be checked before it is enabled.

        Raises:
            UnknownIdError: The account has no such endpoint.
            UnavailableError: The database cannot be reached.
        """
        now = self._services.now()
        async with self._services.write() as connection:
            endpoint = await self._one(connection, owner, endpoint_id)
            ping = NewDelivery(
                id=self._services.new_id(),
                account_id=owner.account_id,
                mode=owner.mode,
                endpoint_id=endpoint.id,
                event=Event.PING,
                url=endpoint.url,
                body=event_body(Event.PING, now, {"endpointId": str(endpoint.id)}),
                due_at=now,
                once=True,
            )
            await deliveries.add(connection, [ping], now)
            created = await delivery_log.one(connection, owner, ping.id)
        if created is None:
            raise UnknownIdError("delivery")
        self._services.broker.notify(QUEUE_WEBHOOKS, [ping.id])
        return created

    async def _one(
        self, connection: AsyncConnection, owner: Owner, endpoint_id: UUID, *, lock: bool = False
    ) -> Endpoint:
        endpoint = await endpoints.one(connection, owner, endpoint_id, lock=lock)
        if endpoint is None:
            raise UnknownIdError("endpoint")
        return endpoint

    def _changed(self, before: Endpoint, wanted: EndpointChange, now: datetime) -> Endpoint:
        values = {
            name: value
            for name in ("url", "events", "description", "enabled", "rate_limit")
            if (value := getattr(wanted, name)) is not UNSET
        }
        if wanted.headers is not UNSET:
            values["encrypted_headers"] = self._seal.close_headers(wanted.headers) if wanted.headers else None
        if wanted.enabled is True:
            values |= {"disabled_at": None, "disabled_reason": None, "failing_since": None}
        elif wanted.enabled is False and before.enabled:
            values |= {"disabled_at": now, "disabled_reason": DISABLED_BY_HAND}
        return msgspec.structs.replace(before, **values, updated_at=now)

    @property
    def _seal(self) -> SecretCipher:
        return open_cipher(self._services)

    def _view(self, endpoint: Endpoint) -> EndpointView:
        opened = self._seal.open_headers(endpoint.encrypted_headers) if endpoint.encrypted_headers else None
        return EndpointView(endpoint=endpoint, header_names=tuple(opened or ()))
