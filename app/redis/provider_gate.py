"""Gates of providers, shared by all workers: rate limits, pauses, a circuit breaker, closure after a refused key."""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from redis.asyncio import Redis

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.provider_limits import GateClosed, GateKey, GateOpen, GateState, GateWait, Limit
from app.metrics import PROVIDER_GATE_CLOSED, PROVIDER_GATE_FALLBACKS
from app.redis.client import RedisAwayError, cause_of
from app.redis.provider_gate_scripts import ENTER, FAULT, PAUSE

log = structlog.get_logger()
T = TypeVar("T")

PREFIX = "leadrun:gate:"
SLICES = 20  # of a window; calls are counted by slice, so a window costs 21 numbers however many calls it allows
FIRST_PAUSE, LONGEST_PAUSE, LONGEST_ASKED = 1.0, 60.0, 3600.0
# The breaker: so many faults in a row within so many seconds, then rest; after each rest one call tries.
FAULTS, FAULT_SECONDS, REST, FORGOTTEN = 5, 60.0, 30.0, 600.0
FAULTY = "it has failed several times in a row and rests"
CLOSING = frozenset({Trouble.AUTH_ERROR, Trouble.OUT_OF_CREDITS})
BREAKER = ("faults", "broken", "resting")
_FAULTS = frozenset({Trouble.SERVER_ERROR, Trouble.CONNECTION})


class ProviderGate:
    """The gates of all providers; the state is in Redis, so every worker sees the same.

    Redis away means open gates: the vendor's own limits still hold, and no run is lost for want of counted limits.
    """

    def __init__(self, redis: Redis, *, rest: float = REST) -> None:
        """Use a connection whose answers are decoded; after `rest` seconds a faulty provider is called again."""
        self._redis = redis
        self._rest = math.ceil(rest * 1000)
        self._enter = redis.register_script(ENTER)
        self._pause = redis.register_script(PAUSE)
        self._fault = redis.register_script(FAULT)
        self._struck: set[GateKey] = set()
        self._away = False
        self._shown: set[tuple[str, str]] = set()

    async def enter(self, key: GateKey, limits: Sequence[Limit]) -> GateOpen | GateWait | GateClosed:
        """Enter the gate for one call; `GateOpen` has counted it in every window, the other answers in none."""
        verdict = await self.enter_together(key, limits, 1)
        return GateOpen() if isinstance(verdict, int) else verdict

    async def enter_together(self, key: GateKey, limits: Sequence[Limit], count: int) -> int | GateWait | GateClosed:
        """Enter the gate for at most `count` calls.

        Returns:
            How many may be made, at least one, and all counted in every window; or why none may.
        """
        keys = [_closed(key), _pause(key), *_breaker(key), *(_window(key, limit) for limit in limits)]
        numbers = [n for limit in limits for n in (limit.calls, math.ceil(limit.seconds * 1000))]
        arguments = [SLICES, self._rest, count, *numbers]
        answer = await self._try(lambda: self._enter(keys=keys, args=arguments), "enter")
        if not answer:
            return count
        if answer[0] == 0:
            if answer[1]:
                self._struck.add(key)
            return int(answer[2])
        if answer[0] == 1:
            return GateWait(seconds=answer[1] / 1000)
        if answer[0] == 3:  # noqa: PLR2004 - the script's word for a resting gate
            return GateWait(seconds=answer[1] / 1000, reason=FAULTY)
        return GateClosed(reason=str(answer[2]))

    async def praise(self, key: GateKey) -> None:
        """Forget the faults of a provider that answers properly; without faults Redis is not called."""
        if key in self._struck:
            self._struck.discard(key)
            await self._try(lambda: self._redis.delete(*_breaker(key)), "praise")

    async def punish(self, key: GateKey, answer: Failed, *, answered: bool = False) -> None:
        """Apply the consequence of a failure: a pause after a 429, closure after a refused key or without credits.

        Several faults in a row make the provider rest. Other failures, and providers whose gate never closes, have no
        consequence.

        Args:
            key: The gate.
            answer: The failure.
            answered: The vendor answered meanwhile, so that a time-out is no fault of the vendor.
        """
        if key.closes_for <= 0:
            return
        if answer.trouble in _FAULTS or (answer.trouble is Trouble.TIMEOUT and not answered):
            numbers: list[int | str] = [
                math.ceil(FAULT_SECONDS * 1000),
                FAULTS,
                self._rest,
                math.ceil(FORGOTTEN * 1000),
                FAULTY,
            ]
            if await self._try(lambda: self._fault(keys=_breaker(key), args=numbers), "fault"):
                log.warning("provider_gate.paused", provider=key.provider, field=key.field.value, route=key.route)
        elif answer.trouble not in CLOSING:
            await self.praise(key)
        if answer.trouble is Trouble.RATE_LIMITED:
            asked = min(answer.retry_after or 0.0, LONGEST_ASKED)
            milliseconds = [math.ceil(seconds * 1000) for seconds in (asked, FIRST_PAUSE, LONGEST_PAUSE)]
            keys = [_pause(key), _pause(key) + ":strikes"]
            await self._try(lambda: self._pause(keys=keys, args=milliseconds), "pause")
        elif answer.trouble in CLOSING:
            reason, lasts = answer.trouble.value, math.ceil(key.closes_for * 1000)
            await self._try(lambda: self._redis.set(_closed(key), reason, px=lasts), "close")
            self._show(key.provider, reason)
            log.error("provider_gate.closed", provider=key.provider, field=key.field.value, reason=reason)

    async def reopen(self, provider: str) -> None:
        """Open every gate of a provider, after its key or balance was checked."""

        async def clear() -> None:
            pattern = f"{PREFIX}{provider}:*"
            found = [key async for key in self._redis.scan_iter(pattern, count=1000)]
            doomed = [key for key in found if _kind(key) in {"closed", "pause", "strikes", *BREAKER}]
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
        if kind not in {"closed", "pause", "resting"}:
            return None
        provider, field = key.removeprefix(PREFIX).split(":")[:2]
        reason, left = await self._redis.get(key), await self._redis.pttl(key)
        if reason is None or left <= 0:
            return None
        return GateState(
            provider=provider, field=Field(field), reason=str(reason), seconds=left / 1000, paused=kind != "closed"
        )

    def _show(self, provider: str, reason: str) -> None:
        self._shown.add((provider, reason))
        PROVIDER_GATE_CLOSED.labels(provider, reason).set(1)

    def _hide(self, shown: tuple[str, str]) -> None:
        self._shown.discard(shown)
        PROVIDER_GATE_CLOSED.labels(*shown).set(0)

    async def _try(self, act: Callable[[], Awaitable[T]], what: str) -> T | None:
        try:
            done = await act()
        except RedisAwayError as error:
            PROVIDER_GATE_FALLBACKS.inc()
            if not self._away:
                log.warning("provider_gate.redis_unreachable", operation=what, error=cause_of(error))
            self._away = True
            return None
        self._away = False
        return done


def _closed(key: GateKey) -> str:
    return f"{PREFIX}{key.provider}:{key.field.value}:{key.credential}:closed"


def _pause(key: GateKey) -> str:
    return f"{PREFIX}{key.provider}:{key.field.value}:{key.credential}:{key.route}:pause"


def _breaker(key: GateKey) -> list[str]:
    return [f"{PREFIX}{key.provider}:{key.field.value}:{key.credential}:{key.route}:{part}" for part in BREAKER]


def _window(key: GateKey, limit: Limit) -> str:
    scope = f"pool:{limit.pool}" if limit.pool else "all" if limit.shared else f"{key.field.value}:{key.route}"
    return f"{PREFIX}{key.provider}:{scope}:{key.credential}:{limit.seconds:g}:window"


def _kind(key: str) -> str:
    return key.rsplit(":", 1)[-1]
