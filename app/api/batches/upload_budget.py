"""The budget of an account for uploads: so many at once, and so many bytes a day, whatever becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.dependencies import Dependencies
from app.domain.accounts.rate_limit import Rate
from app.domain.errors import UploadLimitError
from app.domain.runs.batch import seconds_to_midnight

MIB = 1024 * 1024
COSTLY_BYTES = MIB
# A process that dies holds its places no longer than this.
LONGEST_SECONDS = 600.0
RETRY_SECONDS = 5
DAY_SECONDS = 86_400


class UploadPlace:
    """An upload under way; `size` counts its bytes as they arrive."""

    size = 0

    @property
    def is_costly(self) -> bool:
        """Whether so much has come that to read it is work, also where it is refused in the end."""
        return self.size > COSTLY_BYTES


@asynccontextmanager
async def upload_place(request: AuthenticatedRequest) -> AsyncIterator[UploadPlace]:
    """Hold a place among the uploads of an account while one arrives and is worked on.

    Raises:
        UploadLimitError: The account has as many uploads under way, or has sent as many bytes today, as it may.
    """
    dependencies, account = request.dependencies, request.principal.account_id.hex
    settings, now = dependencies.services.settings, dependencies.services.now()
    await _check_bytes(dependencies, account)
    rate = Rate(name="uploads", limit=settings.uploads_at_once, window=LONGEST_SECONDS)
    key = f"leadrun:window:uploads:{account}"
    quota = await dependencies.limiter.take(key, rate)
    if not quota.allowed:
        raise UploadLimitError(
            f"{rate.limit} uploads of this account are under way, as many as may be; send this one when one of them is "
            "answered.",
            limit=rate.limit,
            window=rate.window_seconds,
            retry_after=RETRY_SECONDS,
        )
    place = UploadPlace()
    try:
        yield place
    finally:
        back = asyncio.gather(
            dependencies.limiter.give_back(key, quota), dependencies.upload_bytes.add(account, now, place.size)
        )
        await asyncio.shield(back)


async def _check_bytes(dependencies: Dependencies, account: str) -> None:
    services = dependencies.services
    most = services.settings.upload_mib_a_day
    if await dependencies.upload_bytes.read(account, services.now()) >= most * MIB:
        raise UploadLimitError(
            f"This account has uploaded {most} MiB today, as much as it may; send the rest tomorrow (UTC).",
            limit=most,
            window=DAY_SECONDS,
            retry_after=seconds_to_midnight(services.now()),
        )
