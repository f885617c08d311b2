"""Idempotency: keep the first answer to a request, and give it to each repetition."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IdempotencyInFlightError, IdempotencyMismatchError, RequestError, UnavailableError
from app.services import Services
from app.store.database.group_commit import GroupCommit
from app.store.runs import idempotency_keys
from app.store.runs.idempotency_keys import RecordKey
from app.usecases.runs.submission import Idempotency

# Longer than any answer takes, the longest `Prefer: wait` included.
LOCK = timedelta(seconds=90)
RELEASE_SECONDS = 1.0

log = structlog.get_logger()


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

    record: RecordKey
    fingerprint: bytes


class _Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was taken until a time, or the row that is in the way."""

    record: RecordKey
    held_until: datetime | None
    row: Row[Any] | None


class IdempotentRequest:
    """Keeps the idempotency records of requests; concurrent ones of one process share transactions."""

    def __init__(self, services: Services) -> None:
        """Prepare the group."""
        self._services = services
        self._lifetime = timedelta(hours=services.settings.idempotency_hours)
        self._begin: GroupCommit[_Begun, _Taken] = GroupCommit(
            services.engine,
            self._begin_all,
            what="idempotency",
            key=lambda begun: begun.record,
            committed=_took_effect,
        )
        self._releasing: set[asyncio.Task[None]] = set()

    async def begin(self, record: RecordKey, fingerprint: bytes) -> Replay | Resume | Idempotency:
        """Begin a request.

        Args:
            record: Names the record.
            fingerprint: Digest of the canonical body.

        Returns:
            The record that the first request holds, and what a repetition gets.

        Raises:
            IdempotencyInFlightError: The first one is still being answered.
            IdempotencyMismatchError: The key was used with another body.
            UnavailableError: The database cannot be reached.
        """
        try:
            taken = await self._begin(_Begun(record=record, fingerprint=fingerprint))
        except UnavailableError:
            # It may hold the record without knowing it.
            self.release(record, None)
            raise
        if taken.held_until is not None:
            return Idempotency(record=record, held_until=taken.held_until)
        row = taken.row
        if row is None:  # deleted between the two statements
            raise IdempotencyInFlightError
        if bytes(row.fingerprint) != fingerprint:
            raise IdempotencyMismatchError
        if row.status is not None:
            return Replay(status=row.status, headers=row.headers, body=bytes(row.body))
        if row.run_id is not None and not row.is_locked:
            return Resume(run_id=row.run_id)
        raise IdempotencyInFlightError

    async def _begin_all(self, connection: AsyncConnection, batch: Sequence[_Begun]) -> list[_Taken]:
        # In one order everywhere, so that no two processes wait for each other's records.
        order = sorted(range(len(batch)), key=lambda i: msgspec.structs.astuple(batch[i].record))
        found: dict[int, _Taken] = {}
        for i in order:
            one = batch[i]
            held_until, row = await idempotency_keys.begin(
                connection, one.record, fingerprint=one.fingerprint, lock=LOCK, lifetime=self._lifetime
            )
            found[i] = _Taken(record=one.record, held_until=held_until, row=row)
        return [found[i] for i in range(len(batch))]

    async def complete(self, record: RecordKey, replay: Replay) -> None:
        """Store the answer.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            await idempotency_keys.complete(
                connection, record, status=replay.status, headers=replay.headers, body=replay.body
            )

    def release(self, record: RecordKey, held_until: datetime | None) -> asyncio.Task[None]:
        """Forget a request that was refused, so that it can be sent again with the same key.

        Where it was accepted after all, the repetition gets its run at once. This goes on in the background, for the
        client does not wait for a database that is away; should it stay away, the lock expires.
        """
        task = asyncio.create_task(self._release(record, held_until), name="idempotency-release")
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)
        return task

    async def _release(self, record: RecordKey, held_until: datetime | None) -> None:
        until = self._services.clock.monotonic() + LOCK.total_seconds()
        while self._services.clock.monotonic() < until:
            try:
                async with self._services.write() as connection:
                    return await idempotency_keys.release(connection, record, held_until)
            except UnavailableError as error:
                log.info("idempotency.release_delayed", code=error.code)
            await asyncio.sleep(RELEASE_SECONDS)
        return None


async def _took_effect(outcomes: Sequence[_Taken | RequestError], connection: AsyncConnection) -> bool:
    """Return whether records were taken by a transaction whose COMMIT was lost."""
    for one in outcomes:
        if isinstance(one, _Taken) and one.held_until is not None:
            return await idempotency_keys.was_begun(connection, one.record, one.held_until)
    return True
