"""One `leadrun up` for all tests that only talk to it, with a vendor on loopback behind its live keys."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.contract.supervised import FOREIGN_SECRET, HOSTILE, Up, running
from tests.workers.vendors import Vendor, hunter_found, vendor


@pytest.fixture(scope="session")
async def hunter() -> AsyncIterator[tuple[Vendor, dict[str, str]]]:
    """Hunter, played on our own loop (so that only coroutines may make live requests), and the settings for it."""
    async with vendor(answer=hunter_found()) as (played, settings):
        yield (
            played,
            {
                "LEADRUN_PROVIDER_HUNTER_API_KEY": settings.api_key or "",
                "LEADRUN_PROVIDER_HUNTER_BASE_URL": settings.base_url or "",
            },
        )


@pytest.fixture(scope="session")
def house(hunter: tuple[Vendor, dict[str, str]]) -> Iterator[Up]:
    """A `leadrun up` amid variables of other programs, with Hunter's key and a first retry of webhooks soon."""
    path = Path(tempfile.mkdtemp(prefix="leadrun-test-"))
    path.chmod(0o755)
    environ = {**HOSTILE, **hunter[1], **FOREIGN_SECRET, "LEADRUN_WEBHOOK_RETRY_DELAYS": "0.5,60,360"}
    with running(path / "data", environ=environ) as up:
        yield up
    shutil.rmtree(path)
