"""Where the values of one field stand in an answer, as data."""

from typing import Literal

import msgspec

from app.providers.declaration.messages import Path
from app.providers.declaration.words import check_words

Grade = Literal["valid", "risky", "invalid", "unknown"]
Line = Literal["mobile", "landline", "voip", "unknown"]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """Where the values of one field stand in an answer.

    Attributes:
        at: Places of candidates in order of preference: a text, an object, or a list of these.
        value: Paths to the value within a candidate, tried in order; "" is the candidate itself.
        only: Path within a candidate and the values it may have, so that a private address is not taken for work.
        prefer: Path within a candidate and its texts in order of preference, among candidates of one grade.
        flags: A bare true or false stands where a value is withheld; otherwise it is malformed.
        grade: Path within a candidate to the vendor's grade (a function gets the whole answer).
        grades: Shell patterns of the vendor's grades, and our grade for each; the first match counts, and None drops
            the candidate. Grades are compared in lower case with ``_`` for ``-`` and blanks. Unlisted ones are unknown;
            missing ones are as ``*`` says, else unknown.
        confidence: Path within a candidate to a number, which times `scale` is 0-100; or that number for each grade.
        phone_type: Path within a candidate to the kind of line, translated by `phone_types`.
        line: The kind of line where `phone_type` says nothing.
        company_domain: Path from the top to the domain of the employer that was matched.
        billed: Grades that the vendor charges for.
        settled: Patterns of grades that are valid although the domain takes any address; of verifications alone.
    """

    at: tuple[Path, ...]
    value: tuple[str, ...] = ("",)
    only: tuple[str, tuple[str | bool, ...]] | None = None
    prefer: tuple[str, tuple[str, ...]] | None = None
    flags: bool = False
    grade: Path | None = None
    grades: dict[str, Grade | None] = {}
    confidence: Path | dict[str, int] | None = None
    scale: float = 1.0
    phone_type: Path | None = None
    phone_types: dict[str, Line] = {}
    line: Line = "unknown"
    company_domain: Path | None = None
    billed: frozenset[Grade] = frozenset({"valid", "risky", "invalid", "unknown"})
    settled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that are no grade, and no kind of line."""
        check_words([*self.grades.values(), *self.billed], Grade, "grade")
        check_words([*self.phone_types.values(), self.line], Line, "kind of line")
