"""Sign people in by the identity provider: known ones, those it proves to be known, and those who may come."""

import secrets
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import Actor, ActorKind, AuditAction
from app.domain.accounts.failure_budget import WINDOW, FailureBudget
from app.domain.contacts.email_address import is_disposable_domain
from app.domain.errors import RateLimitedError
from app.domain.people.credentials import LinkOverError, secret_digest
from app.domain.people.identity import Identity, IdentityError, IdentityFault
from app.metrics import IDENTITY_LOG_INS
from app.openid.provider import IdentityProvider, log_in_secrets
from app.services import Services
from app.settings.people_settings import OPEN
from app.store.people import identities, links, sessions, users
from app.usecases.audit.note import acting
from app.usecases.people.accepted_link import accept_link
from app.usecases.people.links import LinkKind
from app.usecases.people.noted import note_person
from app.usecases.people.opened_account import open_account
from app.usecases.people.sign_in import SignIn

# What a provider answers instead of a code (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6).
_ERRORS = {
    "access_denied": IdentityFault.DENIED,
    "login_required": IdentityFault.DENIED,
    "consent_required": IdentityFault.DENIED,
    "interaction_required": IdentityFault.DENIED,
    "account_selection_required": IdentityFault.DENIED,
    "server_error": IdentityFault.AWAY,
    "temporarily_unavailable": IdentityFault.AWAY,
    "unauthorized_client": IdentityFault.CLIENT,
    "invalid_request": IdentityFault.SETUP,
    "invalid_scope": IdentityFault.SETUP,
    "unsupported_response_type": IdentityFault.SETUP,
}

log = structlog.get_logger()


class ProviderAnswerGiven(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters that a person brings back from the provider; any of them may be empty, or made up."""

    state: str
    code: str
    issuer: str
    error: str


class ProviderSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that begins: the secret of its cookie, and the page that the person wanted."""

    secret: str
    goes_on: str


class ProviderSignIn:
    """Signs people in by the identity provider of the settings."""

    def __init__(self, services: Services, provider: IdentityProvider, sign_in: SignIn) -> None:
        """Begin sessions by `sign_in`; answers to no log-in are counted here."""
        self._services, self._provider, self._sign_in = services, provider, sign_in
        self._unknown = FailureBudget(services.settings.failed_authentications)

    @property
    def name(self) -> str:
        """The provider's name, for people."""
        return self._provider.name

    async def begin(self, browser: str, *, goes_on: str, invitation: str, address: str) -> str:
        """Begin a log-in; returns the address at the provider where the person goes on.

        Args:
            browser: The secret of the cookie of the browser, which alone can finish it.
            goes_on: The page that the person wants, one of the app.
            invitation: The secret of the invitation that they follow; may be empty.
            address: Of the client.

        Raises:
            IdentityError: The provider cannot be reached, or is not set up.
            RateLimitedError: There were too many log-ins from this address.
            UnavailableError: The database cannot be reached.
        """
        await self._sign_in.count(address)
        state = secrets.token_urlsafe(32)
        try:
            url = await self._provider.begin(log_in_secrets(state, browser))
        except IdentityError as error:
            _note(error)
            raise
        async with self._services.write() as connection:
            invited = secret_digest(invitation) if invitation else None
            await identities.begin(connection, _digest(state, browser), goes_on, invited)
        return url

    async def finish(self, browser: str, given: ProviderAnswerGiven, *, address: str, agent: str) -> ProviderSession:
        """Finish a log-in, once and in the browser that began it.

        Args:
            browser: The secret of the cookie of the browser.
            given: What the person brings.
            address: Of the client.
            agent: The browser's name for itself.

        Raises:
            IdentityError: The person is not let in.
            LinkOverError: The invitation that they follow is over.
            RateLimitedError: The address has sent too many answers to no log-in.
            UnavailableError: The database cannot be reached.
        """
        try:
            begun = await self._take(_digest(given.state, browser), address)
            identity = await self._identify(given, browser)
            async with self._services.write() as connection:
                secret = await self._enter(connection, identity, begun.invitation, address, agent)
        except IdentityError as error:
            _note(error)
            raise
        IDENTITY_LOG_INS.labels("entered").inc()
        return ProviderSession(secret=secret, goes_on=begun.goes_on)

    async def _take(self, digest: bytes, address: str) -> Row[Any]:
        now = self._services.clock.monotonic()
        if wait := self._unknown.wait(address, now):
            limit = self._unknown.limit
            raise RateLimitedError(limit=limit, window=WINDOW, retry_after=wait, what="log-ins that are over")
        async with self._services.write() as connection:
            begun = await identities.take(connection, digest)
        if begun is None:
            self._unknown.count(address, now)
            raise IdentityError(IdentityFault.OVER, "no such log-in was begun")
        return begun

    async def _identify(self, given: ProviderAnswerGiven, browser: str) -> Identity:
        if given.error or not given.code:
            known = given.error in _ERRORS
            fault = _ERRORS[given.error] if known else IdentityFault.SETUP
            raise IdentityError(fault, given.error if known else "no code, and no error we know")
        return await self._provider.identify(given.code, given.issuer, log_in_secrets(given.state, browser))

    async def _enter(
        self, connection: AsyncConnection, identity: Identity, invitation: bytes | None, address: str, agent: str
    ) -> str:
        await users.lock_last_one(connection)
        link = await links.find(connection, invitation, LinkKind.INVITE, lock=True) if invitation else None
        if invitation and link is None:
            raise LinkOverError
        user = await identities.user_of(connection, identity.issuer, identity.subject)
        is_new = user is None
        if user is None:
            if not identity.email:
                raise IdentityError(IdentityFault.UNVERIFIED)
            user = await users.by_email(connection, identity.email)
        own = {identity.email, user.email if user else ""}
        if link and link.email not in own:
            raise IdentityError(IdentityFault.OTHER_ADDRESS, email=identity.email or max(own))
        if user and user.disabled_at:
            raise IdentityError(IdentityFault.DISABLED)
        email = user.email if user else identity.email
        # The session begins only now; what follows is this person's doing.
        acting.set(Actor(ActorKind.PERSON, email))
        account_id = None
        if user:
            user_id = user.id
            if is_new:
                await self._join(connection, identity, user_id)
        else:
            link = link or await self._admitted(connection, identity)
            user_id, account_id = await self._add(connection, identity, opens=link is None)
        if link:
            account_id = await accept_link(connection, self._services, link, user_id, email)
        detail = {"with": "identity provider"}
        return await self._sign_in.begin(
            connection, user_id, address=address, agent=agent, account_id=account_id, detail=detail
        )

    async def _admitted(self, connection: AsyncConnection, identity: Identity) -> Row[Any] | None:
        """Return the invitation by which a new person comes; None where everybody may come."""
        if self._services.settings.signup == OPEN:
            return None
        link = await links.open_invitation(connection, identity.email)
        if link is None:
            raise IdentityError(IdentityFault.UNKNOWN, email=identity.email)
        return link

    async def _add(self, connection: AsyncConnection, identity: Identity, *, opens: bool) -> tuple[UUID, UUID | None]:
        """Insert a person, who perhaps opens an account."""
        email, now = identity.email, self._services.now()
        if opens and is_disposable_domain(email.rpartition("@")[2]):
            raise IdentityError(IdentityFault.DISPOSABLE, email=email)
        user_id = await users.add(connection, self._services.new_id(), email, now)
        await users.change(connection, user_id, name=identity.name)
        await identities.add(connection, identity.issuer, identity.subject, user_id, now)
        if not opens:
            return user_id, None
        try:
            return user_id, await open_account(connection, self._services, user_id, email)
        except LinkOverError:
            raise IdentityError(IdentityFault.KNOWN_MAILBOX, email=email) from None

    async def _join(self, connection: AsyncConnection, identity: Identity, user_id: UUID) -> None:
        """Let the provider's person be one whom we know by their address.

        The password may be of another, who followed an invitation that was not theirs: it goes, with every session.
        """
        now = self._services.now()
        await identities.add(connection, identity.issuer, identity.subject, user_id, now)
        await users.change(connection, user_id, password_hash=None)
        await sessions.end(connection, user_id)
        await note_person(connection, self._services, AuditAction.IDENTITY_JOINED, user_id)


def _digest(state: str, browser: str) -> bytes:
    return secret_digest(f"{state} {browser}")


def _note(error: IdentityError) -> None:
    IDENTITY_LOG_INS.labels(error.fault.value).inc()
    log.warning("identity.log_in_failed", fault=error.fault.value, detail=error.detail)
