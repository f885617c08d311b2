"""Mail links of one use: to people whom others name, and to addresses for which a visitor asks.

The visitor learns nothing about the address: each gets a mail, whose text says how things are.
"""

import msgspec

from app.domain.accounts.rate_limit import Rate
from app.domain.contacts.email_address import is_disposable_domain
from app.domain.errors import FieldError, InvalidInputError, RateLimitedError
from app.domain.people.credentials import email_fault, mailbox_of, normal_email, secret_digest
from app.mail import MailError, send
from app.redis.sliding_window import Limiter
from app.services import Services
from app.settings.people_settings import OPEN
from app.store.people import sign_ups, users
from app.usecases.people import letters
from app.usecases.people.links import EntryLinks, LinkKind, link_path

HOUR = 3600.0
# Mails that one client asks for, that one person sends, and to one mailbox, at all processes together.
ASKED_BY_ADDRESS = Rate(name="mails asked for by an address", limit=20, window=HOUR)
SENT_BY_PERSON = Rate(name="mails sent by a person", limit=30, window=HOUR)
TO_MAILBOX = Rate(name="mails to a mailbox", limit=4, window=HOUR)


class HandedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was made for a person.

    Attributes:
        link: To be sent by hand; empty where a mail has it.
        failure: Why no mail has it, as a sentence without its stop.
    """

    email: str
    link: str = ""
    failure: str = ""


class MailedLinks:
    """Mails links of one use, where the settings name a mail server."""

    def __init__(self, services: Services, limiter: Limiter, links: EntryLinks) -> None:
        """Make links with `links`, and count what is asked for with the limiter."""
        self._services, self._limiter, self._links = services, limiter, links
        self._settings = services.settings

    @property
    def can_mail(self) -> bool:
        """Whether a mail server is set."""
        return bool(self._settings.smtp_url)

    @property
    def is_open(self) -> bool:
        """Whether everybody may sign up."""
        return self._settings.signup == OPEN and self.can_mail

    async def hand_over(self, email: str, link: str, kind: LinkKind, *, by: str = "") -> HandedLink:
        """Mail an invitation or a reset to the person whom it is for; where that fails, it is left to be copied.

        Args:
            email: Theirs.
            link: With the address of this installation.
            kind: Of the link.
            by: The address of the person who made it; empty for a command on the server, which may send many.
        """
        if not self.can_mail:
            return HandedLink(email=email, link=link)
        letter = letters.invitation(normal_email(email), link, by=by)
        if kind is LinkKind.RESET:
            letter = letters.reset(email, link)
        try:
            # Else an account, which everybody may open, could send mail to strangers without end.
            if by:
                await self._count(SENT_BY_PERSON, by)
            await self._count(TO_MAILBOX, mailbox_of(letter.to))
            await send(self._settings, letter)
        except RateLimitedError as error:
            wait = f"There were too many mails; the next may be sent in {error.retry_after} seconds"
            return HandedLink(email=email, link=link, failure=wait)
        except MailError as error:
            return HandedLink(email=email, link=link, failure=error.sentence)
        return HandedLink(email=email)

    async def ask_to_sign_up(self, email: str, *, address: str) -> None:
        """Mail the owner of an address a link that opens an account, or that there is one already.

        Args:
            email: As a visitor wrote it.
            address: Of the client.

        Raises:
            InvalidInputError: It is no address, or one of a disposable mail service.
            RateLimitedError: Too many mails were asked for.
            MailError: The mail was not taken; nothing is lost, and the person may ask again.
        """
        email = await self._admit(email, address)
        async with self._services.read() as connection:
            user = await users.by_email(connection, email)
            is_known = bool(user and user.can_enter)
            is_known = is_known or await sign_ups.has_signed_up(connection, mailbox_of(email))
        # Made in either case, so that both take as long.
        link = self._link(LinkKind.SIGNUP, await self._links.sign_up(email))
        letter = letters.known_already(email, self._origin) if is_known else letters.sign_up(email, link)
        await send(self._settings, letter)

    async def ask_for_reset(self, email: str, *, address: str) -> None:
        """Mail a person a link that sets a new password, or the owner of an address that nobody signs in with it.

        Raises:
            InvalidInputError: It is no address, or one of a disposable mail service.
            RateLimitedError: Too many mails were asked for.
            MailError: The mail was not taken; nothing is lost, and the person may ask again.
        """
        email = await self._admit(email, address)
        async with self._services.read() as connection:
            user = await users.by_email(connection, email)
        if user is None or user.disabled_at:
            letter = letters.no_person(email, self._origin)
        else:
            letter = letters.reset(email, self._link(LinkKind.RESET, await self._links.reset(email)))
        await send(self._settings, letter)

    @property
    def _origin(self) -> str:
        return self._settings.public_url or ""

    def _link(self, kind: LinkKind, secret: str) -> str:
        return self._origin + link_path(kind, secret)

    async def _admit(self, email: str, address: str) -> str:
        email = normal_email(email)
        faults = email_fault(email)
        if not faults and is_disposable_domain(email.rpartition("@")[2]):
            faults = [FieldError(field="email", message="is of a disposable mail service; use one that you keep")]
        if faults:
            raise InvalidInputError(faults)
        await self._count(ASKED_BY_ADDRESS, address)
        await self._count(TO_MAILBOX, mailbox_of(email))
        return email

    async def _count(self, rate: Rate, of: str) -> None:
        # A digest, for it is a person's.
        quota = await self._limiter.take(f"leadrun:window:{rate.name}:{secret_digest(of).hex()}", rate)
        if not quota.allowed:
            raise RateLimitedError(
                limit=rate.limit, window=rate.window_seconds, retry_after=max(1, quota.wait_seconds), what="mails"
            )
