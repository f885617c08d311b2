"""Manage people: members of an account, users of the installation; the last owner and operator stay."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import AuditAction, AuditDetail
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.people.credentials import email_fault, normal_email, password_fault
from app.domain.people.role import Role
from app.services import Services
from app.store.accounts import keys
from app.store.people import sessions, users
from app.usecases.audit.note import note
from app.usecases.people.noted import note_person
from app.usecases.people.passwords import Passwords


class ManagePeople:
    """Manages people and what they belong to."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def create(
        self, email: str, password: str, *, name: str = "", account: str | None, role: Role, operator: bool = False
    ) -> UUID:
        """Make a person with a password, for servers; returns their id.

        Args:
            email: Their address.
            password: Their password.
            name: Their name.
            account: Name of an account that they join, which is made if there is none.
            role: Theirs in it.
            operator: Whether they may operate the installation.

        Raises:
            InvalidInputError: The address is known or none, or the password is not accepted.
        """
        email = normal_email(email)
        if faults := [*email_fault(email), *password_fault(password, email)]:
            raise InvalidInputError(faults)
        stored = await Passwords().hash(password)
        async with self._services.write() as connection:
            if await users.by_email(connection, email):
                raise InvalidInputError([FieldError(field="email", message="is known already; reset their password")])
            now = self._services.now()
            user_id = await users.add(connection, self._services.new_id(), email, now)
            await users.change(connection, user_id, password_hash=stored, name=name.strip(), operator=operator)
            if account:
                account_id = await keys.add_account(connection, self._services.new_id(), account, now)
                await users.join(connection, user_id, account_id, role, now)
            await note_person(
                connection,
                self._services,
                AuditAction.PERSON_CREATED,
                user_id,
                {"role": role.value} | ({"operator": True} if operator else {}),
            )
            return user_id

    async def set_role(self, account_id: UUID, user_id: UUID, role: Role) -> None:
        """Give a member another role.

        Raises:
            UnknownIdError: They are no member.
            InvalidInputError: They are the last owner.
        """
        async with self._services.write() as connection:
            await self._keep_an_owner(connection, account_id, user_id, role)
            await users.join(connection, user_id, account_id, role, self._services.now())
            await self._note(connection, AuditAction.ROLE_CHANGED, account_id, user_id, detail={"role": role.value})

    async def remove(self, account_id: UUID, user_id: UUID) -> None:
        """End a membership.

        Raises:
            UnknownIdError: They are no member.
            InvalidInputError: They are the last owner.
        """
        async with self._services.write() as connection:
            await self._keep_an_owner(connection, account_id, user_id, None)
            await users.leave(connection, user_id, account_id)
            await self._note(connection, AuditAction.REMOVED, account_id, user_id)

    async def rename_account(self, account_id: UUID, name: str) -> None:
        """Show an account to its people by another name.

        A refusal of names that are taken would show every owner which other accounts there are.
        """
        async with self._services.write() as connection:
            await keys.retitle_account(connection, account_id, name)
            await self._note(connection, AuditAction.ACCOUNT_RENAMED, account_id)

    async def stop_account(self, account_id: UUID) -> int:
        """Revoke every key of an account; returns how many there were."""
        async with self._services.write() as connection:
            revoked = await keys.revoke_all(connection, account_id)
            await self._note(connection, AuditAction.KEYS_REVOKED, account_id, detail={"keys": revoked})
            return revoked

    async def set_operator(self, user_id: UUID, *, operator: bool) -> None:
        """Make a person an operator of the installation, or no longer.

        Raises:
            UnknownIdError: There is no such person.
            InvalidInputError: They are the last operator.
        """
        async with self._services.write() as connection:
            await self._keep_an_operator(connection, user_id, stays=operator)
            await users.change(connection, user_id, operator=operator)
            action = AuditAction.OPERATOR_MADE if operator else AuditAction.OPERATOR_ENDED
            await note_person(connection, self._services, action, user_id)

    async def set_disabled(self, user_id: UUID, *, disabled: bool) -> None:
        """Lock a person out, ending their sessions, or let them in again.

        Raises:
            UnknownIdError: There is no such person.
            InvalidInputError: They are the last operator.
        """
        async with self._services.write() as connection:
            await self._keep_an_operator(connection, user_id, stays=not disabled)
            await users.change(connection, user_id, disabled_at=self._services.now() if disabled else None)
            if disabled:
                await sessions.end(connection, user_id)
            action = AuditAction.PERSON_DISABLED if disabled else AuditAction.PERSON_ENABLED
            await note_person(connection, self._services, action, user_id)

    async def _note(
        self,
        connection: AsyncConnection,
        action: AuditAction,
        account_id: UUID,
        target: object = "",
        *,
        detail: AuditDetail | None = None,
    ) -> None:
        await note(connection, self._services, action, account_id, target, detail=detail)

    async def _keep_an_owner(
        self, connection: AsyncConnection, account_id: UUID, user_id: UUID, becomes: Role | None
    ) -> None:
        await users.lock_last_one(connection)
        role = await users.role_in(connection, user_id, account_id)
        if role is None:
            raise UnknownIdError("member")
        if role is Role.OWNER and becomes is not Role.OWNER and await users.owners(connection, account_id) <= 1:
            sentence = "is the last owner of this account; make another member an owner first"
            raise InvalidInputError([FieldError(field="role", message=sentence)])

    async def _keep_an_operator(self, connection: AsyncConnection, user_id: UUID, *, stays: bool) -> None:
        await users.lock_last_one(connection)
        user = await users.by_id(connection, user_id)
        if user is None:
            raise UnknownIdError("person")
        alive = user.operator and user.can_enter and not user.disabled_at
        if alive and not stays and await users.count(connection, operators=True) <= 1:
            sentence = "is the last operator of this installation; make another person an operator first"
            raise InvalidInputError([FieldError(field="operator", message=sentence)])
