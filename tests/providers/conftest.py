"""The one sandbox that the tests of this folder share."""

from collections.abc import AsyncIterator

import pytest

from tests.providers.served import QUICK, Sandbox, served


@pytest.fixture(scope="package")
async def running() -> AsyncIterator[Sandbox]:
    """A sandbox without delays, in which everybody can be found."""
    async with served(QUICK) as sandbox:
        yield sandbox


@pytest.fixture
async def sandbox(running: Sandbox) -> Sandbox:
    """The same, with an empty journal."""
    await running.http.delete(f"{running.url}/journal")
    return running
