"""One API that many tests use, one after the other: to start one takes longer than most tests."""

from contextlib import AsyncExitStack
from typing import Any

import msgspec
import psycopg
from redis import Redis

from app.services import open_services
from tests.api.door import Door, opened
from tests.conftest import kept_redis, settings_of
from tests.databases import is_emptied, new_database

# Counted by a client's address and the process's clock, which the tests share.
SHARED: dict[str, Any] = {"failed_authentications": 1_000_000}
# What a process reads once.
REMEMBERED = ("key_pepper",)


class KeptDoor:
    """An API with few settings of its own; each test finds its database and its Redis empty."""

    def __init__(self, server_url: str, template: str, redis_url: str, **changes: Any) -> None:
        """Take the servers, and what differs from default settings; it is started for the first test."""
        self._server_url, self._template = server_url, template
        self._changes = SHARED | changes
        self._redis_url = kept_redis(redis_url)
        self._stack = AsyncExitStack()
        self._door: Door | None = None
        self._database: psycopg.Connection
        self._redis: Redis

    async def open(self) -> Door:
        """Return the running API, or start one."""
        if self._door is None:
            enter = self._stack.enter_context
            url = enter(new_database(self._server_url, self._template))
            self._redis = enter(Redis.from_url(self._redis_url))
            self._redis.flushdb()
            self._database = enter(psycopg.connect(url, autocommit=True))
            settings = msgspec.structs.replace(settings_of(url, self._redis_url), **self._changes)
            self._door = enter(opened(settings))
            self._door.kept = await self._stack.enter_async_context(open_services(self._door.settings))
        return self._door

    async def empty(self) -> None:
        """Forget what a test has left; end the API when it has changed more than rows."""
        assert self._door
        self._door.settle()
        self._redis.flushdb()
        if not is_emptied(self._database, self._server_url, but=REMEMBERED):
            await self.close()

    async def close(self) -> None:
        """End the API, if one runs."""
        self._door = None
        await self._stack.aclose()
