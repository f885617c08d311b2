"""Databases and services that tests of a process use one after the other: to open them takes longer than most tests."""

import asyncio
from contextlib import AsyncExitStack, ExitStack

import msgspec
import psycopg
from redis import Redis
from sqlalchemy.pool import QueuePool

from app.broker import Broker
from app.providers.setup.registry import Registry
from app.services import Services, open_services, process_name
from app.settings.settings import Settings
from tests.databases import is_emptied, new_database
from tests.servers import kept_redis, settings_of

# What a process reads once.
REMEMBERED = ("key_pepper",)
# What connections are opened by: services with others of these have their own.
CONNECTING = ("database_url", "database_pooler", "db_pool_size", "redis_url")
# Seconds for work that a test has left to give its connections back.
PATIENCE = 20.0


class KeptDatabases:
    """A database and a Redis, both of which each test finds empty."""

    def __init__(self, server_url: str, template: str, redis_url: str) -> None:
        """Take the servers; the database is made for the first test."""
        self._server_url, self._template = server_url, template
        self._redis_url = kept_redis(redis_url)
        self._stack = ExitStack()
        self._settings: Settings | None = None
        self._database: psycopg.Connection
        self._redis: Redis

    def open(self) -> Settings:
        """Return settings that point at them, everything else at its default."""
        if self._settings is None:
            enter = self._stack.enter_context
            url = enter(new_database(self._server_url, self._template))
            self._redis = enter(Redis.from_url(self._redis_url))
            self._redis.flushdb()
            self._database = enter(psycopg.connect(url, autocommit=True))
            self._settings = settings_of(url, self._redis_url)
        return self._settings

    def empty(self) -> bool:
        """Forget what a test has left; returns whether it has changed nothing but rows."""
        self._redis.flushdb()
        return is_emptied(self._database, self._server_url, but=REMEMBERED)

    def close(self) -> None:
        """Give the database back."""
        self._settings = None
        self._stack.close()


class KeptServices:
    """The services of several processes of one installation, on connections that stay open from test to test."""

    def __init__(self, databases: KeptDatabases) -> None:
        """Open nothing yet."""
        self._databases = databases
        self._stack = AsyncExitStack()
        self._kept: list[Services] = []
        self._taken: list[Services] = []

    @property
    def settings(self) -> Settings:
        """Settings that point at the databases, everything else at its default."""
        return self._databases.open()

    def fit(self, settings: Settings) -> bool:
        """Return whether services with these settings can have the connections."""
        return all(getattr(settings, name) == getattr(self.settings, name) for name in CONNECTING)

    async def take(self, settings: Settings | None = None) -> Services:
        """Return the services of one more process, whose connections nobody else has until the test ends.

        Args:
            settings: Instead of the default ones; they `fit`.
        """
        settings = settings or self.settings
        assert self.fit(settings)
        if len(self._taken) == len(self._kept):
            self._kept.append(await self._stack.enter_async_context(open_services(self.settings)))
        one = self._kept[len(self._taken)]
        self._taken.append(
            msgspec.structs.replace(
                one,
                settings=settings,
                broker=Broker(one.redis),
                registry=Registry(settings),
                name=process_name(),
            )
        )
        return self._taken[-1]

    async def empty(self) -> None:
        """Forget what a test has left; close everything when that is more than rows."""
        for one in self._taken:
            await one.broker.close()
        idle = await self._are_idle()
        self._taken.clear()
        if not (idle and self._databases.empty()):
            await self.close()

    async def _are_idle(self) -> bool:
        """Wait until work that a test has cut off has given its connections back; returns whether it has."""
        try:
            async with asyncio.timeout(PATIENCE):
                while any(_checked_out(one) for one in self._taken):  # noqa: ASYNC110 - the pool sends no signal
                    await asyncio.sleep(0.001)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Close the connections."""
        self._kept.clear()
        await self._stack.aclose()
        self._databases.close()


def _checked_out(services: Services) -> int:
    pool = services.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()
