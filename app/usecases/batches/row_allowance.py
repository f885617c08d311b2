"""Rows that test keys store: they cost no credits, so their number a day is bounded for each account."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import AccountLimitError
from app.domain.runs.batch import seconds_to_midnight
from app.domain.vocabulary import Mode
from app.services import Services
from app.store.runs import batches
from app.usecases.accounts.authenticate import Principal

DAY_SECONDS = 86_400


async def check_test_rows(services: Services, connection: AsyncConnection, principal: Principal, new: int) -> None:
    """Check that a key may store so many more rows today; live keys may in any case.

    Raises:
        AccountLimitError: It is a test key, and its account has stored too many rows today (UTC).
    """
    if principal.mode is not Mode.TEST:
        return
    now, most = services.now(), services.settings.test_rows_a_day
    since = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if await batches.rows_since(connection, principal.account_id, principal.mode, since) + new > most:
        raise AccountLimitError(
            f"Test keys of this account may store {most} rows a day, and this were more; send the rest tomorrow (UTC).",
            limit=most,
            window=DAY_SECONDS,
            retry_after=seconds_to_midnight(now),
        )
