"""Keep the credits that accounts are charged within their caps."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.spend_cap import ALL_PROVIDERS, SpendCap, counted, reached
from app.domain.errors import CapReachedError
from app.store.accounts import spend_caps
from app.store.database.queries import run


class CreditCaps:
    """The caps in credits of accounts that are locked, in one transaction."""

    def __init__(self, caps: Sequence[SpendCap], now: datetime) -> None:
        """Keep what was read."""
        self._caps, self._now = caps, now

    @classmethod
    async def read(cls, connection: AsyncConnection, account_ids: Iterable[UUID], now: datetime) -> "CreditCaps":
        """Read the caps of accounts; the locks of the accounts keep what counts against them."""
        return cls(await run(connection, spend_caps.in_credits(account_ids)), now)

    def refusal(self, account_id: UUID, credits_: int) -> CapReachedError | None:
        """Return why so many credits are not charged, or count them."""
        more = Decimal(credits_)
        cap = reached(self._caps, account_id, ALL_PROVIDERS, more, self._now) if credits_ else None
        if cap:
            left = max(0, int(cap.amount - cap.used_at(self._now)))
            return CapReachedError(cap.sentence(self._now), required=credits_, available=left)
        self._caps = counted(self._caps, account_id, ALL_PROVIDERS, more, self._now)
        return None
