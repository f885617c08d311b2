"""Hash and verify passwords (argon2id), a few at once, off the event loop."""

from functools import cache

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each takes 19 MiB and a core for some tens of milliseconds; who comes later waits.
_AT_ONCE = 2


class Passwords:
    """Hashes and verifies passwords for one event loop."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Return the hash to store, with its salt and parameters."""
        return await to_thread.run_sync(_HASHER.hash, password, limiter=self._limiter)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Return whether a password fits; without a stored hash it takes as long, and does not."""
        return await to_thread.run_sync(_fits, stored or _nobodys(), password, limiter=self._limiter) and bool(stored)


@cache
def _nobodys() -> str:
    return _HASHER.hash("of nobody")


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
