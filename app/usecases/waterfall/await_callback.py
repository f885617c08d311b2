"""Await the results that vendors post; a process listens only while an attempt waits."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.waterfall.callback_token import mint_token, token_digest
from app.providers.client.polling import NoPost
from app.redis.notifications import Notifications, Subscription
from app.services import Services
from app.store.database.group_commit import GroupCommit, patiently
from app.store.waterfall import callbacks
from app.store.waterfall.attempts import NewAttempt
from app.store.waterfall.callbacks import ExpectedCallback, StoredCallback
from app.usecases.waterfall.record_attempt import RecordAttempt


class CallbackListener:
    """The listener of this process: it reads callbacks and the signals that they came."""

    def __init__(self, services: Services, record: RecordAttempt) -> None:
        """Start without a subscription."""
        self._services = services
        self._record = record
        self._read: GroupCommit[bytes, StoredCallback | None] = GroupCommit(
            services.engine, self._read_all, what="callback"
        )
        self._notifications: Notifications | None = None
        self._waiting = 0

    def of(self, beginning: NewAttempt) -> "CallbackWaiter":
        """Return the waiter of an attempt."""
        return CallbackWaiter(self, self._services, self._record, beginning)

    async def read(self, digest: bytes) -> StoredCallback | None:
        """Read one callback.

        Raises:
            UnavailableError: When the database stays away for a minute.
        """
        return await patiently(self._read, digest)

    @asynccontextmanager
    async def listening(self, cascade_id: UUID) -> AsyncIterator[Subscription]:
        """Listen for a cascade's signals; the first waiter opens the subscription, the last one closes it."""
        self._waiting += 1
        if self._notifications is None:
            self._notifications = Notifications(self._services.redis)
            await self._notifications.open()
        notifications = self._notifications
        try:
            with notifications.subscribe(cascade_id) as subscription:
                yield subscription
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._notifications = None
                await notifications.close()

    async def _read_all(self, connection: AsyncConnection, batch: Sequence[bytes]) -> list[StoredCallback | None]:
        found = await callbacks.read(connection, batch)
        return [found.get(digest) for digest in batch]


class CallbackWaiter:
    """The callback source of one attempt; see `CallbackSource` in client/polling.py."""

    def __init__(
        self, listener: CallbackListener, services: Services, record: RecordAttempt, beginning: NewAttempt
    ) -> None:
        """Serve one attempt."""
        self._listener = listener
        self._services = services
        self._record = record
        self._beginning = beginning

    async def open(self, seconds: float) -> tuple[str, str]:
        """Accept one post for so many seconds; the token is in the URL only, its digest is the ticket.

        Raises:
            LeaseLostError: The attempt is not ours any more; the call must not be made.
            UnavailableError: When the database stays away for a minute.
        """
        token = mint_token(self._services.choose)
        digest = token_digest(token)
        if digest is None:
            raise ValueError("the minted token is malformed")
        now = self._services.now()
        await self._record.announce(
            self._beginning,
            ExpectedCallback(
                token_digest=digest,
                cascade_id=self._beginning.cascade_id,
                provider=self._beginning.provider,
                field=self._beginning.field,
                created_at=now,
                expires_at=now + timedelta(seconds=seconds),
            ),
        )
        return token, digest.hex()

    async def wait(self, part: str, seconds: float) -> bytes | NoPost:
        """Return the posted result as soon as it is there.

        Raises:
            UnavailableError: When the database stays away for a minute.
        """
        digest, clock = bytes.fromhex(part), self._services.clock
        if seconds <= 0:
            return await self._look(digest)
        until = clock.monotonic() + seconds
        async with self._listener.listening(self._beginning.cascade_id) as subscription:
            while True:
                posted = await self._look(digest)
                left = until - clock.monotonic()
                if posted is not NoPost.NONE_YET or left <= 0:
                    return posted
                await _first(subscription.wait(left), clock.sleep(left))

    async def _look(self, digest: bytes) -> bytes | NoPost:
        kept = await self._listener.read(digest)
        if kept is not None and kept.body is not None:
            return kept.body
        return NoPost.GONE if kept is None or kept.expires_at <= self._services.now() else NoPost.NONE_YET


async def _first(*ways: Coroutine[None, None, None]) -> None:
    """Return as soon as one of them is over: a signal may come, and the time limit is the clock's."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
