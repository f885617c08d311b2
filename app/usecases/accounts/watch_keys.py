"""Watch the keys of requests that stay open: a revoked key, or a suspended account, loses those within a second."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from app.background import end_background
from app.services import Services
from app.store.accounts import keys
from app.store.database.errors import is_away

EVERY_SECONDS = 0.5

log = structlog.get_logger()


class WatchKeys:
    """Asks every half second, in one query, which of the keys of this process's open requests are stopped."""

    def __init__(self, services: Services) -> None:
        """Watch nothing yet."""
        self._services = services
        self._watched: dict[UUID, list[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watching(self, key_id: UUID) -> Iterator[asyncio.Event]:
        """Return an event that is set once the key is revoked or its account suspended, while the block lasts."""
        revoked = asyncio.Event()
        self._watched.setdefault(key_id, []).append(revoked)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="watch keys")
        try:
            yield revoked
        finally:
            self._watched[key_id].remove(revoked)
            if not self._watched[key_id]:
                del self._watched[key_id]

    async def close(self) -> None:
        """End the task."""
        if self._task:
            await end_background([self._task])

    async def _run(self) -> None:
        """Look until nothing is watched; without a database nothing is known, and nobody is sent away."""
        while self._watched:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                async with self._services.engine.connect() as connection:
                    gone = await keys.stopped_of(connection, self._watched)
            except Exception as error:
                if not is_away(error):
                    log.warning("watch_keys.failed", exc_info=True)
                continue
            for key_id in gone:
                for revoked in self._watched.get(key_id, ()):
                    revoked.set()
