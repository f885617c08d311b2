"""Rate limits of a key: submissions and reads, each with its own sliding window."""

import math
from collections.abc import Awaitable, Callable
from functools import lru_cache
from uuid import UUID

from app.api.http.rate_limit_headers import READS, SUBMISSIONS, RateLimitState, refuse
from app.api.http.request_context import RequestContext
from app.domain.accounts.rate_limit import MICROSECONDS, Quota, Rate
from app.domain.errors import RateLimitedError
from app.redis.sliding_window import LimitCheck, Limiter, LimitKind
from app.redis.submission_counts import counter_of
from app.settings.settings import Settings
from app.usecases.accounts.authenticate import Principal

WINDOW_SECONDS = 60.0
REFUSALS = "refusals"
_REFUSED = "refused requests"


class RateLimits:
    """Asks the limiter and writes what it says into the context."""

    def __init__(
        self,
        limiter: Limiter,
        settings: Settings,
        *,
        monotonic: Callable[[], float],
        window: float = WINDOW_SECONDS,
    ) -> None:
        """Keep the limiter.

        Args:
            limiter: Counts for all processes.
            settings: Those of the limits.
            monotonic: Returns the seconds of a clock that never goes back.
            window: In seconds.
        """
        self._limiter = limiter
        self._monotonic = monotonic
        self._window = window
        self._reads = Rate(name=READS, limit=settings.read_limit, window=window)
        self._refusals = Rate(name=REFUSALS, limit=settings.refusal_limit, window=window)
        # Keys whose requests were refused too often, with the time at which the next may come.
        self._blocked: dict[UUID, float] = {}

    async def take_submission(self, context: RequestContext, principal: Principal) -> None:
        """Take a place for a submission.

        Raises:
            RateLimited: None is free; nothing was consumed.
        """
        if context.holds_place:
            return
        [quota] = await self._take(principal)
        context.quotas = RateLimitState(submissions=quota)
        if not quota.allowed:
            raise refuse(quota)

    async def take_place(self, principal: Principal) -> None:
        """Take a place for what a person submits in the app.

        Raises:
            RateLimited: None is free; nothing was consumed.
        """
        [quota] = await self._take(principal)
        if not quota.allowed:
            raise refuse(quota)

    def _take(self, principal: Principal) -> Awaitable[list[Quota]]:
        rate, counter = self._submissions(principal), counter_of(principal.key_id)
        return self._limiter.check(
            [self._limiter.taking(_key(SUBMISSIONS, principal.key_id.int), rate, counter=counter)]
        )

    async def check_submission(self, context: RequestContext, principal: Principal) -> None:
        """Check that a place for a submission is free, before anything is done for it; none is taken.

        Raises:
            RateLimited: None is free.
        """
        if context.holds_place:
            return
        rate, counter = self._submissions(principal), counter_of(principal.key_id)
        quota = await self._limiter.peek(_key(SUBMISSIONS, principal.key_id.int), rate, counter=counter)
        context.quotas = RateLimitState(submissions=quota)
        if not quota.allowed:
            raise refuse(quota)

    async def hold_submission(self, context: RequestContext, principal: Principal) -> None:
        """Take a place for a submission that costs work whatever becomes of it; it is not given back.

        Raises:
            RateLimited: None is free.
        """
        await self.take_submission(context, principal)
        context.holds_place = True

    def check_refusals(self, principal: Principal) -> None:
        """Check that a key's requests were not refused too often.

        Raises:
            RateLimited: They were; nothing more is read of them until one leaves the window.
        """
        if not self._blocked:
            return
        wait = self._blocked.get(principal.key_id, 0.0) - self._monotonic()
        if wait > 0:
            raise _refused_too_often(self._refusals, math.ceil(wait))
        self._blocked.pop(principal.key_id, None)

    async def count_refusal(self, principal: Principal) -> None:
        """Count a request that was refused for what it holds.

        Raises:
            RateLimited: There were too many of them.
        """
        quota = await self._limiter.take(_key(REFUSALS, principal.key_id.int), self._refusals)
        if not quota.allowed:
            self._blocked[principal.key_id] = self._monotonic() + quota.wait_us / MICROSECONDS
            raise _refused_too_often(self._refusals, max(1, quota.wait_seconds))

    async def give_back_submission(self, context: RequestContext, principal: Principal) -> None:
        """Free the place again: the request was refused after all."""
        if not context.holds_place and context.quotas and context.quotas.submissions.slot:
            quota = await self._limiter.give_back(_key(SUBMISSIONS, principal.key_id.int), context.quotas.submissions)
            context.quotas = RateLimitState(submissions=quota)

    async def take_read(self, context: RequestContext, principal: Principal) -> None:
        """Take a place for a read, and look at the submissions for the headers, in one go.

        Raises:
            RateLimited: None is free.
        """
        submissions, reads = await self._limiter.check(
            [
                LimitCheck(LimitKind.PEEK, _key(SUBMISSIONS, principal.key_id.int), self._submissions(principal)),
                self._limiter.taking(_key(READS, principal.key_id.int), self._reads),
            ]
        )
        context.quotas = RateLimitState(submissions=submissions, reads=reads)
        if not reads.allowed:
            raise refuse(reads)

    async def look(self, context: RequestContext, principal: Principal) -> None:
        """Look at the submissions for the headers of a refusal that came before a place was taken."""
        quota = await self._limiter.peek(_key(SUBMISSIONS, principal.key_id.int), self._submissions(principal))
        context.quotas = RateLimitState(submissions=quota)

    def _submissions(self, principal: Principal) -> Rate:
        return _submissions(principal.rate_limit, self._window)


def _refused_too_often(rate: Rate, seconds: int) -> RateLimitedError:
    return RateLimitedError(limit=rate.limit, window=rate.window_seconds, retry_after=seconds, what=_REFUSED)


@lru_cache(maxsize=1024)
def _submissions(limit: int, window: float) -> Rate:
    return Rate(name=SUBMISSIONS, limit=limit, window=window)


@lru_cache(maxsize=4096)
def _key(budget: str, key_id: int) -> str:
    # By its number: a UUID is hashed and compared in Python.
    return f"leadrun:window:{budget}:{key_id:032x}"
