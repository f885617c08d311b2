"""Read the audit log for people: entries with the present addresses of the persons that they name."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import msgspec

from app.domain.accounts.audit import ActorKind, AuditEntry
from app.services import Services
from app.store.accounts import audit_log
from app.store.accounts.audit_log import AuditFilter
from app.store.people import users

_ABOUT_PEOPLE = {"person", "member"}
WORDS = {ActorKind.KEY: "API key", ActorKind.COMMAND: "command line", ActorKind.SYSTEM: "leadrun"}


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as people read it.

    Attributes:
        about: The address of the person whom it is about, if they are known still; else the target.
    """

    entry: AuditEntry
    about: str

    @property
    def actor(self) -> str:
        """The one who acted, in words."""
        actor = self.entry.actor
        words = WORDS.get(actor.kind, "")
        return f"{words} {actor.name}".strip() or "a visitor"

    @property
    def detail(self) -> str:
        """The new values, as text."""
        return ", ".join(f"{name} {_word(value)}" for name, value in sorted(self.entry.detail.items()))


async def read_audit_log(services: Services, wanted: AuditFilter, limit: int) -> list[AuditLine]:
    """Read entries, the newest first.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        entries = await audit_log.page(connection, wanted, limit)
        addresses = await users.addresses(connection, _people(entries))
    return [AuditLine(entry=entry, about=addresses.get(entry.target, entry.target)) for entry in entries]


def _people(entries: Sequence[AuditEntry]) -> set[UUID]:
    found = set[UUID]()
    for entry in entries:
        if entry.target and entry.action.partition(".")[0] in _ABOUT_PEOPLE:
            with suppress(ValueError):
                found.add(UUID(entry.target))
    return found


def _word(value: str | int | bool | None) -> str:  # noqa: FBT001 - one of the values of an entry
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
