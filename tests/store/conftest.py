"""The fixtures of the store's tests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from app.services import open_services
from app.settings.settings import Settings
from tests.play.desk import Desk
from tests.play.proxy import before_postgres


@pytest.fixture
async def proxied(settings: Settings) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        proxy, through = await stack.enter_async_context(before_postgres(settings))
        truth = await stack.enter_async_context(open_services(settings))
        yield Desk(await stack.enter_async_context(open_services(through)), truth, proxy)
