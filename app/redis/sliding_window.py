"""The sliding window limiter: one exact log of accepted requests per key in Redis, shared by all processes."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum

import msgspec
import structlog
from redis.asyncio import Redis

from app.background import end_if_cancelled
from app.deadlines import DeadlineWheel, longest
from app.domain.accounts.rate_limit import MICROSECONDS, Quota, Rate, SlidingLog
from app.metrics import RATE_LIMIT_FALLBACKS
from app.redis.client import RedisAwayError, TimeLimit, cause_of
from app.redis.sliding_window_scripts import CHECK, REGISTER, RESTORE

TIMEOUT_SECONDS = 0.5
RETRY_SECONDS = 1.0
# Whatever becomes of the round trip that many share, none of them waits longer.
LONGEST_SECONDS = 0.7
MAX_BATCH = 200
MAX_LOCAL_LOGS = 1000

PROCESSES = "leadrun:window:processes"
REGISTER_SECONDS = 5.0
REGISTERED_SECONDS = 20
RESTORE_SECONDS = 2.0
MAX_RESTORED = 1000
MAX_SEEN = 10_000

log = structlog.get_logger()


class LimitKind(StrEnum):
    """An operation on a log."""

    TAKE = "take"
    PEEK = "peek"
    GIVE_BACK = "give_back"


class LimitCheck(msgspec.Struct, frozen=True):
    """One operation on the log of a key: `slot` names the entry, `counter` where it is counted by day, if it is."""

    what: LimitKind
    key: str
    rate: Rate
    slot: str = ""
    counter: str = ""


# The last that Redis said of a key: requests in the window, until when the oldest counts, and when this was read.
_Seen = tuple[int, int, int]


class _PendingChecks:
    """Checks of one request, and the request that awaits what comes of them."""

    __slots__ = ("checks", "result")

    def __init__(self, checks: Sequence[LimitCheck]) -> None:
        self.checks = checks
        self.result: asyncio.Future[list[Quota]] = asyncio.get_running_loop().create_future()

    def give_up(self) -> None:
        """Let this process decide."""
        if not self.result.done():
            self.result.set_exception(TimeoutError())


class Limiter:
    """Accepts or rejects requests by their rates.

    Checks that arrive while a script call runs share the next call; no check waits for a timer. When Redis cannot be
    used, or is slow, this process decides alone: from what it knows of the window, and with its share of the rate among
    the processes that limit. It tries Redis again after a second, and then adds what it accepted alone.
    """

    def __init__(self, redis: Redis, *, name: str, monotonic: Callable[[], float]) -> None:
        """Keep the connection.

        Args:
            redis: The Redis client.
            name: The name of this process; makes slots unique among all processes.
            monotonic: Returns the seconds of a clock that never goes back.
        """
        self._redis = redis
        self._script = redis.register_script(CHECK)
        self._restore_script = redis.register_script(RESTORE)
        self._register_script = redis.register_script(REGISTER)
        self._name = name
        self._monotonic = monotonic
        self._count = 0
        self._waiting: list[_PendingChecks] = []
        self._deadlines: DeadlineWheel[_PendingChecks] = DeadlineWheel(longest(LONGEST_SECONDS), _PendingChecks.give_up)
        self._patience = TimeLimit(TIMEOUT_SECONDS)
        self._sender: asyncio.Task[None] | None = None
        self._retry_at = 0.0
        self._logs: dict[str, tuple[Rate, SlidingLog]] = {}
        self._seen: dict[str, _Seen] = {}
        self._processes = 1

    async def register(self) -> None:
        """Count this process among those that limit, until cancelled."""
        try:
            while True:
                with suppress(RedisAwayError):
                    found = await self._register_script(keys=[PROCESSES], args=[self._name, REGISTERED_SECONDS])
                    self._processes = int(found)
                end_if_cancelled()
                await asyncio.sleep(REGISTER_SECONDS)
        finally:
            with suppress(RedisAwayError):
                await self._redis.zrem(PROCESSES, self._name)

    async def take(self, key: str, rate: Rate, *, counter: str = "") -> Quota:
        """Accept a request if the rate allows it; a counter counts it by day."""
        return (await self.check([self.taking(key, rate, counter=counter)]))[0]

    async def peek(self, key: str, rate: Rate, *, counter: str = "") -> Quota:
        """Return the quota without accepting a request; a counter counts one that would be refused."""
        return (await self.check([LimitCheck(LimitKind.PEEK, key, rate, counter=counter)]))[0]

    async def give_back(self, key: str, quota: Quota) -> Quota:
        """Undo the acceptance that `quota` records; return the quota then."""
        check = LimitCheck(LimitKind.GIVE_BACK, key, quota.rate, quota.slot or "")
        if quota.local and key in self._logs:
            return self._check_locally([check])[0]
        return (await self.check([check]))[0]

    def taking(self, key: str, rate: Rate, *, counter: str = "") -> LimitCheck:
        """Return the check that accepts a request, for `check`."""
        self._count += 1
        return LimitCheck(LimitKind.TAKE, key, rate, f"{self._name}:{self._count}", counter)

    async def check(self, checks: Sequence[LimitCheck]) -> list[Quota]:
        """Run several operations in one call; an error of Redis is never raised."""
        if self._monotonic() < self._retry_at:
            return self._check_locally(checks)
        pending = _PendingChecks(checks)
        self._waiting.append(pending)
        self._deadlines.add(pending)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        try:
            return await pending.result
        except TimeoutError:
            return self._check_locally(checks)
        finally:
            self._deadlines.discard(pending)
            del pending  # its error keeps this frame: else only the collector would free them

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
        try:
            await self._restore()
            asked = self._script(keys=[c.key for c in checks], args=[argument(c) for c in checks])
            said: str = await self._patience.bound(asked)
            answer = iter(map(int, said.split()))
            quotas = [_quota(*each) for each in zip(checks, answer, answer, answer, strict=True)]
        except Exception as error:  # noqa: BLE001 - the limiter never fails: it decides alone
            self._retry_at = self._monotonic() + RETRY_SECONDS
            log.warning("rate_limit.local", error=cause_of(error), seconds=RETRY_SECONDS)
            return self._check_locally(checks)
        self._remember(checks, quotas)
        return quotas

    async def _restore(self) -> None:
        """Add to Redis what this process accepted alone."""
        if not self._logs:
            return
        now = self._now()
        taken = [
            (k, now - at, rate.window_us, slot)
            for k, (rate, kept) in self._logs.items()
            for slot, at in kept.taken.items()
        ]
        async with asyncio.timeout(RESTORE_SECONDS):
            for i in range(0, len(taken), MAX_RESTORED):
                part = taken[i : i + MAX_RESTORED]
                keys = [one[0] for one in part]
                arguments: list[str | int] = [value for one in part for value in one[1:]]
                await self._restore_script(keys=keys, args=arguments)
        self._logs.clear()
        log.info("rate_limit.shared", restored=len(taken))

    def _remember(self, checks: Sequence[LimitCheck], quotas: Sequence[Quota]) -> None:
        now = self._now()
        if len(self._seen) + len(checks) > MAX_SEEN:
            self._seen.clear()
        for check, quota in zip(checks, quotas, strict=True):
            self._seen[check.key] = (quota.used, now + quota.wait_us, now)

    def _now(self) -> int:
        return int(self._monotonic() * MICROSECONDS)

    def _log_of(self, check: LimitCheck) -> SlidingLog:
        """Return the log of a key while this process is alone; it begins with what Redis said last."""
        if check.key not in self._logs:
            used, until, at = self._seen.get(check.key, (0, 0, 0))
            oldest = until - check.rate.window_us
            # When the requests behind the oldest one came is not known, so they leave as late as they can.
            carried = [oldest, *[at] * (used - 1)] if used else []
            self._logs[check.key] = check.rate, SlidingLog(carried, self._processes)
        return self._logs[check.key][1]

    def _check_locally(self, checks: Sequence[LimitCheck]) -> list[Quota]:
        now = self._now()
        RATE_LIMIT_FALLBACKS.inc(len(checks))
        quotas = []
        for check in checks:
            kept = self._log_of(check)
            match check.what:
                case LimitKind.TAKE:
                    quota = kept.take(check.rate, now, check.slot)
                case LimitKind.PEEK:
                    quota = kept.peek(check.rate, now)
                case LimitKind.GIVE_BACK:
                    quota = kept.give_back(check.rate, now, check.slot)
            quotas.append(msgspec.structs.replace(quota, local=True))
        if len(self._logs) > MAX_LOCAL_LOGS:
            self._logs = {k: one for k, one in self._logs.items() if not one[1].empty_at(one[0], now)}
        return quotas


def argument(check: LimitCheck) -> str:
    """Write a check as the script takes it."""
    return f"{check.what} {check.rate.limit} {check.rate.window_us} {check.slot} {check.counter}"


def _quota(check: LimitCheck, allowed: int, used: int, wait: int) -> Quota:
    slot = check.slot if allowed and check.what is LimitKind.TAKE else None
    return Quota(rate=check.rate, allowed=bool(allowed), used=used, wait_us=wait, slot=slot)
