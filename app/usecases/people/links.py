"""Make and follow links of one use: the claim of a fresh installation, invitations, sign-ups, resets of a password."""

import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import Actor, ActorKind, AuditAction
from app.domain.accounts.failure_budget import WINDOW, FailureBudget
from app.domain.errors import InvalidInputError, RateLimitedError, UnknownIdError
from app.domain.people.credentials import (
    LinkOverError,
    email_fault,
    entry_faults,
    normal_email,
    secret_digest,
)
from app.domain.people.role import Role
from app.services import Services
from app.settings.people_settings import OPEN
from app.store.people import links, sessions, users
from app.usecases.audit.note import acting, note
from app.usecases.people.accepted_link import accept_link
from app.usecases.people.noted import note_person
from app.usecases.people.sign_in import SignIn


class LinkKind(StrEnum):
    """The purpose of a link, which is also the word in its path."""

    CLAIM = "claim"
    INVITE = "invite"
    RESET = "reset"
    SIGNUP = "signup"


LASTS = {
    LinkKind.CLAIM: timedelta(hours=24),
    LinkKind.INVITE: timedelta(days=7),
    LinkKind.RESET: timedelta(hours=24),
    LinkKind.SIGNUP: timedelta(hours=24),
}


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that may be followed.

    Attributes:
        email: Of the person it is for; None where they choose.
        known: Whether that person can sign in already, so that an invitation asks for a proof, not a new password.
        by_password: Whether a password is that proof; it is the identity provider's otherwise.
    """

    kind: LinkKind
    email: str | None
    account: str | None
    role: Role | None
    known: bool
    by_password: bool


class EntryLinks:
    """Makes and follows links; each is shown once, and only its digest is stored."""

    def __init__(self, services: Services) -> None:
        """Start with no unknown links counted."""
        self._services = services
        self._unknown = FailureBudget(services.settings.failed_authentications)

    async def claim(self, account_id: UUID | None) -> str | None:
        """Make the link that claims a fresh installation; None where it is claimed.

        Args:
            account_id: The account that the first operator will own.
        """
        async with self._services.write() as connection:
            await users.lock_last_one(connection)
            if await users.count(connection, operators=True):
                return None
            await links.revoke(connection, LinkKind.CLAIM)
            role = Role.OWNER if account_id else None
            return await self._add(connection, LinkKind.CLAIM, account_id=account_id, role=role, operator=True)

    async def invite(self, email: str, *, account_id: UUID | None, role: Role | None, operator: bool = False) -> str:
        """Make an invitation to an account.

        Raises:
            InvalidInputError: The address is none.
        """
        email = normal_email(email)
        if faults := email_fault(email):
            raise InvalidInputError(faults)
        async with self._services.write() as connection:
            detail = ({"role": role.value} if role else {}) | ({"operator": True} if operator else {})
            await note(connection, self._services, AuditAction.INVITED, account_id, detail=detail)
            return await self._add(
                connection, LinkKind.INVITE, email=email, account_id=account_id, role=role, operator=operator
            )

    async def reset(self, email: str) -> str:
        """Make the link by which a person sets a new password.

        Raises:
            UnknownIdError: There is no such person.
        """
        async with self._services.write() as connection:
            user = await users.by_email(connection, normal_email(email))
            if user is None:
                raise UnknownIdError("person")
            await note_person(connection, self._services, AuditAction.RESET_MADE, user.id)
            return await self._add(connection, LinkKind.RESET, user_id=user.id)

    async def sign_up(self, email: str) -> str:
        """Make the link by which the receiver of a mail opens an account."""
        async with self._services.write() as connection:
            return await self._add(connection, LinkKind.SIGNUP, email=normal_email(email))

    async def read(self, kind: LinkKind, secret: str, *, address: str = "") -> OpenLink:
        """Read a link.

        Args:
            kind: Its purpose.
            secret: What its path says.
            address: Of the client, by which links that are over are counted.

        Raises:
            LinkOverError: It is used, expired or unknown.
            RateLimitedError: The address has followed too many such links.
        """
        now = self._services.clock.monotonic()
        if wait := self._unknown.wait(address, now):
            limit = self._unknown.limit
            raise RateLimitedError(limit=limit, window=WINDOW, retry_after=wait, what="links that are over")
        async with self._services.read() as connection:
            row = await links.find(connection, secret_digest(secret), kind)
            if row is None or (kind is LinkKind.SIGNUP and self._services.settings.signup != OPEN):
                self._unknown.count(address, now)
                raise LinkOverError
            user = await users.by_email(connection, row.address) if row.address else None
        return OpenLink(
            kind=kind,
            email=row.address,
            account=row.account,
            role=Role(row.role) if row.role else None,
            known=bool(user and user.can_enter) and kind is LinkKind.INVITE,
            by_password=bool(user and user.password_hash),
        )

    async def follow(
        self,
        kind: LinkKind,
        secret: str,
        *,
        email: str,
        name: str,
        password: str,
        sign_in: SignIn,
        address: str,
        agent: str,
    ) -> str:
        """Use a link: set the password, join the account, begin a session; returns the secret of its cookie.

        Args:
            kind: Of the link.
            secret: The last part of its path.
            email: The address of a claim; the other links know theirs.
            name: Of the person; empty keeps it.
            password: A new one, or, of an invited person who has one, that one.
            sign_in: Hashes passwords and begins sessions.
            address: Of the client.
            agent: The browser.

        Raises:
            LinkOverError: It is used, expired or unknown.
            InvalidInputError: The address, name or password is not accepted.
            WrongCredentialsError: An invited person's own password does not fit.
            RateLimitedError: It was tried too often.
        """
        link = await self.read(kind, secret)
        email = link.email or normal_email(email)
        if link.known:
            # Proves the password, and counts the failures.
            await sign_in.check(email, password, address=address)
            stored = None
        else:
            if faults := entry_faults(email, name, password):
                raise InvalidInputError(faults)
            stored = await sign_in.passwords.hash(password)
        async with self._services.write() as connection:
            await users.lock_last_one(connection)
            row = await links.find(connection, secret_digest(secret), kind, lock=True)
            if row is None:
                raise LinkOverError
            return await self._enter(
                connection, row, email=email, name=name.strip(), stored=stored, sign_in=sign_in, at=(address, agent)
            )

    async def _enter(
        self,
        connection: AsyncConnection,
        row: Row[Any],
        *,
        email: str,
        name: str,
        stored: str | None,
        sign_in: SignIn,
        at: tuple[str, str],
    ) -> str:
        user_id = await users.add(connection, self._services.new_id(), email, self._services.now())
        # The session begins only now; what follows is this person's doing.
        acting.set(Actor(ActorKind.PERSON, email))
        values: dict[str, object] = {"password_hash": stored} if stored else {}
        values |= {"name": name} if name else {}
        if values:
            await users.change(connection, user_id, **values)
        opens = row.kind == LinkKind.SIGNUP
        account_id = await accept_link(connection, self._services, row, user_id, email, opens=opens)
        if stored:
            await note_person(connection, self._services, AuditAction.PASSWORD_SET, user_id)
            # Who has the old password, or a session made with it, is out.
            await sessions.end(connection, user_id)
        address, agent = at
        return await sign_in.begin(connection, user_id, address=address, agent=agent, account_id=account_id)

    async def _add(self, connection: AsyncConnection, kind: LinkKind, **values: object) -> str:
        secret = secrets.token_urlsafe(32)
        link = links.NewLink(id=self._services.new_id(), digest=secret_digest(secret), kind=kind, **values)  # type: ignore[arg-type] # the callers' are typed
        await links.add(connection, link, LASTS[kind])
        return secret


def link_path(kind: LinkKind, secret: str) -> str:
    """Return the path of a link in the app."""
    return f"/app/{kind.value}/{secret}"
