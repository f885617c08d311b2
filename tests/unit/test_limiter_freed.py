"""A check that Redis did not answer in time leaves nothing for the collector."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, cast

from redis.asyncio import Redis

from app.domain.accounts.rate_limit import Rate
from app.redis.client import RedisAwayError
from app.redis.sliding_window import Limiter, _PendingChecks

RATE = Rate(name="submissions", limit=10, window=60)


class PlayedRedis:
    """Redis that is away at first, and then takes what is sent and never answers."""

    def __init__(self) -> None:
        self.is_silent = False

    def register_script(self, _text: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def run(**_: object) -> None:
            if not self.is_silent:
                raise RedisAwayError("ConnectionError")
            await asyncio.Event().wait()

        return run


async def test_a_check_that_was_given_up_is_freed_at_once() -> None:
    redis, now = PlayedRedis(), 0.0
    limiter = Limiter(cast("Redis", redis), name="api", monotonic=lambda: now)
    assert (await limiter.take("key", RATE)).local
    redis.is_silent, now = True, 10.0
    gc.collect()
    gc.disable()
    try:
        assert (await limiter.take("key", RATE)).local
        sender = limiter._sender  # noqa: SLF001 - it holds the check as long as it tries
        assert sender
        sender.cancel()
        await asyncio.wait([sender])
        del sender
        limiter._sender = None  # noqa: SLF001
        assert not [one for one in gc.get_objects() if isinstance(one, _PendingChecks)]
    finally:
        gc.enable()
