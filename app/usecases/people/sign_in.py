"""Sign people in and out: passwords, throttling, and the sessions that the app's cookie names."""

import secrets
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import AuditAction, AuditDetail
from app.domain.accounts.failure_budget import WINDOW, FailureBudget, keep
from app.domain.accounts.owner import Owner
from app.domain.accounts.rate_limit import Quota, Rate
from app.domain.errors import RateLimitedError
from app.domain.people.credentials import WrongCredentialsError, normal_email, secret_digest
from app.domain.people.role import Role
from app.domain.vocabulary import Mode
from app.redis.sliding_window import Limiter
from app.services import Services
from app.store.people import sessions, users
from app.usecases.people.failed_log_ins import FailedLogIns
from app.usecases.people.noted import note_person
from app.usecases.people.passwords import Passwords

# Log-ins in any minute, at all processes together: from an address on the net, and failed ones for an e-mail address.
LOG_INS_OF_ADDRESS = Rate(name="log-ins of an address", limit=60, window=60)
LOG_INS_OF_EMAIL = Rate(name="log-ins of a person", limit=6, window=60)
MAX_AGENT = 200
MOST_REMEMBERED = 10_000


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a person belongs to, and their role there."""

    id: UUID
    name: str
    role: Role


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A living session: the person, and the account and mode that the pages show.

    Attributes:
        account: None when the person belongs to no account.
        balance: Credits of that account.
        suspension: Why that account is suspended; None where it is not.
        accounts: All that the person belongs to, by name.
    """

    session_id: UUID
    user_id: UUID
    email: str
    name: str
    operator: bool
    mode: Mode
    account: Account | None
    balance: int
    suspension: str | None
    accounts: tuple[Account, ...]


class SignIn:
    """Signs people in and out, and finds the session of a request."""

    def __init__(self, services: Services, limiter: Limiter) -> None:
        """Count log-ins with the limiter; unknown sessions are counted here."""
        self._services = services
        self._limiter = limiter
        self.passwords = Passwords()
        self.failed = FailedLogIns(services, limiter)
        self._unknown = FailureBudget(services.settings.failed_authentications)
        self._known: dict[bytes, float] = {}

    async def __call__(self, email: str, password: str, *, address: str, agent: str) -> str:
        """Check a password and begin a session; returns the secret of its cookie.

        Raises:
            WrongCredentialsError: They do not fit, whatever the reason.
            RateLimitedError: There were too many log-ins, from this address or for this e-mail address.
            UnavailableError: The database cannot be reached.
        """
        user_id = await self.check(email, password, address=address)
        async with self._services.write() as connection:
            return await self.begin(connection, user_id, address=address, agent=agent)

    async def check(self, email: str, password: str, *, address: str) -> UUID:
        """Check a password; returns the person's id.

        Raises:
            WrongCredentialsError: They do not fit, whatever the reason.
            RateLimitedError: There were too many log-ins, from this address or for this e-mail address.
            UnavailableError: The database cannot be reached.
        """
        email = normal_email(email)
        # Counted before the password is tried, so that many at once are no way round the limit.
        await self.count(address)
        of_email = await self._count(LOG_INS_OF_EMAIL, email)
        async with self._services.read() as connection:
            user = await users.by_email(connection, email)
        fits = await self.passwords.verify(user.password_hash if user else None, password)
        if user is None or not fits or user.disabled_at:
            self.failed.add(user.id if user else None, address)
            raise WrongCredentialsError
        await self._limiter.give_back(_key(LOG_INS_OF_EMAIL, email), of_email)
        found: UUID = user.id
        return found

    async def begin(
        self,
        connection: AsyncConnection,
        user_id: UUID,
        *,
        address: str,
        agent: str,
        account_id: UUID | None = None,
        detail: AuditDetail | None = None,
    ) -> str:
        """Begin a session of a user within a transaction; returns the secret of its cookie."""
        await sessions.forget(connection, user_id)
        if account_id is None:
            own = await users.accounts_of(connection, user_id)
            account_id = own[0].id if own else None
        secret = secrets.token_urlsafe(32)
        new = sessions.NewSession(
            id=self._services.new_id(),
            digest=secret_digest(secret),
            user_id=user_id,
            account_id=account_id,
            user_agent=agent[:MAX_AGENT],
            address=address,
            created_at=self._services.now(),
        )
        await sessions.add(connection, new)
        user = await users.by_id(connection, user_id)
        by = user.email if user else ""
        await note_person(connection, self._services, AuditAction.SIGNED_IN, user_id, detail, by=by)
        return secret

    async def find(self, secret: str, *, address: str) -> SignedIn | None:
        """Find the living session of a cookie; None when it is over, unknown, or its person is disabled.

        Raises:
            RateLimitedError: The address has sent too many that are unknown, and this one was not known a moment ago.
            UnavailableError: The database cannot be reached.
        """
        digest, now = secret_digest(secret), self._services.clock.monotonic()
        if digest not in self._known and (wait := self._unknown.wait(address, now)):
            raise RateLimitedError(
                limit=self._unknown.limit, window=WINDOW, retry_after=wait, what="requests with a session that is over"
            )
        async with self._services.read() as connection:
            row, rows = await sessions.find(connection, digest)
        if row is None:
            self._known.pop(digest, None)
            self._unknown.count(address, now)
            return None
        keep(self._known, digest, now, MOST_REMEMBERED)
        own = tuple(Account(id=one.id, name=one.name, role=Role(one.role)) for one in rows)
        account = next((one for one in own if one.id == row.account_id), None)
        if account is None and own:
            # The account that it showed is no longer the person's: it shows their first one.
            await self.show(row.id, account_id=own[0].id)
            return await self.find(secret, address=address)
        if row.stale:
            async with self._services.write() as connection:
                await sessions.touch(connection, row.id)
        return SignedIn(
            session_id=row.id,
            user_id=row.user_id,
            email=row.email,
            name=row.name,
            operator=row.operator,
            mode=Mode(row.mode),
            account=account,
            balance=row.balance or 0,
            suspension=row.suspension,
            accounts=own,
        )

    async def shows(self, secret: str, owner: Owner) -> bool:
        """Return whether a session lives, and shows an account, that its person still belongs to, in a mode.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            row, own = await sessions.find(connection, secret_digest(secret))
        return bool(row and Owner(row.account_id, Mode(row.mode)) == owner and any(a.id == row.account_id for a in own))

    async def show(self, session_id: UUID, **values: object) -> None:
        """Let a session show another `account_id` or `mode`."""
        async with self._services.write() as connection:
            await sessions.show(connection, session_id, **values)

    async def end(self, user_id: UUID, session_id: UUID | None = None) -> int:
        """End one of a person's sessions, or all of them; returns how many were ended."""
        async with self._services.write() as connection:
            ended = await sessions.end(connection, user_id, session_id)
            if ended:
                await note_person(connection, self._services, AuditAction.SIGNED_OUT, user_id, {"sessions": ended})
            return ended

    async def count(self, address: str) -> None:
        """Count a log-in that a client begins.

        Raises:
            RateLimitedError: There were too many from this address.
        """
        await self._count(LOG_INS_OF_ADDRESS, address)

    async def _count(self, rate: Rate, of: str) -> Quota:
        quota = await self._limiter.take(_key(rate, of), rate)
        if not quota.allowed:
            raise RateLimitedError(
                limit=rate.limit, window=WINDOW, retry_after=max(1, quota.wait_seconds), what="log-ins"
            )
        return quota


def _key(rate: Rate, of: str) -> str:
    """Name a count without the address, which is a person's."""
    return f"leadrun:window:{rate.name}:{secret_digest(of).hex()}"
