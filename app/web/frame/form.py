"""Read the fields of a form one by one, and keep what is wrong with each for the page that shows it again."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from app.domain.errors import InvalidInputError, RateLimitedError
from app.domain.people.credentials import EntryError
from app.web.frame.request import FormFile, SentForm

MAX_TEXT = 1000
MAX_USD = 1000
MAX_DIGITS = 12

E = TypeVar("E", bound=StrEnum)


class Form:
    """The fields that a person sent.

    Attributes:
        file: The one that they chose, if the form has a place for one.
        faults: The fault of each wrong field, by its name; "" is the form as a whole.
    """

    def __init__(self, sent: SentForm | None = None) -> None:
        """Begin without faults; a form that was not sent yet has no fields."""
        self._fields: dict[str, list[str]] = {}
        self.file: FormFile | None = sent.file if sent else None
        for name, value in sent.fields if sent else ():
            self._fields.setdefault(name, []).append(value)
        self.faults: dict[str, str] = {}

    def value(self, name: str) -> str:
        """Return what was sent, to be shown again; empty where nothing was."""
        return next(iter(self._fields.get(name, [])), "")

    def values(self, name: str) -> list[str]:
        """Return everything that was sent of a field that may be chosen several times."""
        return list(self._fields.get(name, []))

    def has(self, name: str) -> bool:
        """Return whether a switch is on, or a button was pressed."""
        return name in self._fields

    def names(self, beginning: str) -> list[str]:
        """Return the names of the fields that begin so, in their order."""
        return [name for name in self._fields if name.startswith(beginning)]

    def dollars(self, name: str, most: int = MAX_USD) -> Decimal | None:
        """Read an amount in dollars to six digits, with a point or a comma; None when the field is empty or wrong."""
        text = self.text(name, most=20, required=False).replace(",", ".").removeprefix("$").strip()
        if not text:
            return None
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal(-1)
        if not (amount.is_finite() and 0 <= amount <= most):
            self.fault(name, f"must be an amount in dollars from 0 to {most}")
            return None
        return amount.quantize(Decimal("0.000001"))

    def text(self, name: str, *, most: int = MAX_TEXT, required: bool = True) -> str:
        """Read a line, trimmed; empty when it is wrong."""
        text = self.value(name).strip()
        if "\x00" in text:
            self.fault(name, "must not contain control characters")
            return ""
        if not text and required:
            self.fault(name, "must not be empty")
        if len(text) > most:
            self.fault(name, f"must have at most {most} characters")
            return ""
        return text

    def integer(self, name: str, *, least: int, most: int) -> int | None:
        """Read a whole number; None when the field is empty or wrong."""
        text = self.value(name).strip()
        if not text:
            return None
        digits = text.removeprefix("-")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS
        if not is_number or not least <= int(text) <= most:
            self.fault(name, f"must be a whole number from {least} to {most}")
            return None
        return int(text)

    def choice(self, name: str, among: type[E], default: E) -> E:
        """Read one of a few words; the default when the field is missing or wrong."""
        try:
            return among(self.value(name) or default)
        except ValueError:
            self.fault(name, f"must be one of {', '.join(among)}")
            return default

    def choices(self, name: str, among: type[E]) -> tuple[E, ...]:
        """Read several of a few words."""
        known = {one.value for one in among}
        if any(value not in known for value in self.values(name)):
            self.fault(name, f"must be among {', '.join(among)}")
        return tuple(among(value) for value in dict.fromkeys(self.values(name)) if value in known)

    def confirm(self, name: str, expected: str) -> None:
        """Check that the person wrote the name of what they are about to end."""
        if self.value(name).strip() != expected:
            self.fault(name, f"does not match; write {expected}")

    def fault(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first fault stays."""
        self.faults.setdefault(name, sentence)

    def stopped(self, error: EntryError | RateLimitedError, what: str = "log-ins") -> None:
        """Note why a person is not let in, or gets no mail; `what` there were too many of."""
        if isinstance(error, RateLimitedError):
            self.fault("", f"There were too many {what}; wait {error.retry_after} seconds, then try again")
        else:
            self.fault("", str(error))

    def refused(self, error: InvalidInputError, fields: Iterable[str] = ()) -> None:
        """Note the faults that a use case found.

        Args:
            error: Of the use case.
            fields: Of this form; a fault of another field is one of the form as a whole.
        """
        names = set(fields) | set(self._fields)
        for problem in error.problems:
            if problem.field in names:
                self.fault(problem.field, problem.message)
            else:
                self.fault("", f"{problem.field} {problem.message}".strip())
