"""Caps: list them with what counts against them, set and remove them."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from app.domain.accounts.audit import AuditAction
from app.domain.accounts.spend_cap import EVERYBODY, CapKey, CapUnit, SpendCap
from app.domain.errors import UnknownIdError
from app.services import Services
from app.store.accounts import keys, ledger, spend_caps
from app.store.database.lock_wait import run_in_turn
from app.usecases.audit.note import note


class ManageCaps:
    """Manages caps."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def of_account(self, account_id: UUID) -> Sequence[SpendCap]:
        """Return the caps of an account, those of the operator among them.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            return await spend_caps.of_account(connection, account_id)

    async def every(self) -> list[tuple[str | None, SpendCap]]:
        """Return all caps, each with the name of its account; None for all accounts together.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            caps = await spend_caps.every(connection)
            names = await keys.account_names(connection, {cap.account_id for cap in caps})
        return [(names.get(cap.account_id), cap) for cap in caps]

    async def account_id(self, name: str) -> UUID:
        """Find an account by its name.

        Raises:
            UnknownIdError: There is none.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            found = await keys.account_named(connection, name)
        if found is None:
            raise UnknownIdError("account")
        return found

    async def set(self, key: CapKey, amount: Decimal | None) -> None:
        """Set a cap, or remove it; in force within a second. What was spent in the running period counts.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            if amount is None:
                await spend_caps.remove(connection, key)
            else:
                if key.unit is CapUnit.CREDITS:
                    # What is being charged has either ended and is added up, or finds the cap and counts against it.
                    await run_in_turn(connection, ledger.locking([key.account_id]))
                await spend_caps.put(connection, key, amount, self._services.now())
            account_id = None if key.account_id == EVERYBODY else key.account_id
            shown = None if amount is None else f"{amount.normalize():f} {key.unit.value} a {key.period.value}"
            detail = {"cap": shown, "by": key.set_by.value}
            await note(connection, self._services, AuditAction.CAP_CHANGED, account_id, key.provider, detail=detail)
