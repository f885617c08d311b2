"""Rows of an upload as they are stored or counted: read, judged, and small enough to pass between processes."""

from typing import Any

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.contacts.fingerprint import fingerprint
from app.domain.contacts.member_warning import sentences
from app.domain.runs.batch import GivenRow, problem_json


class JudgedRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One row of an upload.

    Attributes:
        given: As in `GivenRow`; empty where `raw` is known, which is kept instead.
        raw: As in `GivenRow`; None where there is none.
        fingerprint: Of the contact.
        problem: Why it is refused, in the form that is stored.
        warnings: Sentences about members that were ignored.
        line: As in `GivenRow`.
    """

    given: dict[str, Any]
    raw: bytes | None = None
    contact: Contact | None = None
    fingerprint: bytes | None = None
    problem: list[dict[str, str]] | None = None
    warnings: tuple[str, ...] = ()
    line: int | None = None

    @property
    def size(self) -> int:
        """The bytes of what the client sent; of a row of a workbook, which has none of its own, its characters."""
        return len(self.raw) if self.raw else sum(map(len, self.given.get("cells", ())))


def judge(row: GivenRow, *, strict: bool = False) -> JudgedRow:
    """Judge a row; where `strict`, one from which something was dropped is a bad one."""
    row = _strictly(row) if strict else row
    return JudgedRow(
        given={} if row.raw else row.given,
        raw=row.raw or None,
        contact=row.contact,
        fingerprint=fingerprint(row.contact) if row.contact else None,
        problem=problem_json(row),
        warnings=sentences(row.warnings),
        line=row.line,
    )


def _strictly(row: GivenRow) -> GivenRow:
    dropped = tuple(one.problem for one in row.warnings if one.dropped and not one.is_empty)
    return msgspec.structs.replace(row, contact=None, problems=dropped, warnings=()) if dropped else row
