"""One API that many tests use, one after the other: to start one takes longer than most tests."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from app.api.api import Api
from app.api.app import make_app
from app.api.connection.connections import Deadlines
from app.services import open_services
from tests.api.door import Door, opened
from tests.kept import KeptDatabases

# Counted by a client's address and the process's clock, which the tests share.
SHARED: dict[str, Any] = {"failed_authentications": 1_000_000}


class KeptDoor:
    """An API with few settings of its own; each test finds its database and its Redis empty."""

    def __init__(
        self,
        databases: KeptDatabases,
        *,
        deadlines: Deadlines | None = None,
        make: Callable[..., Api] = make_app,
        **changes: Any,
    ) -> None:
        """Take the databases, and what differs from default settings; it is started for the first test."""
        self._databases, self._deadlines, self._make = databases, deadlines, make
        self._changes = SHARED | changes
        self._stack = AsyncExitStack()
        self._door: Door | None = None

    async def open(self) -> Door:
        """Return the running API, or start one."""
        if self._door is None:
            settings = msgspec.structs.replace(self._databases.open(), **self._changes)
            self._door = self._stack.enter_context(opened(settings, deadlines=self._deadlines, make=self._make))
            self._door.kept = await self._stack.enter_async_context(open_services(self._door.settings))
        return self._door

    async def empty(self) -> None:
        """Forget what a test has left; end the API when it has changed more than rows."""
        assert self._door
        self._door.settle()
        if not self._databases.empty():
            await self.close()

    async def close(self) -> None:
        """End the API, if one runs."""
        self._door = None
        await self._stack.aclose()
        self._databases.close()
