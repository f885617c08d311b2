"""How the values of one field stand in an answer, as data."""

from typing import Literal

import msgspec

from app.providers.declaration.response import Path

Grade = Literal["valid", "risky", "invalid", "unknown"]
Line = Literal["mobile", "landline", "voip", "unknown"]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """How the values of one field are read from an answer.

    Attributes:
        at: Places of candidates in order of preference: a text, an object, or a list of these.
        value: Paths to the value within a candidate, tried in order; "" is the candidate itself.
        only: Path within a candidate and what it may equal, so that a private address is not taken for work.
        prefer: Path within a candidate and its texts in order of preference, among candidates of one grade.
        flags: A bare true or false stands where a value is withheld; otherwise it is malformed.
        grade: Path within a candidate to the vendor's grade (a function gets the whole answer).
        grades: Shell patterns of grades and their meaning, the first match counts; None drops the candidate. Grades are
            compared in lower case with ``_`` for ``-`` and blanks. Unlisted and missing ones are
            what ``*`` says, else unknown.
        confidence: Path within a candidate to a number; times `scale` it is 0-100.
        phone_type: Path within a candidate to the kind of line, translated by `phone_types`.
        line: The kind of line where `phone_type` says nothing.
        company_domain: Path from the top to the domain of the employer that was matched.
        billed: Grades that the vendor charges for.
    """

    at: tuple[Path, ...]
    value: tuple[str, ...] = ("",)
    only: tuple[str, tuple[str | bool, ...]] | None = None
    prefer: tuple[str, tuple[str, ...]] | None = None
    flags: bool = False
    grade: Path | None = None
    grades: dict[str, Grade | None] = {}
    confidence: Path | None = None
    scale: float = 1.0
    phone_type: Path | None = None
    phone_types: dict[str, Line] = {}
    line: Line = "unknown"
    company_domain: Path | None = None
    billed: frozenset[Grade] = frozenset({"valid", "risky", "invalid", "unknown"})
