"""The sliding window limiter: one exact log of accepted requests per key in Redis, shared by all processes."""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.accounts.rate_limit import MICROSECONDS, Quota, Rate, SlidingLog
from app.metrics import RATE_LIMIT_FALLBACKS

TIMEOUT_SECONDS = 0.5
RETRY_SECONDS = 1.0
MAX_BATCH = 200
MAX_LOCAL_LOGS = 1000

# Each operation has a key and four arguments: operation, limit, window in microseconds, slot. Redis' own clock decides,
# so the clocks of the API's machines do not matter. Scores are microseconds since 1970, exact in a double until 2255.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i = 1, #KEYS do
  local key, at = KEYS[i], (i - 1) * 4
  local what, limit, window, slot = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), ARGV[at + 4]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
  if what == 'give_back' then redis.call('ZREM', key, slot) end
  local used = redis.call('ZCARD', key)
  local allowed = used < limit
  if what == 'take' and allowed then
    redis.call('ZADD', key, string.format('%.0f', now), slot)
    redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
    used = redis.call('ZCARD', key)
  end
  local leaver = math.max(0, used - limit)
  local oldest = redis.call('ZRANGE', key, leaver, leaver, 'WITHSCORES')
  local wait = 0
  if oldest[2] then wait = math.max(0, oldest[2] + window - now) end
  answers[i] = {allowed and 1 or 0, used, string.format('%.0f', wait)}
end
return answers
"""

log = structlog.get_logger()


class LimitKind(StrEnum):
    """An operation on a log."""

    TAKE = "take"
    PEEK = "peek"
    GIVE_BACK = "give_back"


class LimitCheck(NamedTuple):
    """One operation on the log of one key; `slot` names the entry to add or to remove."""

    what: LimitKind
    key: str
    rate: Rate
    slot: str = ""


class _PendingChecks(NamedTuple):
    checks: Sequence[LimitCheck]
    result: "asyncio.Future[list[Quota]]"


class Limiter:
    """Accepts or rejects requests by their rates.

    Checks that arrive while a script call runs share the next call; no check waits for a timer. When Redis is
    unreachable or slow, this process decides alone with the same rate, logs it once, and tries Redis again after a
    second.
    """

    def __init__(self, redis: Redis, *, name: str, monotonic: Callable[[], float]) -> None:
        """Keep the connection.

        Args:
            redis: The Redis client.
            name: The name of this process; makes slots unique among all processes.
            monotonic: Returns the seconds of a clock that never goes back.
        """
        self._script = redis.register_script(SCRIPT)
        self._name = name
        self._monotonic = monotonic
        self._count = 0
        self._waiting: list[_PendingChecks] = []
        self._sender: asyncio.Task[None] | None = None
        self._retry_at = 0.0
        self._logs: dict[str, SlidingLog] = {}

    async def take(self, key: str, rate: Rate) -> Quota:
        """Accept a request if the rate allows it."""
        return (await self.check([self.taking(key, rate)]))[0]

    async def peek(self, key: str, rate: Rate) -> Quota:
        """Return the quota without accepting a request."""
        return (await self.check([LimitCheck(LimitKind.PEEK, key, rate)]))[0]

    async def give_back(self, key: str, quota: Quota) -> Quota:
        """Undo the acceptance that `quota` records; return the quota then."""
        check = LimitCheck(LimitKind.GIVE_BACK, key, quota.rate, quota.slot or "")
        if quota.local:
            return self._check_locally([check])[0]
        return (await self.check([check]))[0]

    def taking(self, key: str, rate: Rate) -> LimitCheck:
        """Return the check that accepts a request, for `check`."""
        self._count += 1
        return LimitCheck(LimitKind.TAKE, key, rate, f"{self._name}:{self._count}")

    async def check(self, checks: Sequence[LimitCheck]) -> list[Quota]:
        """Run several operations in one call; an error of Redis is never raised."""
        if self._monotonic() < self._retry_at:
            return self._check_locally(checks)
        result: asyncio.Future[list[Quota]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_PendingChecks(checks, result))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await result

    async def _send(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            checks = [check for waiting in group for check in waiting.checks]
            quotas = await self._check_in_redis(checks)
            start = 0
            for waiting in group:
                end = start + len(waiting.checks)
                if not waiting.result.done():
                    waiting.result.set_result(quotas[start:end])
                start = end

    async def _check_in_redis(self, checks: list[LimitCheck]) -> list[Quota]:
        if self._monotonic() < self._retry_at:
            return self._check_locally(checks)
        arguments = [part for c in checks for part in (c.what.value, c.rate.limit, c.rate.window_us, c.slot)]
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answers = await self._script(keys=[c.key for c in checks], args=arguments)
        except (RedisError, OSError, TimeoutError) as error:
            self._retry_at = self._monotonic() + RETRY_SECONDS
            log.warning("rate_limit.local", error=type(error).__name__, seconds=RETRY_SECONDS)
            return self._check_locally(checks)
        if self._logs:
            self._logs.clear()
            log.info("rate_limit.shared")
        return [
            Quota(
                rate=check.rate,
                allowed=bool(allowed),
                used=int(used),
                wait_us=int(wait),
                slot=check.slot if check.what is LimitKind.TAKE and allowed else None,
            )
            for check, (allowed, used, wait) in zip(checks, cast("list[list[str]]", answers), strict=True)
        ]

    def _check_locally(self, checks: Sequence[LimitCheck]) -> list[Quota]:
        now = int(self._monotonic() * MICROSECONDS)
        RATE_LIMIT_FALLBACKS.inc(len(checks))
        quotas = []
        for check in checks:
            kept = self._logs.setdefault(check.key, SlidingLog())
            match check.what:
                case LimitKind.TAKE:
                    quota = kept.take(check.rate, now, check.slot)
                case LimitKind.PEEK:
                    quota = kept.peek(check.rate, now)
                case LimitKind.GIVE_BACK:
                    quota = kept.give_back(check.rate, now, check.slot)
            quotas.append(
                Quota(
                    rate=quota.rate,
                    allowed=quota.allowed,
                    used=quota.used,
                    wait_us=quota.wait_us,
                    slot=quota.slot,
                    local=True,
                )
            )
        if len(self._logs) > MAX_LOCAL_LOGS:
            rate = max((check.rate for check in checks), key=lambda r: r.window_us)
            self._logs = {k: kept for k, kept in self._logs.items() if not kept.empty_at(rate, now)}
        return quotas
