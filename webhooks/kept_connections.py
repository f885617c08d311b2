"""Kept connections: a receiver's next deliveries go over the connection of the last one, for a short while."""

import asyncio
from collections.abc import Hashable

import msgspec

from webhooks.connection import ReceiverConnection

# Shorter than servers keep theirs: two seconds and more by default.
IDLE_SECONDS = 1.5
# The longest that the address of a connection counts as vetted, and that a change of DNS goes unnoticed.
AGE_SECONDS = 30.0
MAX_KEPT = 256


class _Kept(msgspec.Struct, frozen=True):
    connection: ReceiverConnection
    since: float


class KeptConnections:
    """The connections of one process that wait for a next delivery, by who may use them."""

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS, age_seconds: float = AGE_SECONDS) -> None:
        """Begin without any.

        Args:
            idle_seconds: The longest wait of a connection for a next delivery.
            age_seconds: The longest time from its opening to a delivery over it.
        """
        self._idle_seconds = idle_seconds
        self._age_seconds = age_seconds
        self._kept: dict[Hashable, list[_Kept]] = {}
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def take(self, key: Hashable) -> ReceiverConnection | None:
        """Return the connection that was used last; None when there is none that still may be used."""
        now = asyncio.get_running_loop().time()
        while kept := self._kept.get(key):
            one = kept.pop()
            self._count -= 1
            if not kept:
                del self._kept[key]
            if self._is_usable(one, now):
                return one.connection
            one.connection.abort()
        return None

    def give(self, key: Hashable, connection: ReceiverConnection) -> None:
        """Keep a connection whose answer ended where both sides know it."""
        loop = asyncio.get_running_loop()
        if self._count >= MAX_KEPT:
            connection.abort()
            return
        self._kept.setdefault(key, []).append(_Kept(connection, loop.time()))
        self._count += 1
        if self._timer is None:
            self._timer = loop.call_later(self._idle_seconds, self._expire)

    def close(self) -> None:
        """Close all."""
        for kept in self._kept.values():
            for one in kept:
                one.connection.abort()
        self._kept.clear()
        self._count = 0
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        """Close those that nobody wanted."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for key, kept in list(self._kept.items()):
            usable = [one for one in kept if self._is_usable(one, now)]
            for one in kept:
                if one not in usable:
                    one.connection.abort()
            self._count -= len(kept) - len(usable)
            if usable:
                self._kept[key] = usable
            else:
                del self._kept[key]
        self._timer = loop.call_later(self._idle_seconds, self._expire) if self._kept else None

    def _is_usable(self, one: _Kept, now: float) -> bool:
        idle, age = now - one.since, now - one.connection.opened_at
        return not one.connection.lost and idle < self._idle_seconds and age < self._age_seconds
