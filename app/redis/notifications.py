"""Wake-ups: a signal through Redis that a run has moved, so that whoever waits for it looks at once."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "leadrun:moved"
POLL_SECONDS = 5.0
POLL_SECONDS_DEAF = 1.0
LISTEN_SECONDS = 5.0
RECONNECT_SECONDS = 0.5
CANCEL_SECONDS = 0.1

log = structlog.get_logger()


async def publish(redis: Redis, ids: Iterable[UUID]) -> None:
    """Wake everybody who waits for one of these runs: one message for all of them, after the commit.

    A signal that cannot be sent is only logged; waiting clients then look at their next poll.
    """
    text = " ".join(str(i) for i in ids)
    if not text:
        return
    try:
        await redis.publish(CHANNEL, text)
    except (RedisError, OSError) as error:
        log.warning("notification.not_published", error=type(error).__name__)


class Subscription:
    """Somebody who waits for certain runs; a signal that comes while they look elsewhere is kept for them."""

    def __init__(self, hearing: asyncio.Event) -> None:
        """Begin with no signal."""
        self._hearing = hearing
        self._moved = asyncio.Event()

    def wake(self) -> None:
        """Note that one of the runs has moved."""
        self._moved.set()

    async def wait(self, seconds: float) -> None:
        """Return when one of the runs has moved since the last time, or when a poll is due.

        Args:
            seconds: At most so many; a poll is due earlier while no signals arrive.
        """
        poll = POLL_SECONDS if self._hearing.is_set() else POLL_SECONDS_DEAF
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, poll)):
                await self._moved.wait()
        self._moved.clear()


class Notifications:
    """One subscription a process, however many requests wait.

    Signals are hints: a wait ends on a signal, but also after a few seconds without one, so that losing Redis makes
    waiting slower and never wrong. Begin to listen before looking at the database, so that nothing falls between.
    """

    def __init__(self, redis: Redis) -> None:
        """Begin deaf; `open` subscribes."""
        self._redis = redis
        self._listening: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._hearing = asyncio.Event()

    async def open(self) -> None:
        """Subscribe in the background; keeps on trying while Redis is away."""
        self._listener = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Wake everybody and stop listening."""
        while self._listener and not self._listener.done():
            # Repeated, because the client swallows a cancellation that meets it while it connects.
            self._listener.cancel()
            await asyncio.wait([self._listener], timeout=CANCEL_SECONDS)
        self._wake(list(self._listening))

    @property
    def hearing(self) -> bool:
        """Whether signals arrive at this moment."""
        return self._hearing.is_set()

    async def heard(self) -> None:
        """Return as soon as signals arrive."""
        await self._hearing.wait()

    @contextmanager
    def listen(self, *ids: UUID) -> Iterator[Subscription]:
        """Listen for these runs."""
        listening = Subscription(self._hearing)
        keys = {str(i) for i in ids}
        for key in keys:
            self._listening[key].add(listening)
        try:
            yield listening
        finally:
            for key in keys:
                self._listening[key].discard(listening)
                if not self._listening[key]:
                    del self._listening[key]

    def _wake(self, ids: Iterable[str]) -> None:
        for run_id in ids:
            for listening in self._listening.get(run_id, ()):
                listening.wake()

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (RedisError, OSError) as error:
                if self.hearing:
                    log.warning("notifications.disconnected", error=type(error).__name__)
                self._hearing.clear()
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _subscribe(self) -> None:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                message = await channel.get_message(timeout=LISTEN_SECONDS)
                if message is None:
                    # Silence: a ping shows whether the other end is still there.
                    await channel.ping()
                elif message["type"] == "subscribe":
                    self._hearing.set()
                    # What was said while we were deaf is unknown, so everybody looks again.
                    self._wake(list(self._listening))
                elif message["type"] == "message":
                    self._wake(message["data"].split())
