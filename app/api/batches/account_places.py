"""The places of an account: so many uploads and downloads at once; and the bytes that it may upload a day."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.dependencies import Dependencies
from app.domain.accounts.rate_limit import Rate
from app.domain.errors import AccountLimitError
from app.domain.runs.batch import seconds_to_midnight

MIB = 1024 * 1024
COSTLY_BYTES = MIB
# A process that dies holds its places no longer than this.
LONGEST_SECONDS = 600.0
RETRY_SECONDS = 5
DAY_SECONDS = 86_400

GiveBack = Callable[[], Awaitable[None]]


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
        AccountLimitError: The account has as many uploads under way, or has sent as many bytes today, as it may.
    """
    dependencies, account = request.dependencies, request.principal.account_id.hex
    services = dependencies.services
    await _check_bytes(dependencies, account)
    give_back = await take_place(dependencies, account, "uploads", services.settings.uploads_at_once)
    place, now = UploadPlace(), services.now()
    try:
        yield place
    finally:
        await asyncio.shield(asyncio.gather(give_back(), dependencies.upload_bytes.add(account, now, place.size)))


async def download_place(request: AuthenticatedRequest) -> GiveBack:
    """Take a place among the downloads of results of an account; the answer gives it back.

    Raises:
        AccountLimitError: The account has as many under way as it may.
    """
    dependencies, account = request.dependencies, request.principal.account_id.hex
    return await take_place(dependencies, account, "downloads", dependencies.services.settings.downloads_at_once)


async def take_place(dependencies: Dependencies, account: str, what: str, most: int) -> GiveBack:
    """Take one of the places of an account; what is returned gives it back.

    Args:
        dependencies: The process's.
        account: Its id.
        what: The plural of that for which the places are.
        most: How many there are.

    Raises:
        AccountLimitError: None is free.
    """
    rate = Rate(name=what, limit=most, window=LONGEST_SECONDS)
    key = f"leadrun:window:{what}:{account}"
    quota = await dependencies.limiter.take(key, rate)
    if not quota.allowed:
        raise AccountLimitError(
            f"{most} {what} of this account are under way, as many as may be; repeat this when one of them has ended.",
            limit=most,
            window=rate.window_seconds,
            retry_after=RETRY_SECONDS,
        )

    async def give_back() -> None:
        await dependencies.limiter.give_back(key, quota)

    return give_back


async def _check_bytes(dependencies: Dependencies, account: str) -> None:
    services = dependencies.services
    most = services.settings.upload_mib_a_day
    if await dependencies.upload_bytes.read(account, services.now()) >= most * MIB:
        raise AccountLimitError(
            f"This account has uploaded {most} MiB today, as much as it may; send the rest tomorrow (UTC).",
            limit=most,
            window=DAY_SECONDS,
            retry_after=seconds_to_midnight(services.now()),
        )
