"""Notifications: Redis messages that runs have changed, so that waiting requests read them at once."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog
from redis.asyncio import Redis

from app.background import end_background, end_if_cancelled, start_background
from app.redis.client import ROUND_TRIP_SECONDS, RedisAwayError, cause_of

CHANNEL = "leadrun:changed"
POLL_SECONDS = 5.0
DISCONNECTED_POLL_SECONDS = 1.0
LISTEN_SECONDS = 5.0
RECONNECT_SECONDS = 0.5

log = structlog.get_logger()


async def publish(redis: Redis, ids: Iterable[UUID]) -> None:
    """Notify all subscribers of these runs with one message, after the commit.

    A message that cannot be sent is only logged; waiting requests then find the change at their next poll.
    """
    text = " ".join(str(i) for i in ids)
    if not text:
        return
    try:
        await redis.publish(CHANNEL, text)
    except RedisAwayError as error:
        log.warning("notification.not_published", error=cause_of(error))


class Subscription:
    """A subscription to certain runs; it keeps a message that comes while nothing waits."""

    def __init__(self, connected: asyncio.Event) -> None:
        """Begin without a message."""
        self._connected = connected
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Record that one of the runs has changed."""
        self._changed.set()

    async def wait(self, seconds: float) -> None:
        """Wait until one of the runs has changed since the last time, or a poll is due.

        Args:
            seconds: The longest wait; a poll is due earlier while Redis is unreachable.
        """
        poll = POLL_SECONDS if self._connected.is_set() else DISCONNECTED_POLL_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, poll)):
                await self._changed.wait()
        self._changed.clear()


class Notifications:
    """The Redis subscription of a process, shared by all waiting requests.

    Messages are hints: a wait ends on a message, and also after a few seconds without one, so that losing Redis makes
    waiting slower and never wrong. Subscribe before reading the database, so that no change is missed in between.
    """

    def __init__(
        self, redis: Redis, *, listen_seconds: float = LISTEN_SECONDS, answer_seconds: float = ROUND_TRIP_SECONDS
    ) -> None:
        """Begin disconnected; `open` subscribes.

        Args:
            redis: Where messages come from.
            listen_seconds: A silence of this length is followed by a ping, and the silence after a ping by a new
                connection.
            answer_seconds: The longest wait for sending a command, and for connecting again.
        """
        self._redis = redis
        self._listen_seconds, self._answer_seconds = listen_seconds, answer_seconds
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    async def open(self) -> None:
        """Subscribe in the background, with retries while Redis is unreachable."""
        self._listener = start_background("notifications", self._listen)

    async def close(self) -> None:
        """Stop listening and notify all subscribers."""
        if self._listener:
            await end_background([self._listener])
        self._notify(list(self._subscriptions))

    @property
    def connected(self) -> bool:
        """Whether messages arrive now."""
        return self._connected.is_set()

    async def wait_connected(self) -> None:
        """Wait until messages arrive."""
        await self._connected.wait()

    @contextmanager
    def subscribe(self, *ids: UUID) -> Iterator[Subscription]:
        """Subscribe to these runs."""
        subscription = Subscription(self._connected)
        keys = {str(i) for i in ids}
        for key in keys:
            self._subscriptions[key].add(subscription)
        try:
            yield subscription
        finally:
            for key in keys:
                self._subscriptions[key].discard(subscription)
                if not self._subscriptions[key]:
                    del self._subscriptions[key]

    def _notify(self, ids: Iterable[str]) -> None:
        for run_id in ids:
            for subscription in self._subscriptions.get(run_id, ()):
                subscription.notify()

    async def _listen(self) -> None:
        while True:
            end_if_cancelled()
            try:
                await self._subscribe()
            except Exception as error:  # noqa: BLE001 - a subscription breaks in as many ways as Redis does
                if self.connected:
                    log.warning("notifications.disconnected", error=type(error).__name__)
                self._connected.clear()
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _subscribe(self) -> None:
        async with self._redis.pubsub() as channel:
            async with asyncio.timeout(self._answer_seconds):
                await channel.subscribe(CHANNEL)
            pinged = False
            while True:
                # Where the connection has ended, redis-py connects again in here, and waits for that without end.
                async with asyncio.timeout(self._listen_seconds + self._answer_seconds):
                    message = await channel.get_message(timeout=self._listen_seconds)
                if message is None:
                    if pinged:
                        raise TimeoutError
                    # Silence: the answer to a ping shows whether the connection still works.
                    pinged = True
                    async with asyncio.timeout(self._answer_seconds):
                        await channel.ping()
                    continue
                pinged = False
                if message["type"] == "subscribe":
                    self._connected.set()
                    # Messages may have been missed while disconnected, so all subscribers read again.
                    self._notify(list(self._subscriptions))
                elif message["type"] == "message":
                    self._notify(message["data"].split())
