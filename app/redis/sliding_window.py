"""The exact limiter: one sliding log a key in Redis, one script call for all checks that wait in this process."""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.accounts.rate_limit import MICROSECONDS, Quota, Rate, SlidingLog
from app.metrics import RATE_LIMIT_FALLBACKS

PATIENCE = 0.5
RESPITE = 1.0
MAX_GROUP = 200
FORGET_ABOVE = 1000

# Every operation is five arguments: key, what, limit, window in microseconds, slot. Redis' own clock decides, so the
# clocks of the API's machines do not matter. Scores are microseconds since 1970, exact in a double until the year 2255.
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
    """What is done to a log."""

    TAKE = "take"
    PEEK = "peek"
    GIVE_BACK = "give_back"


class LimitCheck(NamedTuple):
    """One operation on one key's log; `slot` names the place to take or to give back."""

    what: LimitKind
    key: str
    rate: Rate
    slot: str = ""


class _WaitingCheck(NamedTuple):
    checks: Sequence[LimitCheck]
    answer: "asyncio.Future[list[Quota]]"


class Limiter:
    """Decides who may pass.

    Checks that come while a script call is on its way share the next one; nobody waits for a timer. When Redis is away
    or slow, this process decides alone with the same rate, says so once, and tries Redis again a second later.
    """

    def __init__(self, redis: Redis, *, name: str, monotonic: Callable[[], float]) -> None:
        """Keep the parts.

        Args:
            redis: The connection pool.
            name: Of this process; makes slots unique among all of them.
            monotonic: Seconds of a clock that never goes back.
        """
        self._script = redis.register_script(SCRIPT)
        self._name = name
        self._monotonic = monotonic
        self._count = 0
        self._waiting: list[_WaitingCheck] = []
        self._sender: asyncio.Task[None] | None = None
        self._away_until = 0.0
        self._logs: dict[str, SlidingLog] = {}

    async def take(self, key: str, rate: Rate) -> Quota:
        """Take a place, if one is free."""
        return (await self.check([self.taking(key, rate)]))[0]

    async def peek(self, key: str, rate: Rate) -> Quota:
        """Look without taking."""
        return (await self.check([LimitCheck(LimitKind.PEEK, key, rate)]))[0]

    async def give_back(self, key: str, quota: Quota) -> Quota:
        """Free the place that `quota` took; answers how things stand then."""
        check = LimitCheck(LimitKind.GIVE_BACK, key, quota.rate, quota.slot or "")
        if quota.local:
            return self._decide_alone([check])[0]
        return (await self.check([check]))[0]

    def taking(self, key: str, rate: Rate) -> LimitCheck:
        """Describe the taking of a place, for `check`."""
        self._count += 1
        return LimitCheck(LimitKind.TAKE, key, rate, f"{self._name}:{self._count}")

    async def check(self, checks: Sequence[LimitCheck]) -> list[Quota]:
        """Do several operations in one go; never raises because of Redis."""
        if self._monotonic() < self._away_until:
            return self._decide_alone(checks)
        answer: asyncio.Future[list[Quota]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_WaitingCheck(checks, answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await answer

    async def _send(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
            checks = [check for waiting in group for check in waiting.checks]
            quotas = await self._ask(checks)
            start = 0
            for waiting in group:
                end = start + len(waiting.checks)
                if not waiting.answer.done():
                    waiting.answer.set_result(quotas[start:end])
                start = end

    async def _ask(self, checks: list[LimitCheck]) -> list[Quota]:
        if self._monotonic() < self._away_until:
            return self._decide_alone(checks)
        arguments = [part for c in checks for part in (c.what.value, c.rate.limit, c.rate.window_us, c.slot)]
        try:
            async with asyncio.timeout(PATIENCE):
                answers = await self._script(keys=[c.key for c in checks], args=arguments)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._monotonic() + RESPITE
            log.warning("rate_limit.local", error=type(error).__name__, seconds=RESPITE)
            return self._decide_alone(checks)
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

    def _decide_alone(self, checks: Sequence[LimitCheck]) -> list[Quota]:
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
        if len(self._logs) > FORGET_ABOVE:
            rate = max((check.rate for check in checks), key=lambda r: r.window_us)
            self._logs = {k: kept for k, kept in self._logs.items() if not kept.empty_at(rate, now)}
        return quotas
