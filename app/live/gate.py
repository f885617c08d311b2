"""The gates before the providers: pacing shared by all workers, pauses after a 429, closed after a refused key."""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.answer import Failed, Trouble
from app.domain.contact import Field
from app.domain.pacing import Closed, GateKey, GateState, Limit, Open, Wait
from app.metrics import GATE, GATE_FALLBACKS

log = structlog.get_logger()
T = TypeVar("T")

PREFIX = "leadrun:gate:"
SLICES = 20  # of a window; calls are counted by slice, so a window costs 21 numbers however many calls it allows
FIRST_PAUSE, LONGEST_PAUSE, LONGEST_ASKED = 1.0, 60.0, 3600.0
CLOSING = frozenset({Trouble.AUTH_ERROR, Trouble.OUT_OF_CREDITS})
_DOWN = (RedisError, OSError, TimeoutError)

# A slice counts until the youngest call that may be in it has left the window: in no window, wherever it begins, are
# there more calls than the limit, and a refused call takes nothing. Redis' own clock is the only one asked.
# KEYS: closed, pause, one for each limit. ARGV: number of slices, then calls and milliseconds of each limit.
_ENTER = """
local reason = redis.call('GET', KEYS[1])
if reason then return {2, redis.call('PTTL', KEYS[1]), reason} end
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return {1, pause} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local slices, wait = tonumber(ARGV[1]), 0
for i = 3, #KEYS do
  local calls, span = tonumber(ARGV[2 * i - 4]), tonumber(ARGV[2 * i - 3])
  local width = span / slices
  local flat, total, live = redis.call('HGETALL', KEYS[i]), 0, {}
  for j = 1, #flat, 2 do
    local slice, count = tonumber(flat[j]), tonumber(flat[j + 1])
    if (slice + 1) * width + span <= now then redis.call('HDEL', KEYS[i], flat[j])
    else total = total + count; live[#live + 1] = {slice, count} end
  end
  if total >= calls then
    table.sort(live, function(a, b) return a[1] < b[1] end)
    for _, one in ipairs(live) do
      total = total - one[2]
      if total < calls then wait = math.max(wait, (one[1] + 1) * width + span - now); break end
    end
  end
end
if wait > 0 then return {1, math.ceil(wait)} end
for i = 3, #KEYS do
  local span = tonumber(ARGV[2 * i - 3])
  redis.call('HINCRBY', KEYS[i], string.format('%d', math.floor(now / (span / slices))), 1)
  redis.call('PEXPIRE', KEYS[i], math.ceil(span + span / slices) + 1000)
end
return {0, 0}
"""

# Many calls may be under way when the vendor says stop: only the first of them doubles the pause.
# KEYS: pause, strikes. ARGV: milliseconds asked for by the vendor or 0, first pause, longest pause.
_PAUSE = """
local left = redis.call('PTTL', KEYS[1])
local wait = tonumber(ARGV[1])
if wait == 0 then
  if left > 0 then return left end
  local strikes = redis.call('INCR', KEYS[2])
  wait = math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ math.min(strikes - 1, 20))
  redis.call('PEXPIRE', KEYS[2], math.ceil(wait * 2 + 10000))
end
if wait > left then redis.call('SET', KEYS[1], 'rate limited', 'PX', math.ceil(wait)) end
return math.ceil(math.max(wait, left))
"""


class Gate:
    """All gates; the state is in Redis, so every worker sees the same.

    Redis away means open gates: the vendor's own limits still hold, and a run is never lost for want of pacing.
    """

    def __init__(self, redis: Redis) -> None:
        """Use a connection whose answers are decoded."""
        self._redis = redis
        self._enter = redis.register_script(_ENTER)
        self._pause = redis.register_script(_PAUSE)
        self._away = False
        self._shown: set[tuple[str, str]] = set()

    async def enter(self, key: GateKey, limits: Sequence[Limit]) -> Open | Wait | Closed:
        """Ask to make one call; `Open` has counted it in every window, the other answers in none."""
        keys = [_closed(key), _pause(key), *(_window(key, limit) for limit in limits)]
        numbers = [n for limit in limits for n in (limit.calls, math.ceil(limit.seconds * 1000))]
        answer = await self._try(lambda: self._enter(keys=keys, args=[SLICES, *numbers]), "enter")
        if not answer or answer[0] == 0:
            return Open()
        if answer[0] == 1:
            return Wait(seconds=answer[1] / 1000)
        return Closed(reason=str(answer[2]))

    async def punish(self, key: GateKey, answer: Failed) -> None:
        """Draw the consequence of a failure: a pause after a 429, a closed gate after a refused key or empty purse.

        Other failures, and providers whose gate never closes, have none.
        """
        if key.closes_for <= 0:
            return
        if answer.trouble is Trouble.RATE_LIMITED:
            asked = min(answer.retry_after or 0.0, LONGEST_ASKED)
            milliseconds = [math.ceil(seconds * 1000) for seconds in (asked, FIRST_PAUSE, LONGEST_PAUSE)]
            keys = [_pause(key), _pause(key) + ":strikes"]
            await self._try(lambda: self._pause(keys=keys, args=milliseconds), "pause")
        elif answer.trouble in CLOSING:
            reason, lasts = answer.trouble.value, math.ceil(key.closes_for * 1000)
            await self._try(lambda: self._redis.set(_closed(key), reason, px=lasts), "close")
            self._show(key.provider, reason)
            log.error("gate.closed", provider=key.provider, field=key.field.value, reason=reason)

    async def reopen(self, provider: str) -> None:
        """Open every gate of a provider: its key or balance has been looked at."""

        async def clear() -> None:
            pattern = f"{PREFIX}{provider}:*"
            found = [key async for key in self._redis.scan_iter(pattern, count=1000)]
            doomed = [key for key in found if _kind(key) in {"closed", "pause", "strikes"}]
            if doomed:
                await self._redis.delete(*doomed)

        await self._try(clear, "reopen")
        for shown in [shown for shown in self._shown if shown[0] == provider]:
            self._hide(shown)

    async def states(self) -> list[GateState]:
        """List the gates that are not open, and bring the metric up to date."""

        async def read() -> list[GateState]:
            found = [key async for key in self._redis.scan_iter(f"{PREFIX}*", count=1000)]
            return [state for key in sorted(found) if (state := await self._state(key))]

        states = await self._try(read, "states") or []
        now = {(state.provider, state.reason) for state in states if not state.paused}
        for shown in self._shown - now:
            self._hide(shown)
        for provider, reason in now:
            self._show(provider, reason)
        return states

    async def _state(self, key: str) -> GateState | None:
        kind = _kind(key)
        if kind not in {"closed", "pause"}:
            return None
        provider, field = key.removeprefix(PREFIX).split(":")[:2]
        reason, left = await self._redis.get(key), await self._redis.pttl(key)
        if reason is None or left <= 0:
            return None
        return GateState(
            provider=provider, field=Field(field), reason=str(reason), seconds=left / 1000, paused=kind == "pause"
        )

    def _show(self, provider: str, reason: str) -> None:
        self._shown.add((provider, reason))
        GATE.labels(provider, reason).set(1)

    def _hide(self, shown: tuple[str, str]) -> None:
        self._shown.discard(shown)
        GATE.labels(*shown).set(0)

    async def _try(self, act: Callable[[], Awaitable[T]], what: str) -> T | None:
        try:
            done = await act()
        except _DOWN as error:
            GATE_FALLBACKS.inc()
            if not self._away:
                log.warning("gate.redis_away", doing=what, error=type(error).__name__)
            self._away = True
            return None
        self._away = False
        return done


def _closed(key: GateKey) -> str:
    return f"{PREFIX}{key.provider}:{key.field.value}:{key.credential}:closed"


def _pause(key: GateKey) -> str:
    return f"{PREFIX}{key.provider}:{key.field.value}:{key.credential}:{key.route}:pause"


def _window(key: GateKey, limit: Limit) -> str:
    scope = "all" if limit.shared else f"{key.field.value}:{key.route}"
    return f"{PREFIX}{key.provider}:{scope}:{key.credential}:{limit.seconds:g}:window"


def _kind(key: str) -> str:
    return key.rsplit(":", 1)[-1]
