"""The key that the app acts with in an account and mode: what people look up has one, as every run does."""

import secrets

from app.domain.accounts.key_terms import KeyTerms
from app.domain.accounts.owner import Owner
from app.domain.accounts.suspension import AccountSuspendedError
from app.services import Services
from app.store.accounts import keys, ledger
from app.usecases.accounts.authenticate import Principal

# No key's text begins so; it stands where lists show the beginning of a key.
APP_DISPLAY = "(the app)"
_DEFAULT_PLAN = "leadmodule"


async def app_principal(services: Services, owner: Owner) -> Principal:
    """Return the principal that submits for a person of the app; its key is made when it is first needed.

    Nobody knows the text of that key: only the digest of chance is stored.

    Raises:
        AccountSuspendedError: An operator has suspended the account.
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        row = await keys.displayed_as(connection, owner, APP_DISPLAY)
    if row and row.suspension is not None:
        raise AccountSuspendedError(row.suspension)
    if row is None:
        await _make(services, owner)
        return await app_principal(services, owner)
    return Principal(
        account_id=owner.account_id,
        key_id=row.id,
        plan=row.plan,
        mode=owner.mode,
        rate_limit=row.rate_limit or services.settings.rate_limit,
        terms=KeyTerms.of(row),
        # Whether it has some is looked up with the one that holds.
        has_waterfalls=True,
    )


async def _make(services: Services, owner: Owner) -> None:
    async with services.write() as connection:
        await ledger.lock(connection, [owner.account_id])
        if await keys.displayed_as(connection, owner, APP_DISPLAY):
            return
        plan = await keys.newest_plan(connection, owner.account_id) or _DEFAULT_PLAN
        key = keys.NewApiKey(
            id=services.new_id(),
            account_id=owner.account_id,
            digest=secrets.token_bytes(32),
            display=APP_DISPLAY,
            plan=plan,
            mode=owner.mode,
            terms=KeyTerms(name="Looked up in the app"),
            created_at=services.now(),
        )
        await keys.add(connection, key)
