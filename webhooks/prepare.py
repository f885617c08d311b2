"""Prepare leased deliveries: read signing keys and custom headers, and end deliveries that may not be sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.delivery_log import EXPUNGED
from app.domain.webhooks.endpoint import DELETED, DISABLED, Endpoint
from app.services import Services
from app.store.webhooks import endpoint_rate_limits, endpoints, redelivery
from app.store.webhooks.deliveries import LeasedDelivery
from app.store.webhooks.signing_secrets import SecretCipher, SecretHolder
from app.usecases.webhooks.signing_secrets import active_secrets


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is ready to be sent.

    Attributes:
        keys: Every key that signs it, the current one first; empty when a secret or header cannot be decrypted.
        custom: Custom headers of its endpoint.
    """

    delivery: LeasedDelivery
    keys: tuple[bytes, ...]
    custom: tuple[tuple[str, str], ...] = ()


class PreparedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The leased deliveries, prepared.

    Attributes:
        ready: Deliveries to send.
        ended: How many ended without an attempt.
        planned: How many deliveries wait for the rate limit of their endpoint, and freed their slots.
        next_at: By endpoint with a rate limit, when its next delivery may be sent, in UTC.
    """

    ready: tuple[Prepared, ...] = ()
    ended: int = 0
    planned: int = 0
    next_at: Mapping[UUID, datetime] = {}


async def prepare(
    connection: AsyncConnection, services: Services, cipher: SecretCipher, leased: Sequence[LeasedDelivery]
) -> PreparedBatch:
    """Read keys and headers of leased deliveries, in one query each.

    A delivery ends here without an attempt when its payload is deleted, or when its endpoint was disabled or deleted
    meanwhile; a redelivery by hand still goes to a disabled endpoint. Deliveries above the rate limit of their endpoint
    are released, to be sent later.

    Args:
        connection: In the transaction that took the leases.
        services: Of this process.
        cipher: Decrypts secrets.
        leased: The deliveries.
    """
    found = await endpoints.by_ids(connection, {c.endpoint_id for c in leased if c.endpoint_id})
    closed = {c.id: reason for c in leased if (reason := _end_reason(c, found))}
    for reason in set(closed.values()):
        ids = [delivery_id for delivery_id, why in closed.items() if why == reason]
        await redelivery.end(connection, ids, reason, services.now())
    rated = {endpoint_id for endpoint_id, endpoint in found.items() if endpoint.rate_limit}
    limited = [c for c in leased if c.endpoint_id in rated and c.id not in closed]
    admitted = await endpoint_rate_limits.admit(connection, limited, services.now())
    held_back = {c.id for c in limited} - admitted.admitted
    sendable = [c for c in leased if c.id not in closed and c.id not in held_back]
    holders = {c.id: _holder(c, found.get(c.endpoint_id) if c.endpoint_id else None) for c in sendable}
    secrets = await active_secrets(connection, services, cipher, set(holders.values()))
    prepared = []
    for delivery in sendable:
        endpoint = found.get(delivery.endpoint_id) if delivery.endpoint_id else None
        custom = cipher.open_headers(endpoint.encrypted_headers) if endpoint and endpoint.encrypted_headers else {}
        keys = tuple(secret.key for secret in secrets[holders[delivery.id]] if secret.key is not None)
        prepared.append(
            Prepared(
                delivery=msgspec.structs.replace(delivery, url=endpoint.url) if endpoint else delivery,
                keys=keys if custom is not None else (),
                custom=tuple((custom or {}).items()),
            )
        )
    return PreparedBatch(ready=tuple(prepared), ended=len(closed), planned=admitted.planned, next_at=admitted.turns)


def _end_reason(delivery: LeasedDelivery, found: Mapping[UUID, Endpoint]) -> str | None:
    """Return why a delivery is not sent; None when it is sent."""
    if not delivery.body:
        return EXPUNGED
    if delivery.endpoint_id is None:
        return None
    endpoint = found.get(delivery.endpoint_id)
    if endpoint is None:
        return DELETED
    return None if endpoint.enabled or delivery.once else DISABLED


def _holder(delivery: LeasedDelivery, endpoint: Endpoint | None) -> SecretHolder:
    # A delivery of before the modes were apart may go to an endpoint of the other mode, which signs with its own.
    mode = endpoint.mode if endpoint else delivery.mode
    return SecretHolder(account_id=delivery.account_id, mode=mode, endpoint_id=delivery.endpoint_id)
