"""Authenticate an API key; a revocation takes effect within a second."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.api_key import digest, parse
from app.domain.accounts.owner import Owner
from app.domain.errors import UnauthenticatedError
from app.domain.vocabulary import Mode
from app.services import Services
from app.store.accounts import keys
from app.store.database.group_commit import GroupCommit

REMEMBERED = 0.8
MOST_REMEMBERED = 10_000
USED_EVERY = timedelta(minutes=1)


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The account behind a key, and what the key allows.

    Attributes:
        rate_limit: Submissions in any 60 s.
    """

    account_id: UUID
    key_id: UUID
    plan: str
    mode: Mode
    rate_limit: int

    @property
    def owner(self) -> Owner:
        """The owner of the data that the key sees and changes."""
        return Owner(self.account_id, self.mode)


class Authenticator:
    """Turns keys into principals; looks a key up at most once in 0.8 s."""

    def __init__(self, services: Services) -> None:
        """Start with nothing remembered."""
        self._clock = services.clock
        self._default_limit = services.settings.rate_limit
        self._look_up: GroupCommit[bytes, Principal | None] = GroupCommit(
            services.engine, self._find, what="authenticate"
        )
        self._remembered: dict[bytes, tuple[float, Principal | None]] = {}

    async def __call__(self, presented: str) -> Principal:
        """Find the principal of a key.

        Raises:
            UnauthenticatedError: Malformed (found without the database), unknown, expired or revoked.
            UnavailableError: When the database cannot be reached.
        """
        key = digest(presented)
        now = self._clock.monotonic()
        known = self._remembered.get(key)
        if known is None or now - known[0] > REMEMBERED:
            if parse(presented) is None:
                raise UnauthenticatedError
            known = (now, await self._look_up(key))
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = known
        if known[1] is None:
            raise UnauthenticatedError
        return known[1]

    async def _find(self, connection: AsyncConnection, digests: Sequence[bytes]) -> list[Principal | None]:
        rows = await keys.valid(connection, list(digests), USED_EVERY)
        found = {
            bytes(row["digest"]): Principal(
                account_id=row["account_id"],
                key_id=row["id"],
                plan=row["plan"],
                mode=Mode(row["mode"]),
                rate_limit=row["rate_limit"] or self._default_limit,
            )
            for row in rows
        }
        return [found.get(digest) for digest in digests]
