"""What claimed deliveries are sent with: signing keys and custom headers; those that may not be sent end here."""

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
        keys: Every key that signs it, the current one first; none when a sealed secret or header cannot be opened.
        custom: Headers that its endpoint adds.
    """

    claimed: LeasedDelivery
    keys: tuple[bytes, ...]
    custom: tuple[tuple[str, str], ...] = ()


class PreparedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What became of claims.

    Attributes:
        ready: Those that are sent.
        ended: How many ended without a try.
        planned: How many deliveries have to wait for the rate of their endpoint, and made room for others.
        turns: By endpoint with a rate, when its next delivery may be sent, in UTC.
    """

    ready: tuple[Prepared, ...] = ()
    ended: int = 0
    planned: int = 0
    turns: Mapping[UUID, datetime] = {}


async def prepare(
    connection: AsyncConnection, services: Services, seal: SecretCipher, claims: Sequence[LeasedDelivery]
) -> PreparedBatch:
    """Fetch what claims are sent with, all at once.

    Deliveries of an endpoint that was disabled or deleted meanwhile end here without a try (one that was asked for by
    hand is sent to a disabled endpoint all the same), and so do those without a payload. Those that would be too many
    in a second for their endpoint are given back, to be sent later.

    Args:
        connection: In the transaction that claims.
        services: The process's.
        seal: Opens secrets.
        claims: What was claimed.
    """
    found = await endpoints.by_ids(connection, {c.endpoint_id for c in claims if c.endpoint_id})
    closed = {c.id: reason for c in claims if (reason := _closed(c, found))}
    for reason in set(closed.values()):
        ids = [delivery_id for delivery_id, why in closed.items() if why == reason]
        await redelivery.end(connection, ids, reason, services.now())
    rated = {endpoint_id for endpoint_id, endpoint in found.items() if endpoint.rate_limit}
    limited = [c for c in claims if c.endpoint_id in rated and c.id not in closed]
    admission = await endpoint_rate_limits.admit(connection, limited, services.now())
    refused = {c.id for c in limited} - admission.admitted
    open_claims = [c for c in claims if c.id not in closed and c.id not in refused]
    secrets = await active_secrets(connection, services, seal, {_holder(c) for c in open_claims})
    prepared = []
    for claimed in open_claims:
        endpoint = found.get(claimed.endpoint_id) if claimed.endpoint_id else None
        custom = seal.open_headers(endpoint.encrypted_headers) if endpoint and endpoint.encrypted_headers else {}
        keys = tuple(secret.key for secret in secrets[_holder(claimed)] if secret.key is not None)
        prepared.append(
            Prepared(
                claimed=msgspec.structs.replace(claimed, url=endpoint.url) if endpoint else claimed,
                keys=keys if custom is not None else (),
                custom=tuple((custom or {}).items()),
            )
        )
    return PreparedBatch(ready=tuple(prepared), ended=len(closed), planned=admission.planned, turns=admission.turns)


def _closed(claimed: LeasedDelivery, found: Mapping[UUID, Endpoint]) -> str | None:
    """Say why a delivery is not sent; None when it is."""
    if not claimed.body:
        return EXPUNGED
    if claimed.endpoint_id is None:
        return None
    endpoint = found.get(claimed.endpoint_id)
    if endpoint is None:
        return DELETED
    return None if endpoint.enabled or claimed.once else DISABLED


def _holder(claimed: LeasedDelivery) -> SecretHolder:
    return SecretHolder(account_id=claimed.account_id, endpoint_id=claimed.endpoint_id)
