"""Operate accounts: suspend and resume them, give their keys another plan or limit."""

from uuid import UUID

from app.domain.accounts.audit import AuditAction
from app.domain.accounts.pricing import PLANS
from app.domain.accounts.suspension import MAX_REASON
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.services import Services
from app.store.accounts import keys, suspensions
from app.usecases.audit.note import note


class ManageAccounts:
    """Manages the accounts of an installation."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def create(self, name: str) -> None:
        """Make an account.

        Raises:
            InvalidInputError: Another one has this name.
        """
        async with self._services.write() as connection:
            account_id = self._services.new_id()
            if await keys.add_account(connection, account_id, name, self._services.now()) != account_id:
                raise InvalidInputError([FieldError(field="name", message="is the name of another account")])
            await note(connection, self._services, AuditAction.ACCOUNT_CREATED, account_id)

    async def named(self, name: str) -> UUID:
        """Return the id of the account of a name.

        Raises:
            UnknownIdError: There is no such account.
        """
        async with self._services.read() as connection:
            account_id = await keys.account_named(connection, name)
        if account_id is None:
            raise UnknownIdError("account")
        return account_id

    async def suspend(self, account_id: UUID, reason: str) -> None:
        """Suspend an account: within a second its keys are refused, and its batches wait; its webhooks go on.

        Args:
            account_id: Of the account.
            reason: For its people; may be empty.

        Raises:
            UnknownIdError: There is no such account.
            InvalidInputError: The reason is too long.
        """
        if len(reason) > MAX_REASON:
            raise InvalidInputError([FieldError(field="reason", message=f"must have at most {MAX_REASON} characters")])
        async with self._services.write() as connection:
            if not await suspensions.suspend(connection, account_id, reason):
                raise UnknownIdError("account")
            await note(connection, self._services, AuditAction.ACCOUNT_SUSPENDED, account_id)

    async def resume(self, account_id: UUID) -> None:
        """End a suspension: batches go on where they stopped.

        Raises:
            UnknownIdError: There is no such account.
        """
        async with self._services.write() as connection:
            if not await suspensions.resume(connection, account_id):
                raise UnknownIdError("account")
            await note(connection, self._services, AuditAction.ACCOUNT_RESUMED, account_id)

    async def set_plan(self, account_id: UUID, plan: str) -> None:
        """Let all keys of an account pay by another plan from now on; what was accepted is charged as agreed.

        Raises:
            InvalidInputError: There is no such plan.
        """
        if plan not in PLANS:
            raise InvalidInputError([FieldError(field="plan", message=f"must be one of {', '.join(PLANS)}")])
        async with self._services.write() as connection:
            changed = await keys.set_of_account(connection, account_id, plan=plan)
            await note(
                connection, self._services, AuditAction.PLAN_CHANGED, account_id, detail={"plan": plan, "keys": changed}
            )

    async def set_rate_limit(self, account_id: UUID, limit: int | None) -> None:
        """Limit the submissions of each key of an account in any 60 s; None for the installation's default."""
        async with self._services.write() as connection:
            changed = await keys.set_of_account(connection, account_id, rate_limit=limit)
            await note(
                connection,
                self._services,
                AuditAction.LIMIT_CHANGED,
                account_id,
                detail={"limit": limit, "keys": changed},
            )
