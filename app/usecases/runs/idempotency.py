"""The same request twice: the first answer is kept and given again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IdempotencyInFlightError, IdempotencyMismatchError
from app.services import Services
from app.store.database.group_commit import GroupCommit
from app.store.runs import idempotency_keys
from app.usecases.accounts.authenticate import Principal

# Longer than any answer takes, the longest `Prefer: wait` included.
LOCK = timedelta(seconds=90)


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it was given."""

    status: int
    headers: dict[str, str]
    body: bytes


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """The request was accepted, but its process died before it stored the answer: this is its run."""

    run_id: UUID


class _Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A request about to begin."""

    key_id: UUID
    operation: str
    key: str
    fingerprint: bytes
    now: datetime


class IdempotentRequest:
    """Keeps the idempotency records of requests; concurrent ones of one process share transactions."""

    def __init__(self, services: Services) -> None:
        """Prepare the group."""
        self._services = services
        self._lifetime = timedelta(hours=services.settings.idempotency_hours)
        self._begin: GroupCommit[_Begun, Row[Any] | None] = GroupCommit(
            services.engine, self._begin_all, what="idempotency"
        )

    async def begin(self, principal: Principal, operation: str, key: str, fingerprint: bytes) -> Replay | Resume | None:
        """Begin a request; None means that it is the first and goes on.

        Args:
            principal: Whose key it is; other keys have records of their own.
            operation: Method and path.
            key: As the client sent it.
            fingerprint: Digest of the canonical body.

        Raises:
            IdempotencyInFlightError: The first one is still being answered.
            IdempotencyMismatchError: The key was used with another body.
            UnavailableError: The database cannot be reached.
        """
        now = self._services.now()
        record = await self._begin(
            _Begun(key_id=principal.key_id, operation=operation, key=key, fingerprint=fingerprint, now=now)
        )
        if record is None:
            return None
        if bytes(record.fingerprint) != fingerprint:
            raise IdempotencyMismatchError
        if record.status is not None:
            return Replay(status=record.status, headers=record.headers, body=bytes(record.body))
        if record.run_id is not None and record.locked_until < now:
            return Resume(run_id=record.run_id)
        raise IdempotencyInFlightError

    async def _begin_all(self, connection: AsyncConnection, batch: Sequence[_Begun]) -> list[Row[Any] | None]:
        # In one order everywhere, so that no two processes wait for each other's records.
        order = sorted(range(len(batch)), key=lambda i: (batch[i].key_id, batch[i].operation, batch[i].key))
        found: dict[int, Row[Any] | None] = {}
        for i in order:
            one = msgspec.structs.asdict(batch[i])
            found[i] = await idempotency_keys.begin(connection, **one, lock=LOCK, lifetime=self._lifetime)
        return [found[i] for i in range(len(batch))]

    async def complete(self, principal: Principal, operation: str, key: str, replay: Replay) -> None:
        """Store the answer.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            await idempotency_keys.complete(
                connection,
                key_id=principal.key_id,
                operation=operation,
                key=key,
                status=replay.status,
                headers=replay.headers,
                body=replay.body,
            )

    async def release(self, principal: Principal, operation: str, key: str) -> None:
        """Forget a request that was refused, so that it can be sent again with the same key.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            await idempotency_keys.release(connection, key_id=principal.key_id, operation=operation, key=key)
