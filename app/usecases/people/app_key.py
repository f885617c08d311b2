"""The key behind what people submit in the app: each account has one for each mode, and nobody sees its text."""

from app.domain.accounts.api_key import digest, mint
from app.domain.accounts.key_terms import KeyTerms, Scope
from app.domain.accounts.owner import Owner
from app.domain.accounts.pricing import PLANS
from app.services import Services
from app.store.accounts import keys, ledger
from app.usecases.accounts.authenticate import Principal

# Unlike the beginning of any key that is given out.
DISPLAY = "app"
_TERMS = KeyTerms(name="The app", scopes=(Scope.SUBMIT, Scope.READ))


async def app_principal(services: Services, owner: Owner) -> Principal:
    """Return the principal of what an account's people submit; its key is made when it is first needed.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    async with services.write() as connection:
        row = await keys.displayed_as(connection, owner, DISPLAY)
        if row is None:
            # Two people at once make one key.
            await ledger.lock(connection, [owner.account_id])
            row = await keys.displayed_as(connection, owner, DISPLAY)
        if row is None:
            plan = await keys.newest_plan(connection, owner.account_id) or next(iter(PLANS))
            made = keys.NewApiKey(
                id=services.new_id(),
                account_id=owner.account_id,
                digest=digest(mint(plan, owner.mode, services.choose)),
                display=DISPLAY,
                plan=plan,
                mode=owner.mode,
                terms=_TERMS,
                created_at=services.now(),
            )
            await keys.add(connection, made)
            row = await keys.displayed_as(connection, owner, DISPLAY)
    if row is None:  # pragma: no cover - it was inserted in this transaction
        msg = "the key of the app is missing"
        raise AssertionError(msg)
    return Principal(
        account_id=owner.account_id,
        key_id=row.id,
        plan=row.plan,
        mode=owner.mode,
        rate_limit=row.rate_limit or services.settings.rate_limit,
        terms=KeyTerms.of(row),
        # Whether it has is looked up with the default.
        has_waterfalls=True,
    )
