"""Rate limits of a key: submissions and reads, each with its own sliding window."""

from app.api.http.rate_limit_headers import READS, SUBMISSIONS, RateLimitState, refuse
from app.api.http.request_context import RequestContext
from app.domain.accounts.rate_limit import Rate
from app.redis.sliding_window import LimitCheck, Limiter, LimitKind
from app.usecases.accounts.authenticate import Principal

WINDOW_SECONDS = 60.0


class RateLimits:
    """Asks the limiter and writes what it says into the context."""

    def __init__(self, limiter: Limiter, *, read_limit: int, window: float = WINDOW_SECONDS) -> None:
        """Keep the limiter; `window` in seconds."""
        self._limiter = limiter
        self._window = window
        self._reads = Rate(name=READS, limit=read_limit, window=window)

    async def take_submission(self, context: RequestContext, principal: Principal) -> None:
        """Take a place for a submission.

        Raises:
            RateLimited: None is free; nothing was consumed.
        """
        quota = await self._limiter.take(_key(SUBMISSIONS, principal), self._submissions(principal))
        context.quotas = RateLimitState(submissions=quota)
        if not quota.allowed:
            raise refuse(quota)

    async def check_submission(self, context: RequestContext, principal: Principal) -> None:
        """Check that a place for a submission is free, before anything is done for it; none is taken.

        Raises:
            RateLimited: None is free.
        """
        await self.look(context, principal)
        if context.quotas and not context.quotas.submissions.allowed:
            raise refuse(context.quotas.submissions)

    async def give_back_submission(self, context: RequestContext, principal: Principal) -> None:
        """Free the place again: the request was refused after all."""
        if context.quotas and context.quotas.submissions.slot:
            quota = await self._limiter.give_back(_key(SUBMISSIONS, principal), context.quotas.submissions)
            context.quotas = RateLimitState(submissions=quota)

    async def take_read(self, context: RequestContext, principal: Principal) -> None:
        """Take a place for a read, and look at the submissions for the headers, in one go.

        Raises:
            RateLimited: None is free.
        """
        submissions, reads = await self._limiter.check(
            [
                LimitCheck(LimitKind.PEEK, _key(SUBMISSIONS, principal), self._submissions(principal)),
                self._limiter.taking(_key(READS, principal), self._reads),
            ]
        )
        context.quotas = RateLimitState(submissions=submissions, reads=reads)
        if not reads.allowed:
            raise refuse(reads)

    async def look(self, context: RequestContext, principal: Principal) -> None:
        """Look at the submissions for the headers of a refusal that came before a place was taken."""
        quota = await self._limiter.peek(_key(SUBMISSIONS, principal), self._submissions(principal))
        context.quotas = RateLimitState(submissions=quota)

    def _submissions(self, principal: Principal) -> Rate:
        return Rate(name=SUBMISSIONS, limit=principal.rate_limit, window=self._window)


def _key(budget: str, principal: Principal) -> str:
    return f"leadrun:window:{budget}:{principal.key_id.hex}"
