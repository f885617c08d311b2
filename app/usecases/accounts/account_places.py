"""The places of an account: uploads, downloads and waiting requests at once; and the bytes that it may upload a day.

Uploads and downloads are counted in Redis, for all processes, and by this process as well: Redis forgets a place after
ten minutes, for the process that took it may be gone, and is not always there. Requests that wait are counted by each
process for itself: what they cost is a connection of it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

from app.domain.accounts.rate_limit import Quota, Rate
from app.domain.errors import AccountLimitError
from app.domain.runs.batch import seconds_to_midnight
from app.redis.daily_count import DailyCount
from app.redis.sliding_window import Limiter
from app.services import Services

MIB = 1024 * 1024
COSTLY_BYTES = MIB
# A process that dies holds its places no longer than this.
LONGEST_SECONDS = 600.0
RETRY_SECONDS = 5
DAY_SECONDS = 86_400
UPLOADS, DOWNLOADS, TOOL_CALLS = "uploads", "downloads", "calls of tools"
WAITING = "requests that wait or follow a run"
STREAMS = "pages that live"

GiveBack = Callable[[], None]


class UploadPlace:
    """An upload under way; `size` counts its bytes as they arrive."""

    size = 0

    def count(self, size: int) -> None:
        """Count a piece."""
        self.size += size

    @property
    def is_costly(self) -> bool:
        """Whether so much has come that to read it is work, also where it is refused in the end."""
        return self.size > COSTLY_BYTES


class AccountPlaces:
    """Takes the places of accounts, and gives them back."""

    def __init__(self, services: Services, limiter: Limiter) -> None:
        """Begin with none taken by this process."""
        self._services = services
        self._limiter = limiter
        self._bytes = DailyCount(services.redis, "upload-bytes")
        self._held: Counter[tuple[str, UUID]] = Counter()
        self._giving_back: set[asyncio.Task[Quota]] = set()

    @asynccontextmanager
    async def upload(self, account: UUID) -> AsyncIterator[UploadPlace]:
        """Hold a place among the uploads of an account while one arrives and is worked on.

        Raises:
            AccountLimitError: The account has as many uploads under way, or has sent as many bytes today, as it may.
        """
        await self._check_bytes(account)
        give_back = await self._take(account, UPLOADS, self._services.settings.uploads_at_once)
        place, now = UploadPlace(), self._services.now()
        try:
            yield place
        finally:
            give_back()
            # What has arrived counts before the answer, so that nobody sends more meanwhile.
            await asyncio.shield(self._bytes.add(account.hex, now, place.size))

    async def download(self, account: UUID) -> GiveBack:
        """Take a place among the downloads of results of an account; the answer gives it back.

        Raises:
            AccountLimitError: The account has as many under way as it may.
        """
        return await self._take(account, DOWNLOADS, self._services.settings.downloads_at_once)

    async def tool_call(self, account: UUID) -> GiveBack:
        """Take a place among the calls of tools by assistants of an account; the answer gives it back.

        Raises:
            AccountLimitError: The account has as many under way as it may.
        """
        return await self._take(account, TOOL_CALLS, self._services.settings.mcp_calls_at_once)

    @contextmanager
    def waiting(self, account: UUID) -> Iterator[None]:
        """Hold a place among the waiting requests of an account at this process.

        Raises:
            AccountLimitError: The account has as many under way as it may.
        """
        give_back = self.wait(account)
        try:
            yield
        finally:
            give_back()

    def wait(self, account: UUID) -> GiveBack:
        """Take a place among the waiting requests of an account at this process; the answer gives it back.

        Raises:
            AccountLimitError: The account has as many under way as it may.
        """
        return self._hold(account, WAITING, self._services.settings.waits_at_once)

    def follow(self, account: UUID, session: UUID, most: int) -> GiveBack:
        """Take a place among the waiting requests of an account, and among those of a session, of which it has `most`.

        Raises:
            AccountLimitError: One of them has as many under way as it may.
        """
        of_account = self.wait(account)
        try:
            of_session = self._hold(session, STREAMS, most)
        except AccountLimitError:
            of_account()
            raise

        def give_back() -> None:
            of_session()
            of_account()

        return give_back

    def _hold(self, holder: UUID, what: str, most: int) -> GiveBack:
        key = (what, holder)
        if self._held[key] >= most:
            raise _too_many(what, most)
        self._held[key] += 1
        is_held = True

        def give_back() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]

        return give_back

    async def _take(self, account: UUID, what: str, most: int) -> GiveBack:
        give_back_here = self._hold(account, what, most)
        rate = Rate(name=what, limit=most, window=LONGEST_SECONDS)
        key = f"leadrun:window:{what}:{account.hex}"
        quota = None
        try:
            quota = await self._limiter.take(key, rate)
        finally:
            if quota is None or not quota.allowed:
                give_back_here()
        if not quota.allowed:
            raise _too_many(what, most)

        def give_back() -> None:
            give_back_here()
            task = asyncio.ensure_future(self._limiter.give_back(key, quota))
            self._giving_back.add(task)
            task.add_done_callback(self._giving_back.discard)

        return give_back

    async def _check_bytes(self, account: UUID) -> None:
        most, now = self._services.settings.upload_mib_a_day, self._services.now()
        if await self._bytes.read(account.hex, now) >= most * MIB:
            raise AccountLimitError(
                f"This account has uploaded {most} MiB today, as much as it may; send the rest tomorrow (UTC).",
                limit=most,
                window=DAY_SECONDS,
                retry_after=seconds_to_midnight(now),
            )


def _too_many(what: str, most: int) -> AccountLimitError:
    return AccountLimitError(
        f"{most} {what} of this account are under way, as many as may be; repeat this when one of them has ended.",
        limit=most,
        window=int(LONGEST_SECONDS),
        retry_after=RETRY_SECONDS,
    )
