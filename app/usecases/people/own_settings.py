"""A person's own settings: name, password, and the sessions that they end."""

from uuid import UUID

from app.domain.accounts.audit import AuditAction
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.people.credentials import WrongCredentialsError, password_fault
from app.services import Services
from app.store.people import sessions, users
from app.usecases.people.noted import note_person
from app.usecases.people.sign_in import SignedIn, SignIn


class OwnSettings:
    """Changes what a person may change of themselves."""

    def __init__(self, services: Services, sign_in: SignIn, session: SignedIn) -> None:
        """Act for the person of a session."""
        self._services, self._sign_in, self._session = services, sign_in, session

    async def rename(self, name: str) -> None:
        """Change the name."""
        async with self._services.write() as connection:
            await users.change(connection, self._session.user_id, name=name)

    async def set_password(self, old: str, new: str, *, address: str) -> None:
        """Change the password, and end every other session.

        Raises:
            InvalidInputError: The old one does not fit, or the new one is not accepted.
            RateLimitedError: The old one was tried too often.
        """
        if faults := password_fault(new, self._session.email):
            raise InvalidInputError(faults)
        try:
            await self._sign_in.check(self._session.email, old, address=address)
        except WrongCredentialsError:
            raise InvalidInputError([FieldError(field="old", message="is not your password")]) from None
        stored = await self._sign_in.passwords.hash(new)
        async with self._services.write() as connection:
            await users.change(connection, self._session.user_id, password_hash=stored)
            await sessions.end_others(connection, self._session.user_id, self._session.session_id)
            await note_person(connection, self._services, AuditAction.PASSWORD_SET, self._session.user_id)

    async def end_session(self, session_id: UUID) -> None:
        """End one session.

        Raises:
            UnknownIdError: It is not one of the person's, or is over.
        """
        if not await self._sign_in.end(self._session.user_id, session_id):
            raise UnknownIdError("session")

    async def end_others(self) -> None:
        """End every session but this one."""
        async with self._services.write() as connection:
            await sessions.end_others(connection, self._session.user_id, self._session.session_id)
            await note_person(
                connection, self._services, AuditAction.SIGNED_OUT, self._session.user_id, {"others": True}
            )
