"""Authenticate an API key; a revocation takes effect within a second."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.api_key import digest, is_shaped, parse
from app.domain.accounts.failure_budget import WINDOW, FailureBudget, keep
from app.domain.accounts.key_terms import KeyTerms
from app.domain.accounts.owner import Owner
from app.domain.errors import RateLimitedError, UnauthenticatedError
from app.domain.vocabulary import Mode
from app.services import Services
from app.store.accounts import keys
from app.store.accounts.pepper import read_pepper
from app.store.database.group_commit import GroupCommit

REMEMBERED = 0.8
MOST_REMEMBERED = 10_000
MOST_UNKNOWN = 1_000
# Look-ups in any minute of keys that nobody has, which any client could have made.
MOST_OLD = 120
USED_EVERY = timedelta(minutes=1)


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The account behind a key, and what the key allows.

    Attributes:
        rate_limit: Submissions in any 60 s.
        has_waterfalls: The account has waterfalls of its own, as far as was known a second ago.
        suspension: Why the account is suspended; None where it was not a second ago.
    """

    account_id: UUID
    key_id: UUID
    plan: str
    mode: Mode
    rate_limit: int
    terms: KeyTerms = KeyTerms()
    has_waterfalls: bool = False
    suspension: str | None = None

    @property
    def owner(self) -> Owner:
        """The owner of the data that the key sees and changes."""
        return Owner(self.account_id, self.mode)


class Authenticator:
    """Turns keys into principals; looks a key up at most once in 0.8 s, and an unknown one only within a budget."""

    def __init__(self, services: Services) -> None:
        """Start with nothing remembered."""
        self._clock = services.clock
        self._default_limit = services.settings.rate_limit
        self._look_up: GroupCommit[bytes, Principal | None] = GroupCommit(
            services.engine, self._find, what="authenticate", reads=True
        )
        # Apart from each other, so that no number of unknown keys pushes valid ones out.
        self._valid: dict[bytes, tuple[float, Principal]] = {}
        self._unknown: dict[bytes, float] = {}
        self._failures = FailureBudget(services.settings.failed_authentications)
        self._old = FailureBudget(MOST_OLD)
        self._services = services
        self._pepper = b""

    async def __call__(self, presented: str, address: str = "") -> Principal:
        """Find the principal of a key.

        Args:
            presented: The key; empty where there is none.
            address: Of the client, by which failures are counted.

        Raises:
            UnauthenticatedError: Malformed (found without the database), unknown, expired or revoked.
            RateLimitedError: The address has failed too often, or too many unknown keys have the checksum that
                any client can compute; and the key was not valid a moment ago.
            UnavailableError: When the database cannot be reached.
        """
        key, now = digest(presented), self._clock.monotonic()
        known = self._valid.get(key)
        if known and now - known[0] <= REMEMBERED:
            return known[1]
        wait = self._failures.wait(address, now)
        if wait and known is None:
            raise RateLimitedError(
                limit=self._failures.limit, window=WINDOW, retry_after=wait, what="failed authentications"
            )
        found = None
        parsed = parse(presented, await self._read_pepper()) if is_shaped(presented) else None
        if parsed and parsed.is_old and known is None and (wait := self._old.wait("", now)):
            raise RateLimitedError(limit=MOST_OLD, window=WINDOW, retry_after=wait, what="unknown keys of the old form")
        if parsed and now - self._unknown.get(key, -REMEMBERED) >= REMEMBERED:
            found = await self._look_up(key)
            if found is None and parsed.is_old:
                self._old.count("", now)
        if found is None:
            self._valid.pop(key, None)
            self._failures.count(address, now)
            keep(self._unknown, key, now, MOST_UNKNOWN)
            raise UnauthenticatedError
        keep(self._valid, key, (now, found), MOST_REMEMBERED)
        return found

    def fail(self, address: str) -> None:
        """Count a failure that needs no key to be looked up."""
        self._failures.count(address, self._clock.monotonic())

    async def _read_pepper(self) -> bytes:
        if not self._pepper:
            async with self._services.write() as connection:
                self._pepper = await read_pepper(connection)
        return self._pepper

    async def _find(self, connection: AsyncConnection, digests: Sequence[bytes]) -> list[Principal | None]:
        rows = await keys.valid(connection, list(digests), USED_EVERY)
        found = {
            bytes(row.digest): Principal(
                account_id=row.account_id,
                key_id=row.id,
                plan=row.plan,
                mode=Mode(row.mode),
                rate_limit=row.rate_limit or self._default_limit,
                terms=KeyTerms.of(row),
                has_waterfalls=row.has_waterfalls,
                suspension=row.suspension,
            )
            for row in rows
        }
        return [found.get(digest) for digest in digests]
