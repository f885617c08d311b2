"""What a process owns: opened once, handed down, closed once."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import SystemRandom  # noqa: TID251 - the one place that asks
from typing import Protocol
from uuid import UUID

import httpx
import msgspec
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.broker import Broker
from app.providers.client.http import open_http
from app.providers.setup.registry import Registry
from app.redis.client import open_redis
from app.settings.settings import Settings
from app.store.database.engine import open_engine


class Clock(Protocol):
    """The time, as a value that tests set."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that asks

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that touches the world, by name.

    Attributes:
        name: Of this process, for leases and logs: ``host:pid:chance``.
        random: Floats in [0, 1), for jitter.
    """

    settings: Settings
    engine: AsyncEngine
    redis: Redis
    http: httpx.AsyncClient
    broker: Broker
    registry: Registry
    name: str
    clock: Clock = SystemClock()
    random: Callable[[], float] = SystemRandom().random

    def now(self) -> datetime:
        """Return the time in UTC."""
        return self.clock.now()

    def new_id(self) -> UUID:
        """Make a UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then chance."""
        return uuid7(int(self.clock.now().timestamp() * 1000))

    def choose(self, letters: str) -> str:
        """Pick one letter with cryptographic randomness."""
        return secrets.choice(letters)


def uuid7(milliseconds: int) -> UUID:
    """Build a UUIDv7 from a time in milliseconds since 1970 (RFC 9562, section 5.7)."""
    chance = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | (chance >> 62) << 64 | 2 << 62 | chance & (1 << 62) - 1
    return UUID(int=value)


def process_name() -> str:
    """Name this process uniquely, also after a restart with the same pid."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open every connection of a process and close them again.

    Raises:
        SettingsError: When no database or Redis is named.
    """
    registry = Registry(settings)
    engine = open_engine(settings)
    redis = open_redis(settings)
    http = open_http()
    broker = Broker(settings)
    try:
        yield Services(
            settings=settings,
            engine=engine,
            redis=redis,
            http=http,
            broker=broker,
            registry=registry,
            name=process_name(),
        )
    finally:
        await broker.close()
        await http.aclose()
        await redis.aclose()
        await engine.dispose()
