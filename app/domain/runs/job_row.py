"""A contact of a job as its owner sees it."""

from typing import Any
from uuid import UUID

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.waterfall.result import Result


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of a job with what is known about it.

    Attributes:
        position: From 0, in the order in which the contacts were given.
        given: As the client wrote it.
        contact: As it was understood; None where it is not kept.
        warnings: Sentences about members that were ignored.
        status: Of its run.
        result_status: `found`, `not_found` or `error` once the run has ended.
    """

    position: int
    given: dict[str, Any]
    run_id: UUID
    contact: Contact | None = None
    warnings: tuple[str, ...] = ()
    status: str | None = None
    result_status: str | None = None
    result: Result | None = None
