"""Rate limit headers: RateLimit (IETF draft 11), and the older X-RateLimit headers that clients know."""

import math
from datetime import datetime
from functools import lru_cache

import msgspec

from app.domain.accounts.rate_limit import Quota, Rate
from app.domain.errors import RateLimitedError

SUBMISSIONS = "default"
READS = "reads"
_WORD = {SUBMISSIONS: "submissions", READS: "reads"}


class RateLimitState(msgspec.Struct, frozen=True, kw_only=True):
    """A key's budgets after a request; `reads` only where the request was a read."""

    submissions: Quota
    reads: Quota | None = None


def refuse(quota: Quota) -> RateLimitedError:
    """Make the refusal of a request that came too early."""
    return RateLimitedError(
        limit=quota.rate.limit,
        window=quota.rate.window_seconds,
        retry_after=max(1, quota.wait_seconds),
        what=_WORD[quota.rate.name],
    )


def rate_limit_headers(quotas: RateLimitState, now: datetime) -> list[tuple[bytes, bytes]]:
    """Write the headers of an authenticated answer.

    ``RateLimit-Policy`` and ``RateLimit`` are lists of structured fields (draft-ietf-httpapi-ratelimit-headers-11):
    ``q`` requests in ``w`` seconds, ``r`` of them left, ``t`` seconds until the next place is free again.
    ``X-RateLimit-Reset`` is that moment in seconds since 1970. All of them speak of submissions, as the contract says;
    a rejected read gets ``Retry-After``.
    """
    first = quotas.submissions
    remaining, wait = first.remaining, first.wait_seconds
    state = f'"{first.rate.name}";r={remaining};t={wait}'
    policy, limit = _of_rate(first.rate)
    return [
        policy,
        (b"ratelimit", state.encode()),
        limit,
        (b"x-ratelimit-remaining", b"%d" % remaining),
        (b"x-ratelimit-reset", b"%d" % (math.ceil(now.timestamp()) + wait)),
    ]


@lru_cache(maxsize=1024)
def _of_rate(rate: Rate) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    policy = f'"{rate.name}";q={rate.limit};w={rate.window_seconds}'
    return (b"ratelimit-policy", policy.encode()), (b"x-ratelimit-limit", b"%d" % rate.limit)
