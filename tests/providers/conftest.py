"""What the tests of this folder share: the one sandbox, and an ear for everything that is logged."""

import io
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from app.logs import configure_logs
from tests.providers.served import QUICK, Sandbox, served

NOISY = ("httpx", "httpcore", "aiohttp", "asyncio", "urllib3")


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


@pytest.fixture
def loud() -> Iterator[io.StringIO]:
    """Log everything that there is to log, as an operator would who looks for a fault, into a text."""
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in NOISY}
    handlers, level, config = root.handlers, root.level, structlog.get_config()
    configure_logs("debug", "json")
    written = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**config)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
