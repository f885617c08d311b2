"""Services: the connections, clock and settings of a process: opened once, handed down, closed once."""

import os
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from random import SystemRandom  # noqa: TID251 - the one place that asks
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.broker import Broker
from app.clock import Clock, SystemClock
from app.domain.errors import UnavailableError
from app.providers.client.http_exchange import HttpExchange
from app.providers.setup.registry import Registry
from app.redis.client import open_redis
from app.settings.settings import Settings
from app.store.database.connection import answer_within
from app.store.database.engine import open_engine
from app.store.database.errors import CommitLostError, reaching_the_database
from app.store.database.transaction import Look, reading, transaction, was_committed

# The longest wait for each answer to a read.
READ_SECONDS = 8.0


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that touches the world, by name.

    Attributes:
        name: Of this process, for leases and logs: ``host:pid:chance``.
        random: Floats in [0, 1), for jitter.
    """

    settings: Settings
    engine: AsyncEngine
    redis: Redis
    http: HttpExchange
    broker: Broker
    registry: Registry
    name: str
    clock: Clock = SystemClock()
    random: Callable[[], float] = SystemRandom().random

    def now(self) -> datetime:
        """Return the time in UTC."""
        return self.clock.now()

    def new_id(self) -> UUID:
        """Return a UUIDv7 that sorts after every earlier id of this process (RFC 9562, sections 5.7 and 6.2)."""
        return uuid7(int(self.clock.now().timestamp() * 1000))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for reading; it goes back to the pool, and nothing is committed.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        with reaching_the_database(), answer_within(READ_SECONDS):
            async with reading(self.engine) as connection:
                yield connection

    @asynccontextmanager
    async def write(self, committed: Look | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; it commits at the end of the block and rolls back on an exception.

        Args:
            committed: Looks up whether it took effect, should the answer to its COMMIT be lost; see `was_committed`.

        Raises:
            UnavailableError: The database cannot be reached; nothing was stored.
            OutcomeUnknownError: It was lost while it committed, and cannot be asked.
        """
        with reaching_the_database():
            try:
                async with transaction(self.engine) as connection:
                    yield connection
            except CommitLostError as error:
                took_effect = await was_committed(self.engine, committed) if committed else None
                if took_effect is None:
                    raise
                if not took_effect:
                    raise UnavailableError("database") from error

    def choose(self, letters: str) -> str:
        """Pick one letter with cryptographic randomness."""
        return secrets.choice(letters)


class Uuid7Generator:
    """Generate UUIDv7s that strictly increase: RFC 9562, section 6.2, method 1 (fixed-length dedicated counter).

    The 42 bits after the milliseconds are the counter, the last 32 are random. Every new millisecond starts the counter
    at a random value whose first bit is zero, so that it cannot overflow soon. Threads may share a generator.
    """

    COUNTER_BITS = 42
    RANDOM_BITS = 32
    CLOCK_STEP_BACK_MS = 10_000
    """A clock set back by no more than this keeps the last millisecond; after a longer jump the order starts again."""

    def __init__(self, random_bits: Callable[[int], int]) -> None:
        """Take the source of random bits: a function of their number."""
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._milliseconds = -1
        self._counter = 0

    def next(self, milliseconds: int) -> UUID:
        """Return the next id for a time in milliseconds since 1970."""
        return UUID(int=self._number(milliseconds))

    def text(self, milliseconds: int) -> str:
        """Return the next id as text, in half of the time that making a UUID and writing it takes."""
        digits = f"{self._number(milliseconds):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def _number(self, milliseconds: int) -> int:
        with self._lock:
            step = milliseconds - self._milliseconds
            if self._milliseconds < 0 or step > 0 or step < -self.CLOCK_STEP_BACK_MS:
                self._milliseconds = milliseconds
                self._counter = self._random_bits(self.COUNTER_BITS - 1)
            elif self._counter + 1 < 1 << self.COUNTER_BITS:
                self._counter += 1
            else:
                self._milliseconds += 1
                self._counter = self._random_bits(self.COUNTER_BITS - 1)
            stamp, counter = self._milliseconds & (1 << 48) - 1, self._counter
            noise = self._random_bits(self.RANDOM_BITS)
        rand_a, rand_b = counter >> 30, (counter & (1 << 30) - 1) << self.RANDOM_BITS
        return stamp << 80 | 7 << 76 | rand_a << 64 | 2 << 62 | rand_b | noise


class RandomBits:
    """Random bits of the operating system, which is asked for many at a time: each system call costs as much as an id.

    It is not for several threads at once.
    """

    SIZE = 4096

    def __init__(self) -> None:
        """Begin with none; a forked process must not use those of its parent."""
        self._bytes, self._at = b"", 0
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._bytes, self._at = b"", 0

    def __call__(self, count: int) -> int:
        """Return a number of so many random bits."""
        size = (count + 7) // 8
        if self._at + size > len(self._bytes):
            self._bytes, self._at = os.urandom(self.SIZE), 0
        begin = self._at
        self._at = begin + size
        return int.from_bytes(self._bytes[begin : self._at]) >> (size * 8 - count)


_ids = Uuid7Generator(RandomBits())
uuid7 = _ids.next
"""Return the next UUIDv7 of this process for a time in milliseconds since 1970."""
uuid7_text = _ids.text
"""Return it as text."""


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
    http = HttpExchange()
    broker = Broker(redis)
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
